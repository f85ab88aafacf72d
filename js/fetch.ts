// The `fetch` that the WebAssembly's code calls. gloo-net stops the whole instance where `fetch` throws
// at once, rejects with what is no Error, or gives no Response; other implementations than the
// platform's do all three.

/** What `fetch` really threw, by the request that failed. */
const causes = new WeakMap<object, unknown>();

/** The request of a response: in Node's fetch, its signal is heard only while the request is in memory. */
const requests = new WeakMap<object, Request>();
/** Whether the platform's fetch is Node's; elsewhere nothing needs to be kept. */
const forgets =
  (globalThis as { process?: { versions?: { undici?: string } } }).process?.versions?.undici !== undefined;

/** Keeps a request in memory as long as its response's stream. */
export function keepRequest(response: Response): Response {
  const request = requests.get(response);
  if (request && response.body) requests.set(response.body, request);
  return response;
}

/** Sends a request. It rejects with an `Error` and resolves to a `Response`, both of this realm. */
export async function fetch(request: Request): Promise<Response> {
  try {
    const given = await globalThis.fetch(request);
    const response = given instanceof Response ? given : await responseOf(given);
    if (forgets) requests.set(response, request);
    return response;
  } catch (cause) {
    causes.set(request, cause);
    throw cause instanceof Error ? cause : new TypeError("fetch failed");
  }
}

/** Why a request failed; of anything else, what it is itself. */
export const causeOf = (failed: unknown): unknown =>
  typeof failed === "object" && failed !== null && causes.has(failed) ? causes.get(failed) : failed;

/** A `Response` of another realm or library becomes one of this. */
async function responseOf(given: unknown): Promise<Response> {
  const { status, statusText, headers, body, text } = (given ?? {}) as Partial<Response>;
  if (typeof status !== "number" || typeof text !== "function") throw new TypeError("fetch gave no Response");
  const stream = typeof ReadableStream === "function" && body instanceof ReadableStream;
  const content = [204, 205, 304].includes(status) ? null : stream ? body : await text.call(given);
  return new Response(content, {
    status,
    statusText: statusText ?? "",
    headers: [...(headers ?? [])] as [string, string][],
  });
}

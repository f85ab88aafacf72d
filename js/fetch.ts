// The `fetch` that the WebAssembly calls. gloo-net stops the whole instance if `fetch` throws synchronously, rejects
// with something other than an Error, or returns no Response. Replacements of the platform's `fetch` do all three.

/** The original errors of `fetch`, by the failed request. */
const causes = new WeakMap<object, unknown>();

/** The request of each response: Node's fetch aborts a response only while its request is in memory. */
const requests = new WeakMap<object, Request>();
/** True if the platform's fetch is Node's. Other platforms need no reference to the request. */
const isNode = (globalThis as { process?: { versions?: { undici?: string } } }).process?.versions?.undici !== undefined;

/** Keeps a request in memory as long as the stream of its response. */
export function keepRequest(response: Response): Response {
  const request = requests.get(response);
  if (request && response.body) requests.set(response.body, request);
  return response;
}

/** Sends a request. Resolves to a `Response` or rejects with an `Error`, both of this realm. */
export async function fetch(request: Request): Promise<Response> {
  try {
    const result = await globalThis.fetch(request);
    const response = result instanceof Response ? result : await responseOf(result);
    if (isNode) requests.set(response, request);
    return response;
  } catch (cause) {
    causes.set(request, cause);
    throw cause instanceof Error ? cause : new TypeError("fetch failed");
  }
}

/** Returns the original error of a failed request. Returns anything else unchanged. */
export const causeOf = (failed: unknown): unknown =>
  typeof failed === "object" && failed !== null && causes.has(failed) ? causes.get(failed) : failed;

/** Converts a `Response` of another realm or library to one of this realm. */
async function responseOf(given: unknown): Promise<Response> {
  const { status, statusText, headers, body, text } = (given ?? {}) as Partial<Response>;
  if (typeof status !== "number" || typeof text !== "function") throw new TypeError("fetch returned no Response");
  const stream = typeof ReadableStream === "function" && body instanceof ReadableStream;
  const content = [204, 205, 304].includes(status) ? null : stream ? body : await text.call(given);
  return new Response(content, {
    status,
    statusText: statusText ?? "",
    headers: [...(headers ?? [])] as [string, string][],
  });
}

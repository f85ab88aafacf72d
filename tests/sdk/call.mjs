// Calling a method of Intercom's SDK by its name: in Node and in a page.

/** The resource that has a method, and what it calls it. */
export function found(client, name) {
  const steps = name.split(".");
  const method = steps.pop();
  return [steps.reduce((at, step) => at[step], client), method];
}

/**
 * Calls a method of `methods()`. What comes in pages is an array of two of them, for every other
 * answer it is what the SDK makes of it; `{ error }` where it throws.
 */
export async function outcome(client, { name, takesRequest, request }, options = {}) {
  const [resource, method] = found(client, name);
  // Paging writes into the request.
  const own = takesRequest ? [structuredClone(request)] : [];
  try {
    const answer = await resource[method](...own, options);
    return { value: typeof answer?.getNextPage === "function" ? await twoPages(answer) : answer };
  } catch (error) {
    return {
      error: { kind: error.constructor.name, message: error.message, status: error.statusCode, body: error.body },
    };
  }
}

async function twoPages(first) {
  const second = first.hasNextPage() ? await first.getNextPage() : undefined;
  return [first.response, second?.response];
}

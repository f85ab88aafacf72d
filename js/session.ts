import { errorFrom } from "./error.js";
import type { IntercomOptions } from "./intercom.js";
import { load } from "./wasm.js";
import type { Connection } from "./wasm/intercom_edge.js";

/** Where the Worker is and who calls, and the way of every call through WebAssembly. */
export class Session {
  readonly #baseUrl: string;
  readonly #authorize: () => string | Promise<string>;

  constructor({ baseUrl, auth }: IntercomOptions) {
    const url = new URL(baseUrl, globalThis.location?.href);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError("baseUrl is the http or https address of your Worker");
    }
    if (typeof auth !== "function" && !isKey(auth)) throw new TypeError(NO_KEY);
    this.#baseUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
    this.#authorize = typeof auth === "function" ? auth : () => auth;
  }

  /** Makes a call; the signal's own reason is what an abort throws. */
  async call<T>(
    signal: AbortSignal | undefined,
    make: (connection: Connection, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    // The reason of the caller's signal can be anything; what WebAssembly sees is always an error.
    const controller = new AbortController();
    const { promise: aborted, reject } = withRejection();
    const abort = () => {
      controller.abort();
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", abort, { once: true });
    // What `auth` throws is the caller's own error and reaches him as it is.
    let refusal: { error: unknown } | undefined;
    const authorize = async () => {
      try {
        const key = await this.#authorize();
        if (!isKey(key)) throw new TypeError(NO_KEY);
        return key;
      } catch (error) {
        refusal = { error };
        throw error;
      }
    };
    try {
      const { Connection } = await load();
      const connection = new Connection(this.#baseUrl, authorize);
      // Freed when the call itself has ended, which after an abort is later than this.
      const made = (async () => make(connection, controller.signal))().finally(() => connection.free());
      return await Promise.race([made, aborted]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (refusal) throw refusal.error;
      throw errorFrom(error);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }
}

const NO_KEY = "auth is a caller key of your Worker (visible ASCII characters), or a function that gives one";

/** Whether it can stand in a header at all. */
function isKey(key: unknown): key is string {
  return typeof key === "string" && /^[\x21-\x7e]+$/.test(key);
}

function withRejection() {
  let reject!: (reason: unknown) => void;
  const promise = new Promise<never>((_, rejects) => {
    reject = rejects;
  });
  // A rejection that nobody waits for any more is no error.
  promise.catch(() => {});
  return { promise, reject };
}

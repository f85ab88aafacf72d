import { errorFrom, fromAnswer, IntercomError } from "./error.js";
import type { IntercomOptions } from "./intercom.js";
import { List, type ListOptions, pages } from "./list.js";
import type { SendOptions } from "./notification.js";
import { query } from "./path.js";
import { load } from "./wasm.js";
import type { Connection } from "./wasm/intercom_edge.js";

/** How long an answer may take to begin. */
const PATIENCE = 30_000;

/** Where the Worker is and who calls, and the way of every call through WebAssembly. */
export class Session {
  readonly #baseUrl: string;
  readonly #authorize: () => string | Promise<string>;

  constructor({ baseUrl, auth }: IntercomOptions) {
    const url = new URL(baseUrl, globalThis.location?.href);
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new TypeError("baseUrl is the http or https address of your Worker");
    }
    if (typeof auth !== "function" && !isVisible(auth)) throw new TypeError(NO_KEY);
    this.#baseUrl = `${url.origin}${url.pathname}`.replace(/\/+$/, "");
    this.#authorize = typeof auth === "function" ? auth : () => auth;
  }

  /** Makes a call; the signal's own reason is what an abort throws. */
  async call<T>(
    signal: AbortSignal | undefined,
    make: (connection: Connection, signal: AbortSignal) => Promise<unknown>,
  ): Promise<T> {
    return abortable(signal, async (controller) => {
      // What `auth` throws is the caller's own error and reaches him as it is.
      let refusal: { error: unknown } | undefined;
      const authorize = () =>
        this.#key().catch((error: unknown) => {
          refusal = { error };
          // It is no broken connection, after which the call would be repeated.
          controller.abort();
          throw error;
        });
      try {
        const { Connection } = await load();
        const connection = new Connection(this.#baseUrl, authorize);
        try {
          return (await make(connection, controller.signal)) as T;
        } finally {
          connection.free();
        }
      } catch (error) {
        throw refusal ? refusal.error : errorFrom(error);
      }
    });
  }

  /** Makes a call of the Worker's own; the target is percent-encoded. */
  async ask<T>(
    method: "GET" | "POST" | "PUT" | "DELETE",
    target: string,
    { body, signal, idempotencyKey }: SendOptions & { body?: unknown } = {},
  ): Promise<T> {
    const [text, key] = [body === undefined ? undefined : json(body), keyOf(idempotencyKey)];
    return this.call<T>(signal, (connection, signal) => connection.call(method, target, text, key, signal));
  }

  /** A list of the Worker's own. */
  list<T>(
    target: string,
    { signal, perPage, startingAfter }: ListOptions = {},
    parameters: Record<string, string | number | undefined> = {},
  ): List<T> {
    return new List(() =>
      pages<T>(startingAfter ?? null, (after) =>
        this.ask("GET", target + query({ ...parameters, per_page: perPage, starting_after: after }), { signal }),
      ),
    );
  }

  /** Gets what isn't JSON. Its body may take as long as it takes. */
  async fetch(target: string, accept: string, signal?: AbortSignal): Promise<Response> {
    return abortable(signal, async () => {
      const authorization = `Bearer ${await this.#key()}`;
      const patience = new AbortController();
      const timer = setTimeout(() => patience.abort(), PATIENCE);
      try {
        const response = await fetch(this.#baseUrl + target, {
          headers: { accept, authorization },
          // The body's reading is ended by the caller's own signal alone.
          signal: AbortSignal.any(signal ? [signal, patience.signal] : [patience.signal]),
        });
        if (response.ok) return response;
        throw fromAnswer(response.status, await response.text(), (name) => response.headers.get(name));
      } catch (error) {
        if (error instanceof IntercomError) throw error;
        throw errorFrom({ kind: patience.signal.aborted ? "timeout" : "network" });
      } finally {
        clearTimeout(timer);
      }
    });
  }

  async #key(): Promise<string> {
    const key = await this.#authorize();
    if (!isVisible(key)) throw new TypeError(NO_KEY);
    return key;
  }
}

/** Runs what a signal ends at once, by throwing its reason, whatever the reason is. */
async function abortable<T>(
  signal: AbortSignal | undefined,
  run: (controller: AbortController) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  // The reason of the caller's signal can be anything; what WebAssembly sees is always an error.
  const controller = new AbortController();
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => {
      controller.abort();
      reject(signal?.reason);
    };
  });
  // A rejection that nobody waits for any more is no error.
  aborted.catch(() => {});
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([run(controller), aborted]);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

const NO_KEY = "auth is a caller key of your Worker (visible ASCII characters), or a function that gives one";

/** Whether it can stand in a header at all. */
function isVisible(key: unknown): key is string {
  return typeof key === "string" && /^[\x21-\x7e]+$/.test(key);
}

/** What goes over as JSON; what has none, such as `undefined`, is refused there. */
export function json(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** An idempotency key that is a text: `null`, say, would be one key for all. */
export function keyOf(key: string | undefined): string | undefined {
  if (key !== undefined && typeof key !== "string") throw new TypeError("idempotencyKey is a text");
  return key;
}

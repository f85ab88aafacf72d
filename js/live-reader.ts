// Reads live events through connections that break. Loaded when first used: see deferred.ts.

import { untilAborted } from "./abort.js";
import { isText, json, optionsOf, textOf } from "./argument.js";
import { ArgumentError, IntercomError, WebAssemblyError } from "./error.js";
import type { LiveOptions, LiveState } from "./live.js";
import { LiveConnection } from "./live-connection.js";
import type { LiveGap } from "./model.js";
import type { Session } from "./session.js";
import { pauseAfter } from "./stream.js";

/** The time in milliseconds after which a connection counts as a success. */
const STABLE = 10_000;

/** The number of failures after which the pauses grow no longer: to half a minute. */
const MAX_GROWTH = 5;

/** The position of a {@link Live}, which the reader advances. */
type Position = { lastEventId: string | undefined };

/** Yields live events. Advances the `lastEventId` of `live` when the loop has processed an event. @internal */
export function events<Event>(
  session: Session,
  options: LiveOptions | undefined,
  live: Readonly<Position>,
): AsyncGenerator<Event, void, undefined> {
  return new LiveReader(session, checked(options), live).events() as AsyncGenerator<Event, void, undefined>;
}

/** Checks the options. */
function checked(options: LiveOptions | undefined): LiveOptions {
  const given = optionsOf(options);
  const { topics, lastEventId } = given;
  const areTopics = topics === undefined || isText(topics) || (Array.isArray(topics) && topics.every(isText));
  if (!areTopics) throw new ArgumentError("topics", "a topic, or a list of topics");
  if (lastEventId !== undefined) textOf("lastEventId", lastEventId);
  for (const name of ["onGap", "onConnection", "WebSocket"] as const) {
    if (given[name] !== undefined && typeof given[name] !== "function") throw new ArgumentError(name, "a function");
  }
  return given;
}

class LiveReader {
  readonly #session: Session;
  readonly #options: LiveOptions;
  /** The id of the last event that the loop has processed. */
  readonly #live: Position;
  /** The id of the last event that was yielded, after which a connection continues. */
  #position: string | undefined;
  #state: LiveState = "closed";
  #connection: LiveConnection | undefined;
  /** The number of failures in a row. */
  #failures = 0;
  #endPause = () => {};

  constructor(session: Session, options: LiveOptions, live: Position) {
    this.#session = session;
    this.#options = options;
    this.#live = live;
    this.#position = live.lastEventId;
  }

  async *events(): AsyncGenerator<unknown, void, undefined> {
    const { signal } = this.#options;
    if (signal?.aborted) throw signal.reason;
    this.#listen("addEventListener");
    try {
      for (;;) {
        this.#report("connecting");
        const began = performance.now();
        const error = (await this.#open()) ?? (yield* this.#messages());
        if (!mayPass(error)) throw error;
        this.#report("closed", error);
        if (performance.now() - began > STABLE) this.#failures = 0;
        // Without jitter, all readers of a Worker that restarts would come back at once.
        await this.#pause(pauseAfter(error, Math.min(this.#failures++, MAX_GROWTH)) * (1 + Math.random()));
        if (signal?.aborted) throw signal.reason;
      }
    } catch (error) {
      if (error instanceof IntercomError) this.#report("closed", error);
      throw error;
    } finally {
      this.#listen("removeEventListener");
      this.#connection?.close();
      this.#report("closed");
    }
  }

  /** Opens a connection. Resolves to the error if that fails. */
  async #open(): Promise<unknown> {
    const { signal, topics, WebSocket: Socket = globalThis.WebSocket } = this.#options;
    if (typeof Socket !== "function") {
      throw new ArgumentError("WebSocket", "a WebSocket class, because this runtime has none: install the package ws");
    }
    const list = typeof topics === "string" ? topics.split(",").map((topic) => topic.trim()) : topics;
    const request = json("topics", { topics: list, last_event_id: this.#position });
    try {
      const target = await this.#session.call<string>({ signal, retries: 0 }, async (calls, exchange) => {
        const { ticket } = await calls.live_ticket(exchange, request);
        return calls.live_target(ticket);
      });
      const url = this.#session.baseUrl.replace(/^http/, "ws") + target;
      this.#connection = new LiveConnection(new Socket(url), signal);
      return undefined;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      return error;
    }
  }

  /** Yields the events of the connection. Returns the reason for its end. */
  async *#messages(): AsyncGenerator<unknown, unknown, undefined> {
    const connection = this.#connection!;
    for (;;) {
      const message = await connection.next();
      switch (message?.type) {
        case undefined:
          return connection.error;
        case "edge.ready":
          if (this.#position === undefined) this.#continueAfter(message.id);
          this.#report("open");
          break;
        case "edge.gap":
          await this.#handleGap(message);
          this.#continueAfter(message.id);
          break;
        case "edge.end":
          this.#continueAfter(message.id);
          break;
        case "edge.event":
          // Another connection continues after an event that was yielded: it comes once.
          this.#position = message.id;
          yield message;
          this.#live.lastEventId = message.id;
          connection.processed();
      }
    }
  }

  async #handleGap(gap: LiveGap): Promise<void> {
    const { signal, onGap } = this.#options;
    const handled = onGap?.(gap);
    await (signal ? untilAborted(handled, signal) : handled);
  }

  #continueAfter(id: string): void {
    this.#position = id;
    this.#live.lastEventId = id;
  }

  #report(state: LiveState, error?: IntercomError): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onConnection?.(state, error);
  }

  /** Waits before the next attempt, until the signal aborts, or the page is online or visible again. */
  #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#options;
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, milliseconds);
      signal?.addEventListener("abort", end);
      this.#endPause = end;
    });
  }

  /** Starts or stops listening for the page being online or visible again. Other runtimes have no such events. */
  #listen(verb: "addEventListener" | "removeEventListener"): void {
    if (globalThis.navigator?.onLine === undefined) return;
    globalThis[verb]?.("online", this.#reconnect);
    globalThis.document?.[verb]("visibilitychange", this.#reconnect);
  }

  /** Checks at once if the Worker can be reached. */
  readonly #reconnect = (): void => {
    if (globalThis.document?.hidden) return;
    this.#endPause();
    this.#connection?.ping();
  };
}

/** Returns true if another attempt may succeed. */
function mayPass(error: unknown): error is IntercomError {
  if (!(error instanceof IntercomError) || error instanceof WebAssemblyError) return false;
  return error.status === 0 || error.status === 429 || error.status >= 500;
}

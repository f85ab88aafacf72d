// Live events: changes in Intercom and in the Worker's outbox, as they happen. The page gets only this class; the
// reader, with the checks of the options, is loaded when events are first iterated.

import type { IntercomError } from "./error.js";
import type { LiveEvent } from "./live-events.js";
import { loadDeferred } from "./load-deferred.js";
import type { LiveGap } from "./model.js";
import type { CallOptions } from "./options.js";
import type { Session } from "./session.js";

/** The state of a connection for live events. */
export type LiveState = "connecting" | "open" | "closed";

/** A class of WebSockets, such as the one of the npm package `ws`. */
export interface WebSocketClass {
  /** Opens a connection. */
  new (url: string): WebSocket;
}

/** Options of live events. Without options, all events that the caller key may read arrive. */
export interface LiveOptions extends Pick<CallOptions, "signal"> {
  /** The topics, such as `contact.user.created`. A `*` at the end stands for any rest: `contact.*`. Default: `*`. */
  topics?: string | readonly string[] | undefined;
  /** Continues after this event: the `lastEventId` of an earlier iteration. The Worker keeps events for two days. */
  lastEventId?: string | undefined;
  /**
   * Called if events are missing before the next one, for example after more than two days without a connection. Load
   * the data that you show again. The iteration waits for its promise. An error that it throws ends the iteration.
   */
  onGap?: ((gap: LiveGap) => void | Promise<void>) | undefined;
  /**
   * Called when the state of the connection changes. `error` is the reason for `closed`, if there is one; the package
   * connects again after a temporary error. An error that it throws ends the iteration.
   */
  onConnection?: ((state: LiveState, error?: IntercomError) => void) | undefined;
  /** The class that opens the connection. Default: the runtime's own `WebSocket`. Node 20 has none; install `ws`. */
  WebSocket?: WebSocketClass | undefined;
}

/**
 * Live events. Iterating over them yields each event once and in order, and reconnects if the connection breaks.
 * `break` closes the connection. An iteration does not end by itself: use `break`, or abort the `signal`.
 *
 * Iteration throws the signal's reason after an abort, {@link UnauthorizedError} or {@link ForbiddenError} if the
 * Worker rejects the caller key, and {@link ValidationError} if a topic is invalid. Another iteration continues after
 * `lastEventId`.
 *
 * @example
 * ```ts
 * const live = intercom.live({ topics: ["contact.*", "message.*"], signal: AbortSignal.timeout(2_000) });
 * try {
 *   for await (const event of live) {
 *     if (event.topic === "message.sent") console.log("sent", event.item.id);
 *     else console.log(event.topic, event.item);
 *   }
 * } catch (reason) {
 *   console.log((reason as DOMException).name, typeof live.lastEventId); // → TimeoutError string
 * }
 * ```
 */
export class Live<Attributes = Record<string, unknown>> implements AsyncIterable<LiveEvent<Attributes>> {
  /**
   * The id of the last event that the loop has processed: it advances when the loop asks for the next event. Before the
   * first event, it is the id at which the connection began; before that, the option `lastEventId`.
   */
  readonly lastEventId: string | undefined;
  readonly #session: Session;
  readonly #options: LiveOptions | undefined;

  /** @internal */
  constructor(session: Session, options: LiveOptions | undefined) {
    this.lastEventId = options?.lastEventId;
    this.#session = session;
    this.#options = options;
  }

  /**
   * Yields the events.
   *
   * @throws {@link ArgumentError} if an option has the wrong type
   * @throws {@link ValidationError} if a topic or `lastEventId` is invalid, or the list of topics is empty
   * @throws {@link IntercomError} if the Worker rejects the request
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<LiveEvent<Attributes>, void, undefined> {
    yield* (await loadDeferred()).events<LiveEvent<Attributes>>(this.#session, this.#options, this);
  }
}

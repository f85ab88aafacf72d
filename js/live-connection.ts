// One connection for live events: a WebSocket, the messages that have arrived, acknowledgements and pings. It does not
// know how another connection continues.

import { type IntercomError, NetworkError, UpstreamError } from "./error.js";
import type { LiveEventFields, LiveGap } from "./model.js";

/** A message from the Worker. */
export type LiveMessage =
  | LiveEventFields
  | LiveGap
  | { type: "edge.ready"; id: string }
  | { type: "edge.end"; id: string; reason: string };

/** The number of events that the Worker sends at most without an acknowledgement. */
const WINDOW = 256;

/** Processed events are acknowledged after this number, or in a slow loop after this time in milliseconds. */
const ACKNOWLEDGED_EVENTS = 32;
const ACKNOWLEDGEMENT_DELAY = 10_000;

/** The time between pings, and the longest silence after a ping, in milliseconds. */
const PING_INTERVAL = 20_000;
const PONG_TIMEOUT = 10_000;

/** The value of `readyState` of an open WebSocket. */
const OPEN = 1;

/** A WebSocket for live events. Messages that have arrived can be read after it has closed. */
export class LiveConnection {
  readonly #socket: WebSocket;
  readonly #signal: AbortSignal | undefined;
  readonly #messages: LiveMessage[] = [];
  /** The number of events in `#messages`. */
  #events = 0;
  /** The reason for the end, or undefined while the connection is open. */
  #error: IntercomError | undefined;
  #isReady = false;
  /** True if a message came after the last ping. */
  #heard = false;
  #wake = () => {};
  /** The number of events that were processed, and the number that was acknowledged at this time. */
  #processed = 0;
  #acknowledged = 0;
  #acknowledgedAt = performance.now();
  #pongTimeout: ReturnType<typeof setTimeout> | undefined;
  readonly #pings: ReturnType<typeof setInterval>;

  constructor(socket: WebSocket, signal: AbortSignal | undefined) {
    this.#socket = socket;
    this.#signal = signal;
    // The listeners stay: `ws` throws an error event without a listener, even after close().
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("error", (event) => this.#fail((event as ErrorEvent).error));
    socket.addEventListener("close", () => this.#fail());
    signal?.addEventListener("abort", this.close);
    this.#pings = setInterval(this.ping, PING_INTERVAL);
  }

  /** The reason for the end; undefined while the connection is open. */
  get error(): IntercomError | undefined {
    return this.#error;
  }

  /**
   * Waits for the next message. Resolves to undefined if the connection has ended and all messages were read.
   *
   * @throws the signal's reason
   */
  async next(): Promise<LiveMessage | undefined> {
    for (;;) {
      if (this.#signal?.aborted) throw this.#signal.reason;
      const message = this.#messages.shift();
      if (message?.type === "edge.event") this.#events--;
      if (message || this.#error) return message;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Counts an event that was processed, and acknowledges it now or later. */
  processed(): void {
    this.#processed++;
    const isDue = this.#processed - this.#acknowledged >= ACKNOWLEDGED_EVENTS;
    const now = performance.now();
    if (this.#events > 0 && !isDue && now - this.#acknowledgedAt < ACKNOWLEDGEMENT_DELAY) return;
    this.#acknowledged = this.#processed;
    this.#acknowledgedAt = now;
    this.#send(String(this.#processed));
  }

  /** Sends a ping. The connection ends if nothing comes back in time. */
  readonly ping = (): void => {
    if (this.#error) return;
    this.#heard = false;
    this.#send("ping");
    clearTimeout(this.#pongTimeout);
    this.#pongTimeout = setTimeout(() => this.#heard || this.#fail(), PONG_TIMEOUT);
  };

  /** Closes the connection. */
  readonly close = (): void => this.#end(new NetworkError("The connection was closed", { code: "network" }));

  #receive(data: unknown): void {
    this.#heard = true;
    if (data === "pong" || this.#error) return;
    const message = messageOf(data);
    if (!message) {
      this.#end(new UpstreamError("A live event can't be read", { status: 200, code: "unreadable" }));
      return;
    }
    const { type } = message;
    if (type === "edge.event" && this.#events++ === WINDOW) {
      // The events that don't fit come again on the next connection.
      this.#fail();
      return;
    }
    this.#messages.push(message);
    if (type === "edge.ready") this.#isReady = true;
    if (type === "edge.end") {
      const { reason } = message;
      this.#end(new NetworkError(`The Worker ended the connection: ${reason}`, { code: reason }));
    }
    this.#wake();
  }

  /** Ends the connection because it broke. */
  #fail(cause?: unknown): void {
    const message = this.#isReady ? "The WebSocket broke" : "The WebSocket can't be opened";
    this.#end(new NetworkError(message, { code: "network", cause }));
  }

  #end(error: IntercomError): void {
    if (this.#error) return;
    this.#error = error;
    clearInterval(this.#pings);
    clearTimeout(this.#pongTimeout);
    this.#signal?.removeEventListener("abort", this.close);
    this.#socket.close();
    this.#wake();
  }

  #send(text: string): void {
    if (this.#socket.readyState === OPEN) this.#socket.send(text);
  }
}

/** Parses a message. Returns undefined for other data. */
function messageOf(data: unknown): LiveMessage | undefined {
  try {
    const message: unknown = JSON.parse(data as string);
    if (typeof message !== "object" || message === null) return undefined;
    const { type, id, topic } = message as Record<string, unknown>;
    const isEvent = type !== "edge.event" || typeof topic === "string";
    return isEvent && typeof type === "string" && typeof id === "string" ? (message as LiveMessage) : undefined;
  } catch {
    // The engine's own message quotes the data.
    return undefined;
  }
}

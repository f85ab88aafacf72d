import { Batch, type Batches, type BatchProgress, type NewBatch, batches } from "./batch.js";
import type { CallOptions, List, ListOptions } from "./list.js";
import type { Message, NewMessage, Open, Timestamp, Word } from "./model.js";
import type { SendOptions } from "./notification.js";
import { path } from "./path.js";
import { type Session, json, keyOf } from "./session.js";

/**
 * What became of a message. Of an `unknown` one bytes went out and no answer tells: it is never sent
 * again by itself.
 */
export type MessageState = "queued" | "sending" | "sent" | "failed" | "unknown";

/** A message in the Worker's outbox. */
export interface OutboxMessage extends Open {
  type: "edge.message";
  /** The outbox's id. */
  id: string;
  /** The caller who sent it. */
  caller: string;
  state: Word<MessageState>;
  created_at: Timestamp;
  /** Every state that it has had. */
  history: { state: Word<MessageState>; at: Timestamp; cause?: string }[];
  idempotency_key?: string | null;
  /** Intercom's id, once it is sent. */
  message_id?: string | null;
  /** The person, by Intercom's id. */
  contact_id?: string | null;
  batch_id?: string | null;
  /** The template that it was rendered from. */
  template?: { name: string; version: number } | null;
  /** What was sent; a list leaves it out. */
  request?: Record<string, unknown> | null;
  /** What was answered; a list leaves it out. */
  answer?: { status: number; body?: unknown } | null;
}

/** Which messages to list; all of them, unless told. */
export interface MessageListOptions extends ListOptions {
  state?: MessageState | undefined;
  /** A moment, or seconds since 1970. */
  createdAfter?: Date | number | undefined;
  /** A moment, or seconds since 1970. */
  createdBefore?: Date | number | undefined;
  /** Those of a batch. */
  batchId?: string | undefined;
  /** Those of another caller, for who may see them. */
  caller?: string | undefined;
}

/** Messages. */
export interface Messages {
  /**
   * Sends a message. Without an `idempotencyKey` it is sent once and never again by itself; with one
   * it arrives once, however often this is called.
   *
   * @example
   * ```ts
   * await intercom.messages.send(message, { idempotencyKey: "order-4711" });
   * ```
   *
   * @throws {@link IntercomError}; with status 0, code `message_unknown` or from 500 on, the message
   * may have been sent, and so it may after an abort
   */
  send(message: NewMessage, options?: SendOptions): Promise<Message>;
  /** Lists the outbox's messages, the newest first and without their text. */
  list(options?: MessageListOptions): List<OutboxMessage>;
  /** Gets a message of the outbox with what was sent and what was answered. */
  get(id: string, options?: CallOptions): Promise<OutboxMessage>;
  /** Sends an `unknown` message again: look in Intercom first whether it arrived. */
  retry(id: string, options?: CallOptions): Promise<Message>;
  /**
   * Sends a template to up to 10,000 people; resolves as soon as the Worker has taken it over.
   *
   * @example
   * ```ts
   * const batch = await intercom.messages.batch({ template: "news", to: [{ user_id: "john_doe" }] });
   * for await (const { sent, total } of batch) console.log(`${sent} of ${total}`);
   * ```
   */
  batch(batch: NewBatch, options?: SendOptions): Promise<Batch>;
  /** Batches that were made before. */
  readonly batches: Batches;
}

/** The calls of messages. @internal */
export const messages = (session: Session): Messages => ({
  send: (message, { idempotencyKey: key, signal } = {}) =>
    session.call<Message>(signal, (connection, signal) => connection.send(json(message), keyOf(key), signal)),
  list: ({ state, createdAfter, createdBefore, batchId, caller, ...options } = {}) =>
    session.list("/edge/messages", options, {
      state,
      created_after: seconds(createdAfter),
      created_before: seconds(createdBefore),
      batch_id: batchId,
      caller,
    }),
  get: async (id, { signal } = {}) => session.ask<OutboxMessage>("GET", path("edge", "messages", id), { signal }),
  retry: async (id, { signal } = {}) =>
    session.ask<Message>("POST", path("edge", "messages", id, "retry"), { signal }),
  batch: async (batch, options = {}) =>
    new Batch(session, await session.ask<BatchProgress>("POST", "/edge/messages/batch", { body: batch, ...options })),
  batches: batches(session),
});

const seconds = (moment: Date | number | undefined) =>
  moment instanceof Date ? Math.floor(moment.getTime() / 1000) : moment;

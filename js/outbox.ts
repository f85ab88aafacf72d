import { json, optionsOf, queryText, secondsOf } from "./argument.js";
import type { Batch, Batches, NewBatch } from "./batch.js";
import type { List } from "./list.js";
import type { NewMessage } from "./message.js";
import type { Message, MessageState, Notification, OutboxMessage } from "./model.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";
import { check } from "./wasm.js";

/** Which messages to list; all of them, unless told. */
export interface MessageListOptions extends ListOptions {
  state?: MessageState | undefined;
  /** A `Date`, its ISO 8601 text, or seconds since 1970. */
  createdAfter?: Date | number | string | undefined;
  /** A `Date`, its ISO 8601 text, or seconds since 1970. */
  createdBefore?: Date | number | string | undefined;
  /** Those of a batch. */
  batchId?: string | undefined;
  /** Those of another caller, for who may see them. */
  caller?: string | undefined;
}

/** A message that was sent. */
export interface SentMessage extends Message {
  /** The outbox's id of it, for {@link Messages.get}; `id` is Intercom's. */
  messageId: string;
}

/** Messages. */
export interface Messages {
  /**
   * Sends a message. Without an `idempotencyKey` it is sent once and never again by itself; with one
   * it arrives once, however often this is called.
   *
   * @example
   * ```ts
   * const user = await intercom.users.findByExternalId("john_doe");
   * const { id } = await intercom.me();
   * await intercom.messages.send(
   *   {
   *     message_type: "email", subject: "Hey", body: "How are you ?", template: "plain",
   *     from: { type: "admin", id }, to: { type: user.role, id: user.id },
   *   },
   *   { idempotencyKey: "order-4711" },
   * );
   * ```
   *
   * @throws {@link IntercomError}; with status 0, code `message_unknown` or from 500 on, the message
   * may have been sent, and so it may after an abort
   */
  send(message: NewMessage, options?: SendOptions): Promise<SentMessage>;
  /** Lists the outbox's messages, the newest first and without their text. */
  list(options?: MessageListOptions): List<OutboxMessage>;
  /** Gets a message of the outbox with what was sent and what was answered. */
  get(id: string, options?: CallOptions): Promise<OutboxMessage>;
  /** Sends an `unknown` message again: look in Intercom first whether it arrived. */
  retry(id: string, options?: CallOptions): Promise<SentMessage>;
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

/** Few pages send in bulk: how a batch is watched is loaded by those that do. */
let batching = () => import("./batch.js");

/** Has an entry's own module replace the loading. @internal */
export function provideBatches(module: typeof import("./batch.js")): void {
  batching = async () => module;
}

/** The calls of messages. @internal */
export const messages = (session: Session): Messages => ({
  send: async (message, options) => {
    const text = json("body", message);
    return session.call<SentMessage>(options, (calls, exchange) => calls.outbox_send(exchange, text));
  },
  list: (options) => {
    const { state, createdAfter, createdBefore, batchId, caller, ...more } = optionsOf(options);
    const [after, before] = [timeOf("createdAfter", createdAfter), timeOf("createdBefore", createdBefore)];
    const [wanted, batch, sender] = [
      queryText("state", state),
      queryText("batchId", batchId),
      queryText("caller", caller),
    ];
    return session.list(more, (calls, exchange) => calls.outbox_list(exchange, wanted, after, before, batch, sender));
  },
  get: (id, options) => session.call(options, (calls, exchange) => calls.outbox_get(exchange, id)),
  retry: (id, options) => session.call(options, (calls, exchange) => calls.outbox_retry(exchange, id)),
  batch: async (batch, options) => (await batching()).start(session, batch, options),
  batches: {
    list: (options) => session.list(options, (calls, exchange) => calls.batch_list(exchange)),
    get: async (id, options) => (await batching()).find(session, id, options),
  },
});

/** Sends a notification. @internal */
export async function notify(
  session: Session,
  notification: Notification,
  options?: SendOptions,
): Promise<SentMessage> {
  const text = await check("notification", notification);
  return session.call(options, (calls, exchange) => calls.notify_send(exchange, text));
}

function timeOf(argument: string, moment: Date | number | string | undefined): number | undefined {
  const seconds = secondsOf(argument, moment);
  return seconds === undefined || seconds === null ? undefined : Number(seconds);
}

// The calls of messages and of the Worker's outbox.

import { json, optionsOf, queryText, secondsOf } from "./argument.js";
import type { Batch, Batches, NewBatch } from "./batch.js";
import type { List } from "./list.js";
import { loadDeferred } from "./load-deferred.js";
import type { NewMessage } from "./message.js";
import type { Message, MessageState, Notification, OutboxMessage } from "./model.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";
import { validate } from "./wasm.js";

/** Options of a list of messages. Without a filter it lists all messages that the caller key may see. */
export interface MessageListOptions extends ListOptions {
  /** Lists only messages in this state. */
  state?: MessageState | undefined;
  /** Lists only messages created after this time: a `Date`, an ISO 8601 string or Unix seconds. */
  createdAfter?: Date | number | string | undefined;
  /** Lists only messages created before this time: a `Date`, an ISO 8601 string or Unix seconds. */
  createdBefore?: Date | number | string | undefined;
  /** Lists only the messages of this batch. */
  batchId?: string | undefined;
  /** Lists only the messages of this caller, by name. Requires the scope to read the messages of other callers. */
  caller?: string | undefined;
}

/** A sent message. */
export interface SentMessage extends Message {
  /** The outbox's id of the message, for {@link Messages.get}. `id` is Intercom's id. */
  messageId: string;
}

/** The calls of messages, as `intercom.messages`. All throw {@link IntercomError}. */
export interface Messages {
  /**
   * Sends a message to one contact. Calls with the same `idempotencyKey` send one message; with a key, the package
   * retries after connection failures. Without a key the package never retries.
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
   * @throws {@link IntercomError} if the message was not accepted. With the status 0 or 5xx, or the code
   * `message_unknown`, the message may have been sent; the same is true after an abort. Send it again with the same
   * `idempotencyKey`.
   */
  send(message: NewMessage, options?: SendOptions): Promise<SentMessage>;
  /** Lists the messages of the outbox, newest first, without their content. */
  list(options?: MessageListOptions): List<OutboxMessage>;
  /**
   * Gets a message of the outbox with its request and response.
   *
   * @throws {@link NotFoundError} if the outbox has no such message
   */
  get(id: string, options?: CallOptions): Promise<OutboxMessage>;
  /** Sends a message in the state `unknown` again. First check in Intercom that it did not arrive. */
  retry(id: string, options?: CallOptions): Promise<SentMessage>;
  /**
   * Creates a batch, which sends a template to up to 10,000 people. Resolves when the Worker has stored the batch;
   * the Worker sends the messages afterwards.
   *
   * @example
   * ```ts
   * const batch = await intercom.messages.batch({ template: "news", to: [{ user_id: "john_doe" }] });
   * for await (const { sent, total } of batch) console.log(`${sent} of ${total}`);
   * ```
   *
   * @throws {@link ValidationError} before anything is sent, if the Worker would reject the batch
   */
  batch(batch: NewBatch, options?: SendOptions): Promise<Batch>;
  /** The calls of existing batches. */
  readonly batches: Batches;
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
  batch: async (batch, options) => (await loadDeferred()).start(session, batch, options),
  batches: {
    list: (options) => session.list(options, (calls, exchange) => calls.batch_list(exchange)),
    get: async (id, options) => (await loadDeferred()).find(session, id, options),
  },
});

/** Sends a notification. @internal */
export async function notify(
  session: Session,
  notification: Notification,
  options?: SendOptions,
): Promise<SentMessage> {
  const text = await validate("notification", notification);
  return session.call(options, (calls, exchange) => calls.notify_send(exchange, text));
}

function timeOf(argument: string, moment: Date | number | string | undefined): number | undefined {
  const seconds = secondsOf(argument, moment);
  return seconds === undefined || seconds === null ? undefined : Number(seconds);
}

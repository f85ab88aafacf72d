// The calls of messages and of the Worker's outbox.

import { json, optionsOf, queryText, secondsOf } from "./argument.js";
import type { Batch, Batches, NewBatch } from "./batch.js";
import type { List } from "./list.js";
import { loadDeferred } from "./load-deferred.js";
import type { NewMessage } from "./message.js";
import type { Message, MessageCounts, MessageState, Notification, OutboxMessage } from "./model.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";
import { validate } from "./wasm.js";

/** Selects messages of the outbox. Without a filter these are all messages that the caller key may see. */
export interface MessageFilter {
  /** Selects only messages in this state. */
  state?: MessageState | undefined;
  /** Selects only messages to this contact, by Intercom's id. */
  contactId?: string | undefined;
  /** Selects only messages created after this time: a `Date`, an ISO 8601 string or Unix seconds. */
  createdAfter?: Date | number | string | undefined;
  /** Selects only messages created before this time: a `Date`, an ISO 8601 string or Unix seconds. */
  createdBefore?: Date | number | string | undefined;
  /** Selects only messages from this template, by name. */
  template?: string | undefined;
  /** Selects only the messages of this batch. */
  batchId?: string | undefined;
  /** Selects only the messages of this caller, by name. Requires the scope to read the messages of other callers. */
  caller?: string | undefined;
}

/** Options of a list of messages. */
export interface MessageListOptions extends MessageFilter, ListOptions {}

/** Options of the number of messages. */
export interface MessageCountOptions extends MessageFilter, CallOptions {}

/** Options of an export of messages. */
export interface MessageExportOptions extends MessageFilter, Pick<CallOptions, "signal" | "headers"> {}

/** The values of a filter, in the order of `filter_of` in calls.rs. @internal */
export type Filter = (string | undefined)[];

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
  /**
   * Lists the messages of the outbox, newest first, without their content.
   *
   * @example
   * ```ts
   * const user = await intercom.users.findByExternalId("john_doe");
   * for await (const { subject, state } of intercom.messages.list({ contactId: user.id })) console.log(subject, state);
   * ```
   */
  list(options?: MessageListOptions): List<OutboxMessage>;
  /**
   * Counts the messages of the outbox in each state.
   *
   * @example
   * ```ts
   * const { unknown, failed } = await intercom.messages.counts({ createdAfter: "2026-11-28" });
   * console.log(`${unknown} to check, ${failed} not sent`);
   * ```
   */
  counts(options?: MessageCountOptions): Promise<MessageCounts>;
  /**
   * Exports the messages of the outbox, newest first, without their content, in one request. Memory stays flat: the
   * Worker sends only as fast as the messages are read. Iteration throws {@link NetworkError} if the connection breaks.
   *
   * @example
   * ```ts
   * for await (const { id, state } of intercom.messages.export({ state: "failed" })) console.log(id, state);
   * ```
   */
  export(options?: MessageExportOptions): AsyncIterable<OutboxMessage>;
  /**
   * Gets a message of the outbox with its request and response.
   *
   * @throws {@link NotFoundError} if the outbox has no such message
   */
  get(id: string, options?: CallOptions): Promise<OutboxMessage>;
  /** Sends a message in the state `unknown` again. First check in Intercom that it did not arrive. */
  retry(id: string, options?: CallOptions): Promise<SentMessage>;
  /**
   * Confirms that a message in the state `unknown` arrived: its state becomes `sent`. First check in Intercom that it
   * arrived. The history records the caller and the time.
   *
   * @throws {@link IntercomError} with the code `conflict` if the message is in another state
   *
   * @example
   * ```ts
   * for await (const { id } of intercom.messages.list({ state: "unknown" })) await intercom.messages.confirm(id);
   * ```
   */
  confirm(id: string, options?: CallOptions): Promise<OutboxMessage>;
  /**
   * Sends a copy of a message in the state `failed`: a new message with the same text and recipient. Calls with the
   * same `idempotencyKey` send one copy.
   *
   * @throws {@link IntercomError} with the code `conflict` if the message is in another state, was already sent as a
   * copy, or if its text is no longer stored
   *
   * @example
   * ```ts
   * for await (const { id } of intercom.messages.list({ state: "failed" })) {
   *   const sent = intercom.messages.resend(id, { idempotencyKey: `again-${id}` });
   *   await sent.catch(({ message }) => console.log(id, message));
   * }
   * ```
   */
  resend(id: string, options?: SendOptions): Promise<SentMessage>;
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
    const [filter, more] = filterOf(options);
    return session.list(more, (calls, exchange) => calls.outbox_list(exchange, filter));
  },
  counts: async (options) => {
    const [filter, more] = filterOf(options);
    return session.call(more, (calls, exchange) => calls.outbox_counts(exchange, filter));
  },
  export: (options) => {
    const [filter, more] = filterOf(options);
    session.check(more);
    return {
      [Symbol.asyncIterator]: async function* () {
        yield* (await loadDeferred()).messages(session, filter, more);
      },
    };
  },
  get: (id, options) => session.call(options, (calls, exchange) => calls.outbox_get(exchange, id)),
  retry: (id, options) => session.call(options, (calls, exchange) => calls.outbox_retry(exchange, id)),
  confirm: (id, options) => session.call(options, (calls, exchange) => calls.outbox_confirm(exchange, id)),
  resend: (id, options) => session.call(options, (calls, exchange) => calls.outbox_resend(exchange, id)),
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

/** Checks a filter. Returns it as the WebAssembly takes it (`filter_of` in calls.rs), and the other options. */
function filterOf<T extends MessageFilter>(options: T | undefined): [Filter, Omit<T, keyof MessageFilter>] {
  const { state, contactId, createdAfter, createdBefore, template, batchId, caller, ...more } = optionsOf(options) as T;
  const filter = Object.entries({ state, contactId, template, batchId, caller }).map(([name, value]) =>
    queryText(name, value),
  );
  const times = Object.entries({ createdAfter, createdBefore }).map(([name, value]) => {
    const seconds = secondsOf(name, value) ?? undefined;
    return seconds === undefined ? seconds : String(Math.trunc(Number(seconds)));
  });
  return [[...filter, ...times], more];
}

// The calls of conversations.

import { json, objectOf, optionsOf, queryText, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import { Export, type ExportOptions } from "./export.js";
import type { List } from "./list.js";
import type { Conversation, OneOf, ReplyFields, ReplyType } from "./model.js";
import { exactSearch, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";

/** A reply to a conversation: a comment or note by an admin, or a comment by a contact. */
export type Reply = Pick<ReplyFields, "body" | "created_at" | "attachment_urls"> &
  OneOf<
    | ({ type: "admin"; message_type: Exclude<ReplyType, "quick_reply"> } & Pick<ReplyFields, "admin_id">)
    | ({ type: "user"; message_type: "comment" } & (
        | Pick<ReplyFields, "intercom_user_id">
        | Pick<ReplyFields, "user_id">
        | Pick<ReplyFields, "email">
      ))
  >;

/** The calls of conversations, as `intercom.conversations`. All throw {@link IntercomError}. */
export class Conversations {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Lists conversations, most recently updated first. */
  list(options?: ListOptions): List<Conversation> {
    return this.#session.list({ perPage: 50, ...options }, (calls, exchange) => calls.conversation_list(exchange));
  }

  /**
   * Searches conversations by filters ("Search conversations" in Intercom's reference).
   *
   * @example
   * ```ts
   * const open = intercom.conversations.search({ state: "open", admin_assignee_id: 0 });
   * ```
   *
   * @throws {@link ArgumentError} before the list is iterated, if a filter is invalid or there is none
   */
  search(search: Search, options?: SearchOptions): List<Conversation> {
    const { sort, ...more } = optionsOf(options);
    // Intercom compares by the second, and includes the same second.
    const { query, matches } = exactSearch(search, 0);
    const text = json("search", { query, sort });
    return this.#session.list<Conversation>(
      { perPage: 50, ...more },
      (calls, exchange) => calls.conversation_search(exchange, text),
      matches,
    );
  }

  /**
   * Exports all conversations, without their parts.
   *
   * @throws {@link ArgumentError} if an option is invalid
   */
  export(options?: ExportOptions): Export<Conversation> {
    return new Export(this.#session, "conversations", options);
  }

  /**
   * Gets a conversation with its parts.
   *
   * @throws {@link NotFoundError} if there is no such conversation
   */
  get(id: string, options?: CallOptions): Promise<Conversation> {
    return this.#session.call(options, (calls, exchange) => calls.conversation_get(exchange, id));
  }

  /**
   * Replies to a conversation: a comment is sent to the contact, a note is visible to teammates only. Calls with the
   * same `idempotencyKey` add one reply.
   *
   * @example
   * ```ts
   * for await (const { id } of intercom.conversations.search({ state: "open" })) {
   *   const from = { type: "admin", admin_id: "1234567" } as const;
   *   await intercom.conversations.reply(id, { ...from, message_type: "comment", body: "We are back tomorrow." });
   * }
   * ```
   */
  async reply(id: string, reply: Reply, options?: SendOptions): Promise<Conversation> {
    const text = json("body", reply);
    return this.#session.call(options, (calls, exchange) => calls.conversation_reply(exchange, id, text));
  }

  /**
   * Assigns a conversation to the admin or team `to`; the id `"0"` unassigns it. `by` is the admin who acts.
   *
   * @throws {@link ArgumentError} if `to` or `by` is not a non-empty string, or `type` is neither `admin` nor `team`
   */
  async assign(
    id: string,
    assignment: { to: string; by: string; type?: "admin" | "team"; body?: string },
    options?: CallOptions,
  ): Promise<Conversation> {
    const { to, by, type = "admin", body } = objectOf("assignment", assignment);
    if (type !== "admin" && type !== "team") throw new ArgumentError("type", "admin or team");
    const [assignee, admin, text] = [textOf("to", to), textOf("by", by), queryText("body", body)];
    return this.#session.call(options, (calls, exchange) =>
      calls.conversation_assign(exchange, id, admin, assignee, type === "team", text),
    );
  }

  /**
   * Closes a conversation, with the comment `body` if it is given. `by` is the admin who acts.
   *
   * @throws {@link ArgumentError} if `by` is not a non-empty string
   */
  async close(id: string, closing: { by: string; body?: string }, options?: CallOptions): Promise<Conversation> {
    const { by, body } = objectOf("by", closing);
    const [admin, text] = [textOf("by", by), queryText("body", body)];
    return this.#session.call(options, (calls, exchange) => calls.conversation_close(exchange, id, admin, text));
  }

  /**
   * Reopens a conversation. `by` is the admin who acts.
   *
   * @throws {@link ArgumentError} if `by` is not a non-empty string
   */
  async open(id: string, opening: { by: string }, options?: CallOptions): Promise<Conversation> {
    const admin = textOf("by", objectOf("by", opening)["by"]);
    return this.#session.call(options, (calls, exchange) => calls.conversation_open(exchange, id, admin));
  }
}

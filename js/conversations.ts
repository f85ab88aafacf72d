import { json, objectOf, optionsOf, queryText, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import type { Conversation, OneOf, ReplyFields, ReplyType } from "./model.js";
import { queryOf, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, ListOptions, SendOptions } from "./options.js";
import type { Session } from "./session.js";

/** What a teammate, or a contact, answers in a conversation. */
export type Reply = Pick<ReplyFields, "body" | "created_at" | "attachment_urls"> &
  OneOf<
    | ({ type: "admin"; message_type: Exclude<ReplyType, "quick_reply"> } & Pick<ReplyFields, "admin_id">)
    | ({ type: "user"; message_type: "comment" } & (
        | Pick<ReplyFields, "intercom_user_id">
        | Pick<ReplyFields, "user_id">
        | Pick<ReplyFields, "email">
      ))
  >;

/** Conversations between contacts and teammates. */
export class Conversations {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Lists them, those changed last first. */
  list(options?: ListOptions): List<Conversation> {
    return this.#session.list({ perPage: 50, ...options }, (calls, exchange) => calls.conversation_list(exchange));
  }

  /**
   * Finds those that filters describe.
   *
   * @example
   * ```ts
   * const open = intercom.conversations.search({ state: "open", admin_assignee_id: 0 });
   * ```
   */
  search(search: Search, options?: SearchOptions): List<Conversation> {
    const { sort, ...more } = optionsOf(options);
    const text = json("search", { query: queryOf(search), sort });
    return this.#session.list({ perPage: 50, ...more }, (calls, exchange) => calls.conversation_search(exchange, text));
  }

  /** Gets one with its parts. */
  get(id: string, options?: CallOptions): Promise<Conversation> {
    return this.#session.call(options, (calls, exchange) => calls.conversation_get(exchange, id));
  }

  /**
   * Adds a comment, which the contact gets, or a note, which only teammates see. With an
   * `idempotencyKey` it is added once, however often the call is made.
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

  /** Assigns it to an admin or a team, in the name of an admin; to nobody by the id `"0"`. */
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

  /** Closes it, in the name of an admin, with a last comment if one is given. */
  async close(id: string, closing: { by: string; body?: string }, options?: CallOptions): Promise<Conversation> {
    const { by, body } = objectOf("by", closing);
    const [admin, text] = [textOf("by", by), queryText("body", body)];
    return this.#session.call(options, (calls, exchange) => calls.conversation_close(exchange, id, admin, text));
  }

  /** Opens it again, in the name of an admin. */
  async open(id: string, opening: { by: string }, options?: CallOptions): Promise<Conversation> {
    const admin = textOf("by", objectOf("by", opening)["by"]);
    return this.#session.call(options, (calls, exchange) => calls.conversation_open(exchange, id, admin));
  }
}

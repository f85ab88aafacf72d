import { objectOf, optionsOf, textOf } from "./argument.js";
import type { List, ListOptions } from "./list.js";
import type { Conversation, OneOf, ReplyFields, ReplyType } from "./model.js";
import { queryOf, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, Session } from "./session.js";

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
    return this.#session.list("GET /conversations", [], { perPage: 50, ...options });
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
    const query = queryOf(search);
    return this.#session.list("POST /conversations/search", [], { perPage: 50, ...more }, {
      search: { query, sort },
    });
  }

  /** Gets one with its parts. */
  get(id: string, options?: CallOptions): Promise<Conversation> {
    return this.#session.call("GET /conversations/{id}", [id], {}, options);
  }

  /**
   * Adds a comment, which the contact gets, or a note, which only teammates see.
   *
   * @example
   * ```ts
   * for await (const { id } of intercom.conversations.search({ state: "open" })) {
   *   await intercom.conversations.reply(id, { type: "admin", admin_id: "1234567", message_type: "comment", body: "We are back tomorrow." });
   * }
   * ```
   */
  reply(id: string, reply: Reply, options?: CallOptions): Promise<Conversation> {
    return this.#session.call("POST /conversations/{id}/reply", [id], { body: reply }, options);
  }

  /** Assigns it to an admin or a team, in the name of an admin; to nobody by the id `"0"`. */
  async assign(
    id: string,
    assignment: { to: string; by: string; type?: "admin" | "team"; body?: string },
    options?: CallOptions,
  ): Promise<Conversation> {
    const { to, type = "admin" } = objectOf("assignment", assignment);
    return this.#part(id, { message_type: "assignment", type, assignee_id: textOf("to", to) }, assignment, options);
  }

  /** Closes it, in the name of an admin, with a last comment if one is given. */
  async close(id: string, closing: { by: string; body?: string }, options?: CallOptions): Promise<Conversation> {
    return this.#part(id, { message_type: "close", type: "admin" }, closing, options);
  }

  /** Opens it again, in the name of an admin. */
  async open(id: string, opening: { by: string }, options?: CallOptions): Promise<Conversation> {
    return this.#part(id, { message_type: "open" }, opening, options);
  }

  #part(id: string, part: Record<string, unknown>, said: { by: string; body?: string }, options?: CallOptions): Promise<Conversation> {
    const { by, body: text } = objectOf("by", said);
    const body = { ...part, admin_id: textOf("by", by), body: text };
    return this.#session.call("POST /conversations/{id}/parts", [id], { body }, options);
  }
}

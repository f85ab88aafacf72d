import { json, optionsOf, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import type { Company, Contact, CustomAttributes, Note, Open, Role, Segment, Tag } from "./model.js";
import { type Query, queryOf, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, ListOptions } from "./options.js";
import type { Session } from "./session.js";

/** What may be said of a person when one is created or changed. */
export interface ContactFields<Attributes = Record<string, unknown>>
  extends Pick<
    Contact,
    | "external_id"
    | "email"
    | "phone"
    | "name"
    | "signed_up_at"
    | "last_seen_at"
    | "owner_id"
    | "unsubscribed_from_emails"
  > {
  role?: Role;
  /** The picture's address. */
  avatar?: string | null;
  /** Those of the workspace's own attributes that change; null for none. */
  custom_attributes?: CustomAttributes<Attributes> | null;
}

/** Who was put aside, brought back or removed. */
export interface ContactReference extends Open {
  id: string;
  external_id?: string | null;
  type: "contact";
  archived?: boolean;
  deleted?: boolean;
}

/** What a contact can be searched by ("Search contacts" of Intercom's reference). */
export type ContactField =
  | keyof { [Field in keyof Contact as string extends Field ? never : number extends Field ? never : Field]: 1 }
  | (string & {});

/**
 * People: all of them, or those of one role, whose lists and searches find nobody else and whose
 * `create` makes nobody else. An id means whom it means, of whatever role.
 *
 * Every call throws {@link IntercomError}: {@link NotFoundError} for nobody, {@link MergedError} for a
 * contact who was merged into another.
 */
export class Contacts<Attributes = Record<string, unknown>> {
  readonly #session: Session;
  readonly #role: Role | undefined;
  /** Their tags. */
  readonly tags: Related<Tag>;
  /** The companies that they belong to. */
  readonly companies: Related<Company>;
  /** What teammates wrote about them. */
  readonly notes: Notes;
  /** The segments that they are in. */
  readonly segments: {
    /** Lists a contact's segments, all on one page. */
    list(contactId: string, options?: CallOptions): List<Segment>;
  };

  /** @internal */
  constructor(session: Session, role?: Role) {
    this.#session = session;
    this.#role = role;
    this.tags = {
      list: (contact, options) => session.list(options, (calls, exchange) => calls.contact_tags(exchange, contact)),
      add: (contact, id, options) =>
        session.call(options, (calls, exchange) => calls.contact_add_tag(exchange, contact, id)),
      remove: (contact, id, options) =>
        session.call(options, (calls, exchange) => calls.contact_remove_tag(exchange, contact, id)),
    };
    this.companies = {
      list: (contact, options) =>
        session.list(options, (calls, exchange) => calls.contact_companies(exchange, contact)),
      add: (contact, id, options) =>
        session.call(options, (calls, exchange) => calls.contact_add_company(exchange, contact, id)),
      remove: (contact, id, options) =>
        session.call(options, (calls, exchange) => calls.contact_remove_company(exchange, contact, id)),
    };
    this.notes = {
      list: (contact, options) => session.list(options, (calls, exchange) => calls.contact_notes(exchange, contact)),
      create: async (contact, note, options) => {
        const text = json("body", note);
        return session.call(options, (calls, exchange) => calls.contact_add_note(exchange, contact, text));
      },
    };
    this.segments = {
      list: (contact, options) => session.list(options, (calls, exchange) => calls.contact_segments(exchange, contact)),
    };
  }

  /** Lists them, the newest first. Nothing is requested before the list is iterated. */
  list(options?: ListOptions): List<Contact<Attributes>> {
    if (this.#role) return this.#search({ role: this.#role } as never, options);
    return this.#session.list({ perPage: 50, ...options }, (calls, exchange) => calls.contact_list(exchange));
  }

  /**
   * Finds those whom filters describe. People who were created seconds ago appear late.
   *
   * @example
   * ```ts
   * const pros = intercom.users.search(
   *   { custom_attributes: { plan: "pro" } },
   *   { sort: { field: "name", order: "ascending" } },
   * );
   * ```
   *
   * @throws {@link ArgumentError} at once for filters that Intercom wouldn't take: more than 15 in a
   * group, more than two levels of groups, none at all
   */
  search(search: Search<ContactField, Attributes>, options?: SearchOptions): List<Contact<Attributes>> {
    return this.#search(search, options, this.#role && { field: "role", operator: "=", value: this.#role });
  }

  #search(search: Search<ContactField, Attributes>, options?: SearchOptions, further?: Query) {
    const { sort, ...more } = optionsOf(options);
    const text = json("search", { query: queryOf(search, further), sort });
    return this.#session.list<Contact<Attributes>>({ perPage: 50, ...more }, (calls, exchange) =>
      calls.contact_search(exchange, text),
    );
  }

  /** Gets one by Intercom's id. */
  get(id: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call(options, (calls, exchange) => calls.contact_get(exchange, id));
  }

  /** Gets one by the id that your own product gave, which can have no slash here: `search` finds such. */
  findByExternalId(externalId: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call(options, (calls, exchange) => calls.contact_find_by_external_id(exchange, externalId));
  }

  /** Creates one; 409 if there is one of the same external id. */
  async create(contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    let text = json("contact", contact);
    if (this.#role) {
      const { role = this.#role, ...fields } = JSON.parse(text);
      if (role && role !== this.#role) throw new ArgumentError("role", `${this.#role}, or none`);
      text = json("contact", { ...fields, role: this.#role });
    }
    return this.#session.call(options, (calls, exchange) => calls.contact_create(exchange, text));
  }

  /** Changes what is named, and nothing else. */
  async update(id: string, contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    const text = json("body", contact);
    return this.#session.call(options, (calls, exchange) => calls.contact_update(exchange, id, text));
  }

  /** Puts one aside, from where {@link Contacts.unarchive} brings them back. */
  archive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_archive(exchange, id));
  }

  /** Brings one back. */
  unarchive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_unarchive(exchange, id));
  }

  /** Removes one for good. */
  delete(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_delete(exchange, id));
  }

  /** Merges a lead into a user, which leaves only the user. */
  async merge(contacts: { from: string; into: string }, options?: CallOptions): Promise<Contact<Attributes>> {
    const [from, into] = [textOf("from", contacts?.from), textOf("into", contacts?.into)];
    return this.#session.call(options, (calls, exchange) => calls.contact_merge(exchange, from, into));
  }
}

/** What contacts can be connected with. */
export interface Related<T> {
  /** Lists those of a contact. */
  list(contactId: string, options?: ListOptions): List<T>;
  /** Connects a contact with one, by Intercom's id of it. */
  add(contactId: string, id: string, options?: CallOptions): Promise<T>;
  /** Undoes that; the contact and what it was connected with stay. */
  remove(contactId: string, id: string, options?: CallOptions): Promise<T>;
}

/** The notes on a contact. */
export interface Notes {
  /** Lists a contact's notes. */
  list(contactId: string, options?: ListOptions): List<Note>;
  /** Writes one, in the name of the admin of `admin_id` if there is one. */
  create(contactId: string, note: { body: string; admin_id?: string }, options?: CallOptions): Promise<Note>;
}

import { json, optionsOf, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import type { List, ListOptions } from "./list.js";
import type { Company, Contact, CustomAttributes, Note, Open, Role, Segment, Tag } from "./model.js";
import { type Query, queryOf, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, Operation, Session } from "./session.js";

/** What may be said of a person when one is created or changed. */
export interface ContactFields<Attributes = Record<string, unknown>>
  extends Pick<
    Contact,
    "external_id" | "email" | "phone" | "name" | "signed_up_at" | "last_seen_at" | "owner_id" | "unsubscribed_from_emails"
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
export type ContactField = keyof { [Field in keyof Contact as string extends Field ? never : number extends Field ? never : Field]: 1 } | (string & {});

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
    this.tags = related(session, "tags");
    this.companies = related(session, "companies");
    this.notes = {
      list: (id, options) => session.list("GET /contacts/{contact_id}/notes", [id], options),
      create: (id, note, options) => session.call("POST /contacts/{contact_id}/notes", [id], { body: note }, options),
    };
    this.segments = { list: (id, options) => session.list("GET /contacts/{contact_id}/segments", [id], options) };
  }

  /** Lists them, the newest first. Nothing is requested before the list is iterated. */
  list(options?: ListOptions): List<Contact<Attributes>> {
    if (this.#role) return this.#search({ role: this.#role } as never, options);
    return this.#session.list("GET /contacts", [], { perPage: 50, ...options });
  }

  /**
   * Finds those whom filters describe. People who were created seconds ago appear late.
   *
   * @example
   * ```ts
   * const pros = intercom.users.search({ custom_attributes: { plan: "pro" } }, { sort: { field: "name", order: "ascending" } });
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
    const query = queryOf(search, further);
    return this.#session.list<Contact<Attributes>>("POST /contacts/search", [], { perPage: 50, ...more }, {
      search: { query, sort },
    });
  }

  /** Gets one by Intercom's id. */
  get(id: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call("GET /contacts/{contact_id}", [id], {}, options);
  }

  /** Gets one by the id that your own product gave, which can have no slash here: `search` finds such. */
  findByExternalId(externalId: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call("GET /contacts/find_by_external_id/{external_id}", [externalId], {}, options);
  }

  /** Creates one; 409 if there is one of the same external id. */
  async create(contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    const text = json("contact", contact);
    if (!this.#role) return this.#session.call("POST /contacts", [], { text }, options);
    const body = JSON.parse(text);
    if (body.role && body.role !== this.#role) throw new ArgumentError("role", `${this.#role}, or none`);
    return this.#session.call("POST /contacts", [], { body: { ...body, role: this.#role } }, options);
  }

  /** Changes what is named, and nothing else. */
  update(id: string, contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call("PUT /contacts/{contact_id}", [id], { body: contact }, options);
  }

  /** Puts one aside, from where {@link Contacts.unarchive} brings them back. */
  archive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call("POST /contacts/{contact_id}/archive", [id], { body: {} }, options);
  }

  /** Brings one back. */
  unarchive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call("POST /contacts/{contact_id}/unarchive", [id], { body: {} }, options);
  }

  /** Removes one for good. */
  delete(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call("DELETE /contacts/{contact_id}", [id], {}, options);
  }

  /** Merges a lead into a user, which leaves only the user. */
  async merge(contacts: { from: string; into: string }, options?: CallOptions): Promise<Contact<Attributes>> {
    const [from, into] = [textOf("from", contacts?.from), textOf("into", contacts?.into)];
    return this.#session.call("POST /contacts/merge", [], { body: { from, into } }, options);
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

const related = <T>(session: Session, of: "tags" | "companies"): Related<T> => {
  const operation = `/contacts/{contact_id}/${of}` as const;
  return {
    list: (contact, options) => session.list(`GET ${operation}`, [contact], options),
    add: (contact, id, options) => session.call(`POST ${operation}`, [contact], { body: { id } }, options),
    remove: (contact, id, options) => session.call(`DELETE ${operation}/{id}` as Operation, [contact, id], {}, options),
  };
};

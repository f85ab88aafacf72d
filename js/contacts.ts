// The calls of contacts: users, leads or both.

import { json, optionsOf, textOf } from "./argument.js";
import { ArgumentError } from "./error.js";
import { Export, type ExportOptions } from "./export.js";
import type { List } from "./list.js";
import type { Company, Contact, CustomAttributes, Note, Open, Role, Segment, Tag } from "./model.js";
import { exactSearch, type Query, type Search, type SearchOptions } from "./search.js";
import type { CallOptions, ListOptions } from "./options.js";
import type { Session } from "./session.js";

/** The fields of a contact that can be written. */
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
  /** The role: `user` or `lead`. */
  role?: Role;
  /** The URL of the contact's picture. */
  avatar?: string | null;
  /** The custom attributes to change. Attributes that are left out stay as they are. */
  custom_attributes?: CustomAttributes<Attributes> | null;
}

/** The contact that was archived, unarchived or deleted. */
export interface ContactReference extends Open {
  /** Intercom's id of the contact. */
  id: string;
  /** The contact's id in your own product. */
  external_id?: string | null;
  /** The object's type. */
  type: "contact";
  /** True after `archive`, false after `unarchive`. */
  archived?: boolean;
  /** True after `delete`. */
  deleted?: boolean;
}

/** The name of a field that contacts can be searched by ("Search contacts" in Intercom's reference). */
export type ContactField =
  | keyof { [Field in keyof Contact as string extends Field ? never : number extends Field ? never : Field]: 1 }
  | (string & {});

/**
 * The calls of contacts, as `intercom.users`, `intercom.leads` and `intercom.contacts`. The lists, searches and
 * `create` of `users` and `leads` cover only contacts of that role. Calls that take an id accept a contact of any role.
 *
 * Every call throws {@link IntercomError}: {@link NotFoundError} if there is no such contact, {@link MergedError} if
 * the contact was merged into another.
 */
export class Contacts<Attributes = Record<string, unknown>> {
  readonly #session: Session;
  readonly #role: Role | undefined;
  /** The tags of a contact. */
  readonly tags: Related<Tag>;
  /** The companies of a contact. */
  readonly companies: Related<Company>;
  /** The notes on a contact. */
  readonly notes: Notes;
  /** The segments of a contact. */
  readonly segments: {
    /** Lists the segments of a contact, all on one page. */
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

  /** Lists contacts, newest first. Sends no request before the list is iterated. */
  list(options?: ListOptions): List<Contact<Attributes>> {
    if (this.#role) return this.#search({ role: this.#role } as never, options);
    return this.#session.list({ perPage: 50, ...options }, (calls, exchange) => calls.contact_list(exchange));
  }

  /**
   * Searches contacts by filters. Contacts that were created some seconds ago may be missing: Intercom indexes them
   * with a delay.
   *
   * @example
   * ```ts
   * const pros = intercom.users.search(
   *   { custom_attributes: { plan: "pro" } },
   *   { sort: { field: "name", order: "ascending" } },
   * );
   * ```
   *
   * @throws {@link ArgumentError} before the list is iterated, if there is no filter, a group has more than 15
   * filters, groups are nested more than two levels deep, a value or an operator is invalid, or `after` or `before` is
   * in an `or`
   */
  search(search: Search<ContactField, Attributes>, options?: SearchOptions): List<Contact<Attributes>> {
    return this.#search(search, options, this.#role && { field: "role", operator: "=", value: this.#role });
  }

  #search(search: Search<ContactField, Attributes>, options?: SearchOptions, extraFilter?: Query) {
    const { sort, ...more } = optionsOf(options);
    // Intercom compares by the workspace's day, which has up to 25 hours ("Searching for Timestamp Fields").
    const { query, matches } = exactSearch(search, 25 * 3600, extraFilter);
    const text = json("search", { query, sort });
    return this.#session.list<Contact<Attributes>>(
      { perPage: 50, ...more },
      (calls, exchange) => calls.contact_search(exchange, text),
      matches,
    );
  }

  /**
   * Exports all contacts, each once, as fast as the rate limit allows. Sends no request before the export is iterated.
   *
   * @example
   * ```ts
   * const users = intercom.users.export({ fields: ["email", "custom_attributes.plan"] });
   * for await (const { id, email } of users) console.log(id, email);
   * ```
   *
   * @throws {@link ArgumentError} if an option is invalid
   */
  export(options?: ExportOptions): Export<Contact<Attributes>> {
    return new Export(this.#session, this.#role ? `${this.#role}s` : "contacts", options);
  }

  /**
   * Exports the contacts that changed after a time: a `Date`, an ISO 8601 string, Unix seconds, or the `next` of an
   * earlier export's progress. Archived, deleted and merged contacts are passed to the option `onRemoval`.
   *
   * @example
   * ```ts
   * const changed = intercom.contacts.changedSince(new Date(Date.now() - 86_400_000), {
   *   onRemoval: ({ id, reason }) => console.log(id, reason),
   * });
   * for await (const { id, updated_at } of changed) console.log(id, updated_at);
   * console.log(changed.progress?.next); // the `since` of the next run
   * ```
   *
   * @throws {@link ArgumentError} if `since` is missing or invalid
   */
  changedSince(since: Date | number | string, options?: ExportOptions): Export<Contact<Attributes>> {
    return this.export({ ...optionsOf(options), since: since ?? NaN });
  }

  /**
   * Gets a contact by Intercom's `id`.
   *
   * @throws {@link NotFoundError} if there is no such contact
   * @throws {@link MergedError} if the contact was merged into another: see {@link MergedError.mergedInto}
   */
  get(id: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call(options, (calls, exchange) => calls.contact_get(exchange, id));
  }

  /**
   * Gets a contact by its `external_id`, the id in your own product. For an id with a slash use `search`.
   *
   * @throws {@link NotFoundError} if there is no such contact
   */
  findByExternalId(externalId: string, options?: CallOptions): Promise<Contact<Attributes>> {
    return this.#session.call(options, (calls, exchange) => calls.contact_find_by_external_id(exchange, externalId));
  }

  /**
   * Creates a contact.
   *
   * @throws {@link IntercomError} with the status 409 if a contact with this `external_id` exists
   * @throws {@link ArgumentError} if `role` differs from the role of `users` or `leads`
   */
  async create(contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    let text = json("contact", contact);
    if (this.#role) {
      const { role = this.#role, ...fields } = JSON.parse(text);
      if (role && role !== this.#role) throw new ArgumentError("role", `${this.#role}, or none`);
      text = json("contact", { ...fields, role: this.#role });
    }
    return this.#session.call(options, (calls, exchange) => calls.contact_create(exchange, text));
  }

  /** Updates the given fields of a contact, by Intercom's `id`. Other fields stay as they are. */
  async update(id: string, contact: ContactFields<Attributes>, options?: CallOptions): Promise<Contact<Attributes>> {
    const text = json("body", contact);
    return this.#session.call(options, (calls, exchange) => calls.contact_update(exchange, id, text));
  }

  /** Archives a contact, by Intercom's `id`. {@link Contacts.unarchive} undoes this. */
  archive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_archive(exchange, id));
  }

  /** Unarchives a contact, by Intercom's `id`. */
  unarchive(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_unarchive(exchange, id));
  }

  /** Deletes a contact permanently, by Intercom's `id`. */
  delete(id: string, options?: CallOptions): Promise<ContactReference> {
    return this.#session.call(options, (calls, exchange) => calls.contact_delete(exchange, id));
  }

  /**
   * Merges the lead `from` into the user `into`, both by Intercom's `id`. The lead no longer exists afterwards.
   *
   * @throws {@link ArgumentError} if an id is not a non-empty string
   */
  async merge(contacts: { from: string; into: string }, options?: CallOptions): Promise<Contact<Attributes>> {
    const [from, into] = [textOf("from", contacts?.from), textOf("into", contacts?.into)];
    return this.#session.call(options, (calls, exchange) => calls.contact_merge(exchange, from, into));
  }
}

/** The tags or companies of a contact. */
export interface Related<T> {
  /** Lists the tags or companies of a contact. */
  list(contactId: string, options?: ListOptions): List<T>;
  /** Adds a tag or a company to a contact, by its Intercom `id`. Returns the tag or company. */
  add(contactId: string, id: string, options?: CallOptions): Promise<T>;
  /** Removes a tag or a company from a contact. The tag or company itself is not deleted. */
  remove(contactId: string, id: string, options?: CallOptions): Promise<T>;
}

/** The notes on a contact. */
export interface Notes {
  /** Lists the notes on a contact. */
  list(contactId: string, options?: ListOptions): List<Note>;
  /** Adds a note to a contact. The optional `admin_id` sets its author. */
  create(contactId: string, note: { body: string; admin_id?: string }, options?: CallOptions): Promise<Note>;
}

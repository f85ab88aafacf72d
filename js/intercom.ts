import { flagOf, isText, json, objectOf, optionsOf, queryText, textOf } from "./argument.js";
import { Companies } from "./companies.js";
import { Contacts } from "./contacts.js";
import { Conversations } from "./conversations.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import type {
  Admin,
  DataAttribute,
  DataEvent,
  DataModel,
  DataType,
  Me,
  Note,
  Notification,
  Open,
  Segment,
  Tag,
  To,
} from "./model.js";
import { type Messages, messages, notify, type SentMessage } from "./outbox.js";
import type { CallOptions, Content, IntercomOptions, ListOptions, Method, SendOptions } from "./options.js";
import { Session } from "./session.js";
import { type Templates, templates } from "./template.js";

/** The workspace's teammates. */
export interface Admins {
  /** Lists them, all on one page. */
  list(options?: CallOptions): List<Admin>;
  /** Gets one. */
  get(id: string, options?: CallOptions): Promise<Admin>;
}

/** The workspace's tags. */
export interface Tags {
  /** Lists them, all on one page. */
  list(options?: CallOptions): List<Tag>;
  /** Gets one. */
  get(id: string, options?: CallOptions): Promise<Tag>;
  /** Creates a tag of a name, or gives the one there is. */
  create(tag: { name: string }, options?: CallOptions): Promise<Tag>;
  /** Removes one, from everybody who has it. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** The workspace's segments: groups of people that Intercom keeps up to date. */
export interface Segments {
  /** Lists them, all on one page. */
  list(options?: CallOptions & { includeCount?: boolean | undefined }): List<Segment>;
  /** Gets one. */
  get(id: string, options?: CallOptions): Promise<Segment>;
}

/** What a contact did in your product. */
export type NewEvent = Pick<DataEvent, "event_name" | "created_at" | "metadata"> & To;

/** What contacts did in your product. */
export interface Events {
  /** Lists a contact's events, the newest first. */
  list(contactId: string, options?: ListOptions): List<DataEvent>;
  /** Tells of one. Intercom answers before it has it: a list may lack it for a while. */
  create(event: NewEvent, options?: CallOptions): Promise<void>;
}

/** A data attribute to create. */
export interface NewDataAttribute extends Pick<DataAttribute, "name" | "description"> {
  model: Exclude<DataModel, "conversation">;
  /** What its values are; `options` has a list of them. */
  data_type: DataType | "datetime" | "options";
  /** The values that there are. */
  options?: { value: string }[];
}

/** What contacts, companies and conversations can have: Intercom's own attributes and your custom ones. */
export interface DataAttributes {
  /** Lists them, all on one page. */
  list(
    options?: CallOptions & { model?: DataModel | undefined; includeArchived?: boolean | undefined },
  ): List<DataAttribute>;
  /** Creates a custom one. */
  create(attribute: NewDataAttribute, options?: CallOptions): Promise<DataAttribute>;
  /** Changes a custom one: its description, its options, or whether it is archived. */
  update(
    id: string,
    attribute: Pick<DataAttribute, "archived" | "description"> & Pick<NewDataAttribute, "options">,
    options?: CallOptions,
  ): Promise<DataAttribute>;
}

/**
 * Intercom, through your Worker. The WebAssembly loads by itself at the first call.
 *
 * `Attributes` are your workspace's custom attributes of contacts.
 *
 * @example
 * ```ts
 * const intercom = new Intercom<{ plan: string }>({ baseUrl: "http://localhost:8787", auth: callerKey });
 * for await (const user of intercom.users.list()) console.log(user.name, user.custom_attributes?.plan);
 * ```
 */
export class Intercom<Attributes = Record<string, unknown>> {
  /** People with an account in your product. */
  readonly users: Contacts<Attributes>;
  /** People who left an address or wrote in, without an account. */
  readonly leads: Contacts<Attributes>;
  /** People of both roles. */
  readonly contacts: Contacts<Attributes>;
  readonly companies: Companies<Attributes>;
  readonly conversations: Conversations;
  readonly admins: Admins;
  readonly tags: Tags;
  readonly segments: Segments;
  /** Notes; those on a contact are in `contacts.notes`. */
  readonly notes: {
    /** Gets one. */
    get(id: string, options?: CallOptions): Promise<Note>;
  };
  readonly events: Events;
  readonly dataAttributes: DataAttributes;
  readonly messages: Messages;
  /** The Worker's templates of e-mails. */
  readonly templates: Templates;
  readonly #session: Session;

  /** @throws {@link ArgumentError} if `baseUrl` is not an http(s) URL or `auth` is not a valid caller key */
  constructor(options: IntercomOptions) {
    const session = new Session(options);
    this.#session = session;
    this.users = new Contacts(session, "user");
    this.leads = new Contacts(session, "lead");
    this.contacts = new Contacts(session);
    this.companies = new Companies(session);
    this.conversations = new Conversations(session);
    this.admins = {
      list: (options) => session.list(options, (calls, exchange) => calls.admin_list(exchange)),
      get: (id, options) => session.call(options, (calls, exchange) => calls.admin_get(exchange, id)),
    };
    this.tags = {
      list: (options) => session.list(options, (calls, exchange) => calls.tag_list(exchange)),
      get: (id, options) => session.call(options, (calls, exchange) => calls.tag_get(exchange, id)),
      create: async (tag, options) => {
        const text = json("body", tag);
        return session.call(options, (calls, exchange) => calls.tag_save(exchange, text));
      },
      delete: (id, options) => session.call(options, (calls, exchange) => calls.tag_delete(exchange, id)),
    };
    this.segments = {
      list: (options) => {
        const { includeCount, ...more } = optionsOf(options);
        const counts = flagOf("includeCount", includeCount);
        return session.list(more, (calls, exchange) =>
          counts ? calls.segment_list_with_counts(exchange) : calls.segment_list(exchange),
        );
      },
      get: (id, options) => session.call(options, (calls, exchange) => calls.segment_get(exchange, id)),
    };
    this.notes = { get: (id, options) => session.call(options, (calls, exchange) => calls.note_get(exchange, id)) };
    this.events = {
      list: (id, options) => {
        const contact = textOf("contactId", id);
        return session.list(options, (calls, exchange) => calls.event_list(exchange, contact));
      },
      create: async (event, options) => {
        const text = json("body", event);
        return session.call(options, (calls, exchange) => calls.event_create(exchange, text));
      },
    };
    this.dataAttributes = {
      list: (options) => {
        const { model, includeArchived, ...more } = optionsOf(options);
        const [of, all] = [queryText("model", model), flagOf("includeArchived", includeArchived)];
        return session.list(more, (calls, exchange) => calls.data_attribute_list(exchange, of, all));
      },
      create: async (attribute, options) => {
        const text = json("body", attribute);
        return session.call(options, (calls, exchange) => calls.data_attribute_create(exchange, text));
      },
      update: async (id, attribute, options) => {
        const text = json("body", attribute);
        return session.call(options, (calls, exchange) => calls.data_attribute_update(exchange, id, text));
      },
    };
    this.messages = messages(session);
    this.templates = templates(session);
  }

  /** The Worker's address. */
  get baseUrl(): string {
    return this.#session.baseUrl;
  }

  /** The admin whom the Worker's access token belongs to, and the workspace. */
  me(options?: CallOptions): Promise<Me> {
    return this.#session.call(options, (calls, exchange) => calls.admin_me(exchange));
  }

  /**
   * Sends an e-mail to one person in one call: finds the person, fills the template, sends. What is
   * wrong with it is said before anything is sent, by the Worker's own rules.
   *
   * @example
   * ```ts
   * await intercom.notify(
   *   { to: { user_id: "john_doe" }, template: "welcome", variables: { plan: "pro" } },
   *   { idempotencyKey: "welcome-john" },
   * );
   * ```
   *
   * @throws {@link IntercomError}: 404 for nobody, 409 for several people with the address, whose
   * `ids` stand in `errors`; in both nothing was sent. Else as {@link Messages.send}
   */
  notify(notification: Notification, options?: SendOptions): Promise<SentMessage> {
    return notify(this.#session, notification, options);
  }

  /**
   * Makes any other call of Intercom's, or of the Worker's own. The path is percent-encoded, and may be
   * one of Intercom's addresses, as its answers give them, or of the Worker's: the Worker is asked all
   * the same. The answer is JSON, or nothing.
   *
   * @example
   * ```ts
   * const { id } = await intercom.users.findByExternalId("john_doe");
   * const { data } = await intercom.request<{ data: { id: string }[] }>("GET", `/contacts/${id}/subscriptions`);
   * ```
   */
  async request<T = Open>(method: Method, path: string, options?: Content & SendOptions): Promise<T> {
    const { query, body, ...more } = optionsOf(options);
    if (method === "GET" && body !== undefined) throw new ArgumentError("body", "none: a GET has a query");
    if (!["GET", "POST", "PUT", "DELETE"].includes(method))
      throw new ArgumentError("method", "GET, POST, PUT or DELETE");
    const given = isText(path) ? path : "";
    const own = given.startsWith(`${this.baseUrl}/`) ? given.slice(this.baseUrl.length) : given;
    const target = own + queryOf(query, own);
    const text = body === undefined ? undefined : json("body", body);
    return this.#session.call(more, (calls, exchange) => calls.raw_call(exchange, method, target, text));
  }
}

/** A query's text, which goes on where the path has one. */
function queryOf(query: Content["query"], path: string): string {
  // What is iterated instead would be empty, and a filter that is left out finds everybody.
  if (query === undefined || query === null) return "";
  if (Symbol.iterator in objectOf("query", query)) throw new ArgumentError("query", "an object of names and values");
  const given = Object.entries(query).flatMap(([name, value]) => {
    const text = queryText(`query.${name}`, value);
    return text === undefined ? [] : [[name, text]];
  });
  return given.length === 0 ? "" : (path.includes("?") ? "&" : "?") + new URLSearchParams(given);
}

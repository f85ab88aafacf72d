// The client, with the calls of the smaller resources.

import { flagOf, isText, json, objectOf, optionsOf, queryText, textOf } from "./argument.js";
import { Companies } from "./companies.js";
import { Contacts } from "./contacts.js";
import { Conversations } from "./conversations.js";
import type { Directory } from "./directory/directory.js";
import type { DirectoryOptions } from "./directory/types.js";
import { ArgumentError } from "./error.js";
import type { List } from "./list.js";
import { Live, type LiveOptions } from "./live.js";
import type {
  Admin,
  Caller,
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

/** The calls of admins: the workspace's teammates. All throw {@link IntercomError}. */
export interface Admins {
  /** Lists all admins, on one page. */
  list(options?: CallOptions): List<Admin>;
  /**
   * Gets an admin by id.
   *
   * @throws {@link NotFoundError} if there is no such admin
   */
  get(id: string, options?: CallOptions): Promise<Admin>;
}

/** The calls of tags. All throw {@link IntercomError}. */
export interface Tags {
  /** Lists all tags, on one page. */
  list(options?: CallOptions): List<Tag>;
  /**
   * Gets a tag by id.
   *
   * @throws {@link NotFoundError} if there is no such tag
   */
  get(id: string, options?: CallOptions): Promise<Tag>;
  /** Creates a tag, or returns the existing tag with this name. */
  create(tag: { name: string }, options?: CallOptions): Promise<Tag>;
  /** Deletes a tag by id, and removes it from all contacts. */
  delete(id: string, options?: CallOptions): Promise<void>;
}

/** The calls of segments: groups of contacts that Intercom updates by rules. All throw {@link IntercomError}. */
export interface Segments {
  /** Lists all segments, on one page. `includeCount` adds the number of contacts in each. */
  list(options?: CallOptions & { includeCount?: boolean | undefined }): List<Segment>;
  /**
   * Gets a segment by id.
   *
   * @throws {@link NotFoundError} if there is no such segment
   */
  get(id: string, options?: CallOptions): Promise<Segment>;
}

/** A new event: the name, the time in Unix seconds, the contact, and metadata. */
export type NewEvent = Pick<DataEvent, "event_name" | "created_at" | "metadata"> & To;

/** The calls of events: the actions of contacts in your product. All throw {@link IntercomError}. */
export interface Events {
  /**
   * Lists the events of a contact, newest first.
   *
   * @throws {@link ArgumentError} if `contactId` is not a non-empty string
   */
  list(contactId: string, options?: ListOptions): List<DataEvent>;
  /** Creates an event. Intercom stores it after its response, so lists may lack it for a while. */
  create(event: NewEvent, options?: CallOptions): Promise<void>;
}

/** A new custom data attribute. */
export interface NewDataAttribute extends Pick<DataAttribute, "name" | "description"> {
  /** The model that gets the attribute: `contact` or `company`. */
  model: Exclude<DataModel, "conversation">;
  /** The type of the values. `options` allows only the values in the field `options`. */
  data_type: DataType | "datetime" | "options";
  /** The allowed values, for the type `options`. */
  options?: { value: string }[];
}

/** The calls of data attributes: Intercom's own and your custom ones. All throw {@link IntercomError}. */
export interface DataAttributes {
  /** Lists data attributes, on one page: those of one `model`, or all; archived ones only with `includeArchived`. */
  list(
    options?: CallOptions & { model?: DataModel | undefined; includeArchived?: boolean | undefined },
  ): List<DataAttribute>;
  /** Creates a custom data attribute. */
  create(attribute: NewDataAttribute, options?: CallOptions): Promise<DataAttribute>;
  /** Updates a custom data attribute by id: its description, its options, or its archived state. */
  update(
    id: string,
    attribute: Pick<DataAttribute, "archived" | "description"> & Pick<NewDataAttribute, "options">,
    options?: CallOptions,
  ): Promise<DataAttribute>;
}

/** The calls of a client. An entry exports it as `Intercom`, with or without directories. */
export abstract class Client<Attributes = Record<string, unknown>> {
  /** The calls of users: contacts with an account in your product. */
  readonly users: Contacts<Attributes>;
  /** The calls of leads: contacts without an account. */
  readonly leads: Contacts<Attributes>;
  /** The calls of all contacts, users and leads. */
  readonly contacts: Contacts<Attributes>;
  /** The calls of companies. */
  readonly companies: Companies<Attributes>;
  /** The calls of conversations. */
  readonly conversations: Conversations;
  /** The calls of admins, the workspace's teammates. */
  readonly admins: Admins;
  /** The calls of tags. */
  readonly tags: Tags;
  /** The calls of segments. */
  readonly segments: Segments;
  /** The calls of notes by their own id. See `contacts.notes` for the notes on a contact. */
  readonly notes: {
    /** Gets a note by id. */
    get(id: string, options?: CallOptions): Promise<Note>;
  };
  /** The calls of events. */
  readonly events: Events;
  /** The calls of data attributes. */
  readonly dataAttributes: DataAttributes;
  /** The calls of messages, batches and the outbox. */
  readonly messages: Messages;
  /** The calls of the Worker's e-mail templates. */
  readonly templates: Templates;
  readonly #session: Session;

  /**
   * Creates a client. Sends no request.
   *
   * @throws {@link ArgumentError} if `baseUrl` is not an http(s) URL or `auth` is not a valid caller key
   */
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

  /** The Worker's URL, without a slash at its end. */
  get baseUrl(): string {
    return this.#session.baseUrl;
  }

  /** Gets the caller that the Worker sees: its name, its scopes, and the expiry of its credential. */
  whoami(options?: CallOptions): Promise<Caller> {
    return this.#session.call(options, (calls, exchange) => calls.caller_whoami(exchange));
  }

  /** Gets the admin that the Worker's access token belongs to, with the workspace as `app`. */
  me(options?: CallOptions): Promise<Me> {
    return this.#session.call(options, (calls, exchange) => calls.admin_me(exchange));
  }

  /**
   * Sends an e-mail to one person in one call: the Worker finds the contact, renders the template and sends the
   * message. Calls with the same `idempotencyKey` send one message.
   *
   * @example
   * ```ts
   * await intercom.notify(
   *   { to: { user_id: "john_doe" }, template: "welcome", variables: { plan: "pro" } },
   *   { idempotencyKey: "welcome-john" },
   * );
   * ```
   *
   * @throws {@link ValidationError} before anything is sent, if the Worker would reject the notification
   * @throws {@link NotFoundError} if there is no such contact; nothing was sent
   * @throws {@link IntercomError} with the status 409 if several contacts have the address; `errors` contains their
   * `ids`, and nothing was sent. Other errors are those of {@link Messages.send}.
   */
  notify(notification: Notification, options?: SendOptions): Promise<SentMessage> {
    return notify(this.#session, notification, options);
  }

  /**
   * Creates the live events of the workspace and of the Worker's outbox: changes as they happen. Sends no request.
   * Iterate over the result; {@link Live} has an example.
   */
  live(options?: LiveOptions): Live<Attributes> {
    return new Live(this.#session, options);
  }

  /** Opens a directory. */
  abstract directory(options?: DirectoryOptions<Attributes>): Promise<Directory<Attributes>>;

  /**
   * Makes any other call of Intercom's API or of the Worker, and returns the JSON of the response. `path` is a
   * percent-encoded path, or a full URL of Intercom or of the Worker, such as a `pages.next`; the request always goes
   * to the Worker.
   *
   * @example
   * ```ts
   * const { id } = await intercom.users.findByExternalId("john_doe");
   * const { data } = await intercom.request<{ data: { id: string }[] }>("GET", `/contacts/${id}/subscriptions`);
   * ```
   *
   * @throws {@link ArgumentError} if the method is unknown, the path is invalid, or a GET has a body
   */
  async request<T = Open>(method: Method, path: string, options?: Content & SendOptions): Promise<T> {
    const { query, body, ...more } = optionsOf(options);
    if (method === "GET" && body !== undefined) throw new ArgumentError("body", "no body in a GET: use query");
    if (!["GET", "POST", "PUT", "DELETE"].includes(method))
      throw new ArgumentError("method", "GET, POST, PUT or DELETE");
    const given = isText(path) ? path : "";
    const own = given.startsWith(`${this.baseUrl}/`) ? given.slice(this.baseUrl.length) : given;
    const target = withQuery(own, query);
    const text = body === undefined ? undefined : json("body", body);
    return this.#session.call(more, (calls, exchange) => calls.raw_call(exchange, method, target, text));
  }
}

/** Appends query parameters to a path, which may already have some. */
function withQuery(path: string, query: Content["query"]): string {
  if (query === undefined || query === null) return path;
  // A Map or URLSearchParams has no own entries: its filters would be lost, and the call would match everything.
  if (Symbol.iterator in objectOf("query", query)) throw new ArgumentError("query", "an object of names and values");
  const given = Object.entries(query).flatMap(([name, value]) => {
    const text = queryText(`query.${name}`, value);
    return text === undefined ? [] : [[name, text]];
  });
  return given.length === 0 ? path : path + (path.includes("?") ? "&" : "?") + new URLSearchParams(given);
}

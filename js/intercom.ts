import { type CallOptions, List, type ListOptions, pages } from "./list.js";
import type { Admin, Contact, Me, Message } from "./model.js";
import type { Notification, SendOptions } from "./notification.js";
import { type Messages, messages } from "./outbox.js";
import { Session, json, keyOf } from "./session.js";
import { type Templates, templates } from "./template.js";

/** How to reach your Worker. */
export interface IntercomOptions {
  /** The Worker's address, such as `https://intercom-edge.example.workers.dev`. A path before the API's own is kept. */
  baseUrl: string | URL;
  /** A caller key of the Worker's, or a function that gives one whenever a request is sent. Never Intercom's access token. */
  auth: string | (() => string | Promise<string>);
}

/** People of one role. */
export interface People {
  /**
   * Lists them, the newest first. Nothing is requested before the list is iterated.
   *
   * @throws {@link IntercomError} while iterating, for any answer that isn't a page
   */
  list(options?: ListOptions): List<Contact>;
}

/** The workspace's teammates. */
export interface Admins {
  /** Lists them, all on one page. */
  list(options?: CallOptions): List<Admin>;
}

/**
 * Intercom, through your Worker. The WebAssembly loads by itself at the first call.
 *
 * @example
 * ```ts
 * const intercom = new Intercom({ baseUrl: "http://localhost:8787", auth: callerKey });
 * for await (const user of intercom.users.list()) console.log(user.name);
 * ```
 */
export class Intercom {
  /** People with an account in your product. */
  readonly users: People;
  /** People who left an address or wrote in, without an account. */
  readonly leads: People;
  /** The workspace's teammates. */
  readonly admins: Admins;
  /** Messages. */
  readonly messages: Messages;
  /** The Worker's templates of e-mails. */
  readonly templates: Templates;
  readonly #session: Session;

  constructor(options: IntercomOptions) {
    const session = new Session(options);
    const people = (role: "user" | "lead"): People => ({
      list: ({ signal, perPage = 50, startingAfter }: ListOptions = {}) =>
        new List(() =>
          pages<Contact>(startingAfter ?? null, (after) =>
            session.call(signal, (connection, signal) =>
              connection.people(role, perPage, after ?? undefined, signal),
            ),
          ),
        ),
    });
    this.#session = session;
    this.users = people("user");
    this.leads = people("lead");
    this.admins = {
      list: ({ signal } = {}) =>
        new List(() =>
          pages<Admin>(null, () => session.call(signal, (connection, signal) => connection.admins(signal))),
        ),
    };
    this.messages = messages(session);
    this.templates = templates(session);
  }

  /** The admin whom the Worker's access token belongs to, and the workspace. */
  me({ signal }: CallOptions = {}): Promise<Me> {
    return this.#session.call(signal, (connection, signal) => connection.me(signal));
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
  notify(notification: Notification, { idempotencyKey: key, signal }: SendOptions = {}): Promise<Message> {
    return this.#session.call(signal, (connection, signal) => connection.notify(json(notification), keyOf(key), signal));
  }
}

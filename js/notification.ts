import type { Sender } from "./message.js";
import type { Style } from "./model.js";

export type { Style };

/** A person, named in one way. */
export type To =
  /** By e-mail address. */
  | { email: string; user_id?: never; id?: never }
  /** By the id that your own product gave. */
  | { user_id: string; email?: never; id?: never }
  /** By Intercom's id. */
  | { id: string; email?: never; user_id?: never };

/** What a template is filled with; it finds them as `variables`. */
export type Variables = Record<string, unknown>;

/** An e-mail to one person: a template, or a text itself. */
export type Notification = TemplateNotification | InlineNotification;

/** An e-mail of a template of the Worker's. */
export interface TemplateNotification {
  to: To;
  /** The template's name. */
  template: string;
  variables?: Variables;
  /** The admin who sends; the Worker's own sender without one. */
  from?: Sender;
  subject?: never;
  body?: never;
  style?: never;
}

/** An e-mail of a text, in which nothing is filled in. */
export interface InlineNotification {
  to: To;
  subject: string;
  /** The text; HTML is allowed. */
  body: string;
  /** `plain` unless given. */
  style?: Style;
  /** The admin who sends; the Worker's own sender without one. */
  from?: Sender;
  template?: never;
  variables?: never;
}

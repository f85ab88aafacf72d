import type { MessageFields } from "./model.js";

/** A message to send: an e-mail or an in-app message. */
export type NewMessage = NewEmail | NewInApp;

/** An e-mail from an admin to a contact. Requires a subject and a template. */
export interface NewEmail extends Pick<MessageFields, "subject" | "body" | "template" | "from" | "to"> {
  /** The message's type. */
  message_type: "email";
}

/** An in-app message from an admin to a contact, shown in Intercom's Messenger. */
export interface NewInApp extends Pick<MessageFields, "body" | "from" | "to"> {
  /** The message's type. */
  message_type: "inapp";
}

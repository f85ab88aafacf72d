import type { MessageFields } from "./model.js";

/** A message to send: an e-mail needs a subject and a template. */
export type NewMessage = NewEmail | NewInApp;

/** An e-mail from an admin to a contact. */
export interface NewEmail extends Pick<MessageFields, "subject" | "body" | "template" | "from" | "to"> {
  message_type: "email";
}

/** A message in your product's messenger from an admin to a contact. */
export interface NewInApp extends Pick<MessageFields, "body" | "from" | "to"> {
  message_type: "inapp";
}

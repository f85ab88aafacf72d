import type { Style } from "./model.js";

/** A message to send: an e-mail needs a subject and a template. */
export type NewMessage = NewEmail | NewInApp;

/** An e-mail from an admin to a contact. */
export interface NewEmail {
  message_type: "email";
  subject: string;
  /** The text; HTML is allowed. */
  body: string;
  /** `plain` has no look; `personal` has your workspace's. */
  template: Style;
  from: Sender;
  to: Recipient;
}

/** A message in your product's messenger from an admin to a contact. */
export interface NewInApp {
  message_type: "inapp";
  /** The text; HTML is allowed. */
  body: string;
  from: Sender;
  to: Recipient;
}

/** The admin who writes. */
export interface Sender {
  type: "admin";
  id: string;
}

/** The contact who reads, by Intercom's id. */
export interface Recipient {
  type: "user" | "lead";
  id: string;
}

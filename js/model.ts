/** A moment: seconds since 1970, or in a few answers ISO-8601. */
export type Timestamp = number | string;

/** One of Intercom's words, open to new ones. */
export type Word<Known extends string> = Known | (string & {});

/** What every object of Intercom's may have besides: fields that these types don't know. */
export interface Open {
  [field: string]: unknown;
}

/** A person: a user or a lead ("The Contact object" of Intercom's reference). */
export interface Contact<Attributes = Record<string, unknown>> extends Open {
  type: "contact";
  /** Intercom's id. */
  id: string;
  /** The id that your own product gave. */
  external_id?: string | null;
  role: Word<"user" | "lead">;
  email?: string | null;
  phone?: string | null;
  name?: string | null;
  /** The picture's address. */
  avatar?: string | { image_url?: string | null } | null;
  owner_id?: number | string | null;
  workspace_id?: string | null;
  has_hard_bounced?: boolean | null;
  marked_email_as_spam?: boolean | null;
  /** No e-mail may be sent to the person. */
  unsubscribed_from_emails?: boolean | null;
  created_at?: Timestamp | null;
  updated_at?: Timestamp | null;
  signed_up_at?: Timestamp | null;
  last_seen_at?: Timestamp | null;
  last_replied_at?: Timestamp | null;
  last_contacted_at?: Timestamp | null;
  location?: Location | null;
  custom_attributes?: Attributes | null;
  social_profiles?: Nested<SocialProfile> | null;
  tags?: Nested<Reference> | null;
  notes?: Nested<Reference> | null;
  companies?: Nested<Reference> | null;
}

/** Where a contact is, guessed from the IP address. */
export interface Location extends Open {
  country?: string | null;
  region?: string | null;
  city?: string | null;
  country_code?: string | null;
  continent_code?: string | null;
}

/** An account elsewhere. */
export interface SocialProfile extends Open {
  name?: string | null;
  url?: string | null;
}

/** The first few entries of a list within an object; `url` has all. */
export interface Nested<T> extends Open {
  data: T[];
  url?: string;
  total_count?: number;
  has_more?: boolean;
}

/** An object by its id. */
export interface Reference extends Open {
  id: string;
  url?: string;
}

/** A teammate. */
export interface Admin extends Open {
  type: "admin";
  id: string;
  name?: string | null;
  email?: string | null;
  job_title?: string | null;
  away_mode_enabled?: boolean;
  away_mode_reassign?: boolean;
  has_inbox_seat?: boolean;
  team_ids?: (number | string)[];
  avatar?: string | { image_url?: string | null } | null;
}

/** The admin whom the access token belongs to. */
export interface Me extends Admin {
  email_verified?: boolean;
  /** The workspace. */
  app?: App | null;
}

/** A workspace. */
export interface App extends Open {
  id_code: string;
  name?: string | null;
  /** Which of Intercom's hosts holds it. */
  region?: Word<"US" | "EU" | "AU"> | null;
  timezone?: string | null;
  created_at?: Timestamp | null;
}

/** A message to send: an e-mail needs a subject and a template. */
export type NewMessage = NewEmail | NewInApp;

/** An e-mail from an admin to a contact. */
export interface NewEmail {
  message_type: "email";
  subject: string;
  /** The text; HTML is allowed. */
  body: string;
  /** `plain` has no look; `personal` has your workspace's. */
  template: "plain" | "personal";
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

/** A message that Intercom accepted. */
export interface Message extends Open {
  type: Word<"admin_message" | "user_message">;
  id: string;
  created_at: Timestamp;
  subject?: string | null;
  body: string;
  template?: string | null;
  message_type: Word<"email" | "inapp">;
  owner?: Admin | null;
}

export interface Company<Attributes = Record<string, unknown>> extends Open { type: "company"; id: string; name?: string | null; custom_attributes?: Attributes | null }
export interface Tag extends Open { type: "tag"; id: string; name?: string }
export interface Segment extends Open { type: "segment"; id: string; name?: string }
export interface Note extends Open { type: "note"; id: string; body?: string }
export interface Conversation extends Open { type: "conversation"; id: string; title?: string | null; state?: string }
export interface DataAttribute extends Open { type: "data_attribute"; id?: number; name?: string }

// What a live event changes in a directory. It makes no request.

import type { LiveEventFields } from "../model.js";

/** The topics that a directory follows. */
export const TOPICS = ["contact.*", "user.*", "visitor.signed_up", "company.*"];

/** The changes that an event makes. */
export interface Effects {
  /** A whole contact to store. */
  put?: object;
  /** The id of a contact to load, because the event has only a part of its current state. */
  load?: string;
  /** The ids of contacts to remove. */
  remove: string[];
  /** Names to store. */
  names?: { set: "tags" | "companies"; named: object };
}

interface Fields {
  [name: string]: unknown;
}

const REMOVALS = ["contact.archived", "contact.deleted", "user.deleted"];

/** Returns the changes that an event makes. */
export function effectsOf({ topic, item, outdated }: LiveEventFields): Effects {
  const own = fieldsOf(item) ?? {};
  const isCompany = topic.startsWith("company.");
  const contact = fieldsOf(own["contact"]) ?? fieldsOf(own["user"]) ?? (isCompany ? {} : own);
  const company = fieldsOf(own["company"]) ?? (isCompany ? own : undefined);
  const [id, removed] = [idOf(contact), idOf(fieldsOf(own["merged_from"]))];
  if (REMOVALS.includes(topic)) return { remove: id === undefined ? [] : [id] };
  const effects: Effects = { remove: removed === undefined ? [] : [removed] };
  if (contact === own && isWhole(contact) && !outdated) effects.put = contact;
  else if (id !== undefined) effects.load = id;
  const tag = fieldsOf(own["tag"]);
  if (idOf(tag) !== undefined) effects.names = { set: "tags", named: tag! };
  else if (idOf(company) !== undefined && !outdated) effects.names = { set: "companies", named: company! };
  return effects;
}

/** Returns true for a contact in the form of API 2.x. Events of tags and companies have only a part of its state. */
const isWhole = ({ type, id, role, custom_attributes }: Fields): boolean =>
  type === "contact" && typeof id === "string" && typeof role === "string" && custom_attributes !== undefined;

const fieldsOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

function idOf(fields: Fields | undefined): string | undefined {
  const id = fields?.["id"];
  return typeof id === "string" && id !== "" ? id : undefined;
}

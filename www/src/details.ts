// The details of one person, as definition lists. All values are set as text, never as HTML.
import type { Admin, Contact } from "intercom-edge";
import { avatarOf } from "./avatar.ts";
import { element } from "./element.ts";
import { countOf, momentOf, nameOf, placeOf, timeOf } from "./format.ts";

export function contactFacts(contact: Contact): HTMLElement {
  const noun = contact.role === "lead" ? "lead" : "user";
  return element(
    "div",
    {},
    head(contact.id, nameOf(contact, noun), contact.email, contact.avatar, [
      element("span", { class: "badge" }, noun === "lead" ? "Lead" : "User"),
      ...mailBadges(contact),
    ]),
    facts([
      ["Intercom id", code(contact.id)],
      ["External id", code(contact.external_id)],
      ["E-mail", contact.email],
      ["Phone", contact.phone],
      ["Location", placeOf(contact.location)],
      ["Created", timeOf(contact.created_at)],
      ["Signed up", timeOf(contact.signed_up_at)],
      ["Last seen", timeOf(contact.last_seen_at)],
      ["Tags", counted(contact.tags, "tag")],
      ["Companies", counted(contact.companies, "company", "companies")],
      ["E-mails", mailState(contact)],
    ]),
    heading("Custom attributes"),
    attributes(contact.custom_attributes),
    jsonOf(contact),
  );
}

export function adminFacts(admin: Admin): HTMLElement {
  const id = String(admin.id);
  return element(
    "div",
    {},
    head(id, nameOf(admin, "admin"), admin.email, admin.avatar, [
      element("span", { class: "badge" }, "Admin"),
      admin.away_mode_enabled === true ? element("span", { class: "badge warn" }, "Away") : null,
    ]),
    facts([
      ["Admin id", code(id)],
      ["E-mail", admin.email],
      ["Job title", admin.job_title],
      ["Away mode", admin.away_mode_enabled === undefined ? null : yesNo(admin.away_mode_enabled)],
      ["Reassigns while away", admin.away_mode_reassign === undefined ? null : yesNo(admin.away_mode_reassign)],
      ["Inbox seat", admin.has_inbox_seat === undefined ? null : yesNo(admin.has_inbox_seat)],
      ["Teams", Array.isArray(admin.team_ids) ? countOf(admin.team_ids.length, "team") : null],
    ]),
    jsonOf(admin),
  );
}

/** Returns why an e-mail to this person would not arrive, or null if there is no known reason. */
export function mailObstacle(contact: Contact): string | null {
  if (contact.unsubscribed_from_emails === true) return "has unsubscribed from e-mails";
  if (contact.has_hard_bounced === true) return "has an address that bounces";
  if (contact.marked_email_as_spam === true) return "has marked an e-mail as spam";
  return null;
}

function mailBadges(contact: Contact): Node[] {
  return [
    contact.unsubscribed_from_emails === true ? "Unsubscribed" : null,
    contact.has_hard_bounced === true ? "Bounced" : null,
    contact.marked_email_as_spam === true ? "Marked as spam" : null,
  ].flatMap((text) => (text === null ? [] : [element("span", { class: "badge warn" }, text)]));
}

function mailState(contact: Contact): string | null {
  if (typeof contact.unsubscribed_from_emails !== "boolean") return null;
  return contact.unsubscribed_from_emails ? "Unsubscribed" : "Subscribed";
}

function head(
  id: string,
  name: string,
  email: string | null | undefined,
  avatar: unknown,
  badges: (Node | null)[],
): HTMLElement {
  return element(
    "header",
    { class: "details-head" },
    avatarOf(id, name, avatar),
    element(
      "div",
      {},
      element("h2", { tabindex: "-1", dir: "auto" }, name),
      email && email !== name ? element("p", { class: "muted", dir: "auto" }, email) : null,
      element("p", { class: "badges" }, ...badges),
    ),
  );
}

function facts(rows: [string, Node | string | null | undefined][]): HTMLElement {
  const known = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return element(
    "dl",
    { class: "fact-list" },
    ...known.map(([name, value]) =>
      element("div", {}, element("dt", {}, name), element("dd", { dir: "auto" }, value ?? "")),
    ),
  );
}

function attributes(custom: Contact["custom_attributes"]): HTMLElement {
  const rows = Object.entries(custom ?? {});
  if (rows.length === 0) return element("p", { class: "muted" }, "None.");
  return facts(rows.map(([name, value]) => [name, attributeValue(name, value)]));
}

/** Formats an attribute. By Intercom's convention, a name that ends in `_at` is a time. */
function attributeValue(name: string, value: unknown): Node | string {
  if (value === null || value === "") return "—";
  if (name.endsWith("_at") && momentOf(value) !== null) return timeOf(value) ?? "";
  if (typeof value === "boolean") return yesNo(value);
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Counts a nested list by `total_count`: the list itself has only the first few items. */
function counted(list: unknown, one: string, many?: string): string | null {
  const count = typeof list === "object" && list !== null && "total_count" in list ? list.total_count : null;
  return typeof count === "number" ? countOf(count, one, many) : null;
}

function jsonOf(person: object): HTMLElement {
  const json = element("pre", { tabindex: "0" });
  const disclosure = element("details", { class: "json" }, element("summary", {}, "JSON from Intercom"), json);
  disclosure.addEventListener("toggle", () => (json.textContent = JSON.stringify(person, null, 2)), { once: true });
  return disclosure;
}

function heading(text: string): HTMLElement {
  return element("h3", {}, text);
}

function code(value: string | null | undefined): HTMLElement | null {
  return value ? element("code", {}, value) : null;
}

function yesNo(value: unknown): string {
  return value === true ? "Yes" : "No";
}

// What the package's interface lets through, and what it doesn't.

import {
  type Batch,
  type Company,
  type Contact,
  type Conversation,
  type Export,
  type ExportOptions,
  type ExportProgress,
  Intercom,
  type List,
  MergedError,
  NotFoundError,
  type Page,
  type RateLimit,
  type Removal,
  type Search,
  toDate,
} from "intercom-edge";
import { intercomQueries } from "intercom-edge/react";
import { dataProvider as admin } from "intercom-edge/react-admin";
import type { Expect, IsAny, Same } from "./expect.js";

type Attributes = { plan: string; seats: number };
const intercom = new Intercom<Attributes>({ baseUrl: "https://edge.example", auth: async () => "key" });
const plain = new Intercom({ baseUrl: new URL("https://edge.example"), auth: "key" });
new Intercom({ baseUrl: "/intercom" });
new Intercom({ baseUrl: "/intercom", auth: undefined });
// @ts-expect-error: no key
new Intercom({ baseUrl: "/intercom", auth: null });

// Custom attributes reach every person, and nothing is `any` on the way.
for await (const user of intercom.users.list()) {
  type _ = [
    Expect<Same<typeof user, Contact<Attributes>>>,
    Expect<Same<NonNullable<typeof user.custom_attributes>["plan"], string | null | undefined>>,
  ];
}
for await (const { custom_attributes } of plain.users.list()) {
  type _ = [
    Expect<Same<IsAny<typeof custom_attributes>, false>>,
    Expect<Same<NonNullable<typeof custom_attributes>[string], unknown>>,
  ];
}
const found = intercom.contacts.search({
  role: "user",
  created_at: { after: new Date() },
  email: { endsWith: "@example.com" },
});
const person = await intercom.contacts.get("1");
const merged = await intercom.contacts.merge({ from: "1", into: "2" });
const page = await found.page();
const some = await found.toArray({ limit: 5 });
const member = await intercom.companies.contacts("1").page();
const batch = await intercom.messages.batch({ template: "news", to: [{ id: "1" }] });
const asked = await intercom.request("GET", "/teams");
const teams = await intercom.request<{ teams: { name: string }[] }>("GET", "/teams");
export type Reached = [
  Expect<Same<typeof found, List<Contact<Attributes>>>>,
  Expect<Same<typeof person, Contact<Attributes>>>,
  Expect<Same<typeof merged, Contact<Attributes>>>,
  Expect<Same<typeof page, Page<Contact<Attributes>>>>,
  Expect<Same<typeof some, Contact<Attributes>[]>>,
  Expect<Same<typeof member, Page<Contact<Attributes>>>>,
  Expect<Same<typeof batch, Batch>>,
  Expect<Same<(typeof asked)[string], unknown>>,
  Expect<Same<(typeof teams)["teams"], { name: string }[]>>,
];

// Exports yield the same objects as lists.
const everyone = intercom.users.export({
  fields: ["email"],
  since: new Date(),
  overlap: 60,
  onProgress: async () => {},
});
const changed = intercom.contacts.changedSince("token", { onProgress: ({ rows }) => console.log(rows) });
const firms = intercom.companies.export();
const talks = intercom.conversations.export({ since: 1_700_000_000 });
const saved: string | undefined = everyone.progress?.resume ?? undefined;
intercom.contacts.export({ resume: saved, since: undefined, signal: undefined });
for await (const user of everyone) {
  type _ = Expect<Same<typeof user, Contact<Attributes>>>;
}
const csv = await firms.csv({ timeout: 5_000 });
export type Exported = [
  Expect<Same<typeof everyone, Export<Contact<Attributes>>>>,
  Expect<Same<typeof changed, Export<Contact<Attributes>>>>,
  Expect<Same<typeof firms, Export<Company>>>,
  Expect<Same<typeof talks, Export<Conversation>>>,
  Expect<Same<typeof changed.progress, ExportProgress | undefined>>,
  Expect<Same<NonNullable<ExportOptions["onProgress"]>, (progress: ExportProgress) => void | Promise<void>>>,
  Expect<Same<NonNullable<ExportOptions["onRemoval"]>, (removal: Removal) => void | Promise<void>>>,
  Expect<Same<typeof csv, Response>>,
];
// @ts-expect-error: the last marker is read, not set
everyone.progress = undefined;
// @ts-expect-error: changed since when
intercom.contacts.changedSince();
// @ts-expect-error: companies have no time of change
intercom.companies.export({ since: 1 });
// @ts-expect-error: a list of fields
intercom.contacts.export({ fields: "email" });
// @ts-expect-error: an export has no pages
intercom.contacts.export({ perPage: 50 });

intercom.contacts.update("1", { custom_attributes: { plan: "pro" } });
intercom.contacts.update("1", { custom_attributes: { plan: null } });
// @ts-expect-error: a number of seats
intercom.contacts.update("1", { custom_attributes: { seats: "5" } });
// @ts-expect-error: no attribute of that name
intercom.contacts.create({ custom_attributes: { plann: "pro" } });
// @ts-expect-error: an id is a text
intercom.contacts.get(7);
// @ts-expect-error: a limit is asked for
intercom.users.list().toArray();
// @ts-expect-error: pages have numbers
intercom.users.list({ perPage: "50" });
// @ts-expect-error: no message without a reader
intercom.messages.send({ message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" } });
// @ts-expect-error: an e-mail has a subject
intercom.messages.send({
  message_type: "email",
  body: "Hi",
  template: "plain",
  from: { type: "admin", id: "1" },
  to: { type: "user", id: "1" },
});
// @ts-expect-error: one name of a person
intercom.notify({ to: { email: "a@example.com", id: "1" }, template: "welcome" });
intercom.notify({
  to: { email: "a@example.com" },
  template: "welcome",
  variables: { plan: "pro" },
  from: { type: "admin", id: "1" },
});
intercom.notify({ to: { user_id: "ann" }, subject: "Hi", body: "<p>Hi</p>", style: "personal" });
// @ts-expect-error: a template has a text of its own
intercom.notify({ to: { id: "1" }, template: "welcome", subject: "Hi" });
// @ts-expect-error: variables are for a template
intercom.notify({ to: { id: "1" }, subject: "Hi", body: "Hi", variables: {} });
// @ts-expect-error: no such field
intercom.notify({ to: { id: "1" }, tempalte: "welcome" });
// @ts-expect-error: no such style
intercom.templates.put("welcome", { subject: "Hi", body: "Hi", style: "loud" });
intercom.messages.batch({
  template: "news",
  version: 2,
  to: [{ id: "1", variables: { plan: "pro" } }, { email: "a@example.com" }],
});
intercom.messages.batch({ template: "news", search: { role: "user", sort: { field: "name", order: "ascending" } } });
// @ts-expect-error: either people or a search
intercom.messages.batch({ template: "news", to: [{ id: "1" }], search: { role: "user" } });
// @ts-expect-error: one name of a person
intercom.messages.batch({ template: "news", to: [{ id: "1", email: "a@example.com" }] });
intercom.conversations.reply("1", { type: "admin", admin_id: "1", message_type: "note", body: "Hi" });
intercom.conversations.reply("1", {
  type: "user",
  user_id: "ann",
  message_type: "comment",
  body: "Hi",
  attachment_urls: [],
});
// @ts-expect-error: a contact writes no notes
intercom.conversations.reply("1", { type: "user", user_id: "ann", message_type: "note", body: "Hi" });
// @ts-expect-error: an admin is named by an id
intercom.conversations.reply("1", { type: "admin", message_type: "comment", body: "Hi" });
intercom.events.create({
  event_name: "invited-friend",
  created_at: 1_700_000_000,
  user_id: "ann",
  metadata: { friend: "Bo" },
});
// @ts-expect-error: somebody did it
intercom.events.create({ event_name: "invited-friend", created_at: 1_700_000_000 });
// @ts-expect-error: it is saved under its id
intercom.companies.save({ name: "Acme" });
intercom.companies.save({ company_id: "1", name: "Acme", plan: "pro", custom_attributes: { region: "EU" } });
// @ts-expect-error: a company's own id is Intercom's to give
intercom.companies.save({ id: "1" });
intercom.dataAttributes.create({ name: "plan", model: "contact", data_type: "options", options: [{ value: "pro" }] });
// @ts-expect-error: conversations have none that the API creates
intercom.dataAttributes.create({ name: "plan", model: "conversation", data_type: "string" });
// @ts-expect-error: when a person was created is Intercom's to say
intercom.contacts.update("1", { created_at: 1_700_000_000 });
// @ts-expect-error: only messages have keys
intercom.contacts.create({ email: "a@example.com" }, { idempotencyKey: "1" });
// @ts-expect-error: an address
new Intercom({ auth: "key" });
// @ts-expect-error: no PATCH in Intercom's API
intercom.request("PATCH", "/contacts/1");

// Filters: fields and operators, groups of them, and Intercom's own query.
export const searches: Search<string, Attributes>[] = [
  { custom_attributes: { plan: ["pro", "team"], seats: { greaterThan: 5 } } },
  { or: [{ name: "Ann" }, { and: [{ name: "Bo" }, { role: "lead" }] }] },
  { query: { operator: "OR", value: [{ field: "email", operator: "=", value: "a@example.com" }] } },
  { created_at: { after: new Date(), before: "2026-01-31T12:00:00Z" }, signed_up_at: { after: 1769860800 } },
];
// @ts-expect-error: after needs a time
export const time: Search<"created_at", Attributes> = { created_at: { after: null } };
export type Total = Expect<Same<typeof page.totalCount, number | null>>;
// @ts-expect-error: no such operator
export const operator: Search<string, Attributes> = { query: { operator: "XOR", value: [] } };
// @ts-expect-error: no such attribute
export const attribute: Search<string, Attributes> = { custom_attributes: { plann: "pro" } };
// @ts-expect-error: a value is plain
export const value: Search<"email", Attributes> = { email: { equals: {} } };

try {
  await intercom.me({ signal: AbortSignal.timeout(5), timeout: 5, retries: 0, headers: { "x-trace": "1" } });
} catch (error) {
  if (error instanceof MergedError) {
    const into: string | null = error.mergedInto;
    console.log(into);
  } else if (error instanceof NotFoundError) {
    type _ = [
      Expect<Same<typeof error.status, number>>,
      Expect<Same<typeof error.rateLimit, RateLimit | null>>,
      Expect<Same<typeof error.cause, unknown>>,
    ];
  }
}

const { queryFn } = intercomQueries(intercom).users.get("1");
const { data } = await admin(intercom).getOne("users", { id: "1" });
export type Framed = [
  Expect<Same<Awaited<ReturnType<typeof queryFn>>, Contact<Attributes>>>,
  Expect<Same<IsAny<typeof data>, false>>,
];

// A time that is there is a date.
export type Dates = [
  Expect<Same<ReturnType<typeof toDate>, Date | undefined>>,
  Expect<Same<typeof joined, Date>>,
  Expect<Same<typeof seen, Date | undefined>>,
];
const joined = toDate(1_700_000_000);
const seen = toDate(person.last_seen_at);
// @ts-expect-error: no time of Intercom's
toDate(new Date());

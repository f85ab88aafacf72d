// What the package's interface lets through, and what it doesn't.

import { type Batch, type Contact, Intercom, type List, MergedError, NotFoundError, type Page, type RateLimit, type Search } from "intercom-edge";
import { dataProvider as admin } from "intercom-edge/react-admin";
import { intercomQueries } from "intercom-edge/react";
import type { Same, Expect, IsAny } from "./expect.js";

type Attributes = { plan: string; seats: number };
const intercom = new Intercom<Attributes>({ baseUrl: "https://edge.example", auth: async () => "key" });
const plain = new Intercom({ baseUrl: new URL("https://edge.example"), auth: "key" });

// Custom attributes reach every person, and nothing is `any` on the way.
for await (const user of intercom.users.list()) {
  type _ = [Expect<Same<typeof user, Contact<Attributes>>>, Expect<Same<NonNullable<typeof user.custom_attributes>["plan"], string>>];
}
for await (const { custom_attributes } of plain.users.list()) {
  type _ = [Expect<Same<IsAny<typeof custom_attributes>, false>>, Expect<Same<NonNullable<typeof custom_attributes>[string], unknown>>];
}
const found = intercom.contacts.search({ role: "user", created_at: { after: new Date() }, email: { endsWith: "@example.com" } });
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
  Expect<Same<typeof asked[string], unknown>>,
  Expect<Same<(typeof teams)["teams"], { name: string }[]>>,
];

intercom.contacts.update("1", { custom_attributes: { plan: "pro" } });
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
intercom.messages.send({ message_type: "email", body: "Hi", template: "plain", from: { type: "admin", id: "1" }, to: { type: "user", id: "1" } });
// @ts-expect-error: one name of a person
intercom.notify({ to: { email: "a@example.com", id: "1" }, template: "welcome" });
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
];
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
    type _ = [Expect<Same<typeof error.status, number>>, Expect<Same<typeof error.rateLimit, RateLimit | null>>, Expect<Same<typeof error.cause, unknown>>];
  }
}

const { queryFn } = intercomQueries(intercom).users.get("1");
const { data } = await admin(intercom).getOne("users", { id: "1" });
export type Framed = [Expect<Same<Awaited<ReturnType<typeof queryFn>>, Contact<Attributes>>>, Expect<Same<IsAny<typeof data>, false>>];

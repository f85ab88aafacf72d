// Who may call what, as data: each call with the scopes that it needs. A key with all scopes but one of them gets 403,
// which names the scope; a key with those alone is served. docs/deploy.md says what each scope shows.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { gate } from "../gate.mjs";
import { idOf, until } from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const SCOPES = [
  ...readFileSync(join(root, "src/edge/access/scope.rs"), "utf8").matchAll(/^ {4}\w+ "([a-z_]+:[a-z]+)",$/gm),
].map(([, name]) => name);
const V1 = "1.4";
const V2 = "2.14";

const admin = { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", id: "5" } };
const from = (type) => ({ ...admin, from: { type, id: "5" } });
const template = { subject: "Hi", body: "Hi {{ contact.email }}" };

/** A path of the Worker's own, its method, its body, and the scopes that it needs; "" for none. */
const OWN = [
  ["GET", "/edge/whoami", null, ""],
  ["GET", "/edge/health", null, ""],
  ["GET", "/edge/openapi.json", null, ""],
  ["GET", "/edge/export", null, "contacts:read"],
  ["GET", "/edge/export?of=contacts&role=lead&format=csv", null, "contacts:read"],
  ["GET", "/edge/export?of=companies", null, "companies:read"],
  ["GET", "/edge/export?of=conversations", null, "conversations:read"],
  ["POST", "/edge/live/tickets", { topics: ["contact.*"] }, "contacts:read"],
  ["POST", "/edge/live/tickets", { topics: ["contact.created", "company.*"] }, "companies:read contacts:read"],
  ["POST", "/edge/live/tickets", { topics: ["message.sent"] }, "messages:read|messages:admin"],
  ["POST", "/edge/live/tickets", { topics: ["unknown.*"] }, "edge:admin"],
  ["POST", "/edge/notify", { to: { id: "5" }, subject: "S", body: "B" }, "messages:send"],
  ["POST", "/edge/notify", { to: { id: "5" }, template: "matrix" }, "messages:send"],
  ["GET", "/edge/messages", null, "messages:read|messages:admin"],
  ["GET", "/edge/messages?caller=all", null, "messages:admin messages:read|messages:admin"],
  ["GET", "/edge/messages/counts", null, "messages:read|messages:admin"],
  ["GET", "/edge/messages/export", null, "messages:read|messages:admin"],
  ["GET", "/edge/messages/export?caller=all", null, "messages:admin messages:read|messages:admin"],
  ["GET", "/edge/messages/{id}", null, "messages:read|messages:admin"],
  ["DELETE", "/edge/messages/{id}", null, "messages:admin"],
  ["DELETE", "/edge/messages?state=failed", null, "messages:admin"],
  ["POST", "/edge/messages/{id}/retry", {}, "messages:retry|messages:admin"],
  ["POST", "/edge/messages/{id}/confirm", {}, "messages:retry|messages:admin"],
  ["POST", "/edge/messages/{id}/resend", {}, "messages:retry|messages:admin messages:send"],
  ["GET", "/edge/messages/batch", null, "messages:batch|messages:admin"],
  [
    "POST",
    "/edge/messages/batch",
    { template: "matrix", to: [{ id: "5" }] },
    "messages:batch|messages:admin contacts:read",
  ],
  [
    "POST",
    "/edge/messages/batch",
    { template: "matrix", search: { query: { field: "email", operator: "=", value: "a@example.com" } } },
    "messages:batch|messages:admin contacts:read",
  ],
  ["GET", "/edge/messages/batch/{id}", null, "messages:batch|messages:admin"],
  ["GET", "/edge/messages/batch/{id}/result.csv", null, "messages:batch|messages:admin contacts:read"],
  ["GET", "/edge/messages/batch/{id}/result.ndjson", null, "messages:batch|messages:admin contacts:read"],
  ["POST", "/edge/messages/batch/{id}/pause", {}, "messages:batch|messages:admin"],
  ["POST", "/edge/messages/batch/{id}/resume", {}, "messages:batch|messages:admin"],
  ["POST", "/edge/messages/batch/{id}/cancel", {}, "messages:batch|messages:admin"],
  ["GET", "/edge/templates", null, "templates:read|messages:admin"],
  ["GET", "/edge/templates/matrix", null, "templates:read|messages:admin"],
  ["PUT", "/edge/templates/matrix", template, "templates:write|messages:admin"],
  ["DELETE", "/edge/templates/gone", null, "templates:write|messages:admin"],
  ["POST", "/edge/templates/plain/preview", {}, "templates:read|messages:admin"],
  ["POST", "/edge/templates/matrix/preview", { to: { id: "5" } }, "templates:read|messages:admin contacts:read"],
  ["POST", "/edge/templates/admin/preview", {}, "templates:read|messages:admin admins:read"],
  [
    "POST",
    "/edge/templates/admin/preview",
    { from: { type: "admin", id: "1" } },
    "templates:read|messages:admin admins:read",
  ],
];

/** The same for operations of Intercom's: one of each kind that gives away, or does, more than its path says. */
const INTERCOM = [
  ["POST", "/messages", admin, "messages:send", V2],
  ["POST", "/messages", from("user"), "messages:send conversations:write", V2],
  ["POST", "/messages", from("lead"), "messages:send conversations:write", V2],
  ["POST", "/messages", from("contact"), "messages:send conversations:write", V2],
  ["POST", "/messages", {}, "messages:send conversations:write", V2],
  ["POST", "/messages", admin, "messages:send", V1],
  ["POST", "/messages", { body: "Hi", from: { type: "user", id: "5" } }, "messages:send conversations:write", V1],
  ["POST", "/messages", { body: "Hi", from: { type: "contact", id: "5" } }, "messages:send conversations:write", V1],
  ["POST", "/conversations", { from: { type: "user", id: "5" }, body: "Hi" }, "conversations:write", V2],
  ["POST", "/conversations/5/reply", {}, "conversations:write", V2],
  ["GET", "/conversations", null, "conversations:read", V2],
  ["GET", "/conversations/5", null, "conversations:read", V2],
  ["POST", "/conversations/search", {}, "conversations:read", V2],
  ["GET", "/me", null, "admins:read", V2],
  ["GET", "/admins", null, "admins:read", V1],
  ["GET", "/admins/activity_logs", null, "admins:read", V2],
  ["GET", "/contacts/5", null, "contacts:read", V2],
  ["GET", "/contacts/5/tags", null, "contacts:read", V2],
  ["GET", "/contacts/5/segments", null, "contacts:read", V2],
  ["GET", "/contacts/5/companies", null, "contacts:read", V2],
  ["GET", "/contacts/5/subscriptions", null, "contacts:read", V2],
  ["GET", "/contacts/5/notes", null, "notes:read", V2],
  ["GET", "/contacts/activities", null, "contacts:read", "Preview"],
  ["POST", "/contacts/merge/preview", {}, "contacts:read", "Preview"],
  ["POST", "/contacts/merge", {}, "contacts:write", V2],
  ["POST", "/contacts/bulk", {}, "contacts:write", "Preview"],
  ["GET", "/companies/5/contacts", null, "contacts:read", V2],
  ["GET", "/companies/5/users", null, "contacts:read", V1],
  ["GET", "/companies/5/segments", null, "companies:read", V2],
  ["POST", "/companies/search", {}, "companies:read", "Preview"],
  ["GET", "/users", null, "contacts:read", V1],
  ["GET", "/users?email=a@example.com", null, "contacts:read", V1],
  ["GET", "/users?company_id=acme", null, "contacts:read companies:read", V1],
  ["GET", "/counts?type=user&count=segment", null, "contacts:read segments:read", V1],
  ["GET", "/visitors?user_id=5", null, "visitors:read", V2],
  ["GET", "/visitors?user_id=5", null, "visitors:read", V1],
  ["POST", "/visitors/convert", {}, "visitors:write", V2],
  ["GET", "/segments", null, "segments:read", V1],
  ["GET", "/tags", null, "tags:read", V1],
  ["POST", "/contacts/5/tags", {}, "tags:write", V2],
  ["GET", "/events?type=user&user_id=5", null, "events:read", V2],
  ["POST", "/export/content/data", {}, "export:write", V2],
  ["GET", "/export/content/data/5", null, "export:read", V2],
  ["GET", "/download/content/data/5", null, "export:read", V2],
  ["GET", "/secure_mode_secrets", null, "identity_verification:read", "Preview"],
  ["POST", "/secure_mode_secrets", {}, "identity_verification:write", "Preview"],
  ["PUT", "/teams/5", {}, "teams:write", "Preview"],
  ["POST", "/fin/ask", {}, "fin:write", "Preview"],
  ["GET", "/folders", null, "folders:read", "Preview"],
];

/** The scopes of a row; where one of several suffices, those. The 403 names the first of them, which allows less. */
const needed = (scopes) =>
  scopes
    .split(" ")
    .filter(Boolean)
    .map((one) => one.split("|"));
const keyName = (scopes) => `only-${[...new Set(scopes)].sort().join("-").replace(/\W/g, ".")}`.slice(0, 64);

/** The sets of scopes that suffice: with the first scope where one of several does, and with the last. */
const sufficient = (each) => [each.map(([first]) => first), each.map((oneOf) => oneOf.at(-1))];

// A key for each set of scopes that suffices, and one for all scopes but one (or those of which one suffices).
const keys = {
  all: ["*"],
  nothing: [],
  text: ["messages:admin", "contacts:read"],
  mailer: ["messages:send", "messages:read"],
};
for (const [, , , scopes] of [...OWN, ...INTERCOM]) {
  const each = needed(scopes);
  for (const suffices of sufficient(each)) keys[keyName(suffices)] = suffices;
  for (const oneOf of each)
    keys[`no-${keyName(oneOf)}`.slice(0, 64)] = SCOPES.filter((scope) => !oneOf.includes(scope));
}

const it = gate("scope-matrix", { keys, vars: { SENDER_ADMIN_ID: "1" } });

const PERSON = {
  type: "contact",
  id: "5",
  role: "user",
  external_id: "e-5",
  email: "person@example.com",
  name: "Person",
};
function intercom({ method, url, body }) {
  if (url.startsWith("/admins/1")) return { body: { type: "admin", id: "1", name: "Ann", email: "ann@example.com" } };
  if (method === "GET" && url.startsWith("/contacts/5")) return { body: PERSON };
  if (url.startsWith("/companies/scroll")) return { body: { type: "list", data: [], scroll_param: null } };
  if (url === "/contacts/search")
    return { body: { type: "list", data: [PERSON], total_count: 1, pages: { next: null } } };
  if (url === "/messages") {
    const { subject, body: text } = JSON.parse(body);
    return { body: { type: "admin_message", id: "7", subject, body: text, message_type: "email" } };
  }
  return { body: {} };
}

/** Stores the templates; gives the id of a message or batch that is there. */
async function prepared(path) {
  it.reply(intercom);
  for (const [name, json] of [
    ["matrix", template],
    ["plain", { subject: "A", body: "B" }],
    ["admin", { subject: "A", body: "{{ admin.email }}" }],
    ["gone", { subject: "A", body: "B" }],
  ]) {
    await it.ask(`/edge/templates/${name}`, { method: "PUT", json });
  }
  if (!path.startsWith("/edge/messages/batch/")) return path.replace("{id}", "0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11");
  const {
    body: { id },
  } = await it.ask("/edge/messages/batch", { json: { template: "matrix", to: [{ id: "5" }] } });
  await isDone(id);
  return path.replace("{id}", id);
}

const isDone = (id) => until(async () => (await it.ask(`/edge/messages/batch/${id}`)).body.state === "done");

const ask = (as, method, path, json, version) =>
  it.ask(path, { as, method, headers: { ...(version && { "intercom-version": version }) }, ...(json && { json }) });

test.each([...OWN, ...INTERCOM])("%s %s %j needs %j", async (method, pattern, json, scopes, version) => {
  const path = await prepared(pattern);
  const each = needed(scopes);
  for (const oneOf of each) {
    it.arrived().length = 0;
    const answer = await ask(`no-${keyName(oneOf)}`.slice(0, 64), method, path, json, version);
    expect(answer.status, oneOf.join()).toBe(403);
    expect(firstError(answer).message).toBe(`The caller doesn't have the scope ${oneOf[0]}`);
    expect(it.arrived()).toEqual([]);
  }
  for (const [at, suffices] of sufficient(each).entries()) {
    // What the first key has deleted is there again for the second.
    const filled = at === 0 ? path : await prepared(pattern);
    const answer = await ask(keyName(suffices), method, filled, json, version);
    expect([401, 403], answer.text).not.toContain(answer.status);
    // No message of a new batch arrives during the next row.
    if (answer.status === 202) await isDone(answer.body.id);
  }
});

test("every call of the Worker's own has a row", () => {
  const { paths } = JSON.parse(readFileSync(join(root, "src/edge/openapi.json"), "utf8"));
  const rows = new Set(
    OWN.map(([method, path]) => `${method} ${path.split("?")[0].replace(/\/templates\/\w+/, "/templates/{name}")}`),
  );
  const calls = Object.entries(paths)
    .filter(([path]) => path.startsWith("/edge/"))
    .flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /^(get|put|post|patch|delete)$/.test(method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
  // An event stream stays open (live.test.mjs), and a webhook has a signature in place of a key (webhooks.test.mjs).
  expect(calls.filter((call) => !rows.has(call))).toEqual(["GET /edge/live", "POST /edge/webhooks/intercom"]);
});

describe("a text that was rendered from a template", () => {
  const notify = (as) =>
    it.ask("/edge/notify", {
      as,
      json: { to: { id: "5" }, template: "matrix" },
      headers: { "idempotency-key": `${as}-${Math.random()}` },
    });

  test("is shown to callers who may read contacts and admins, and to nobody else", async () => {
    await prepared("");
    const id = idOf(await notify("mailer"));
    for (const as of ["text", "mailer", "only-messages.admin"]) {
      const { status, text, body } = await it.ask(`/edge/messages/${id}`, { as });
      expect([status, body.state, body.request, body.answer]).toEqual([200, "sent", null, null]);
      // The address of the recipient is shown to those who may read contacts.
      expect([body.recipient_email, text.includes(PERSON.email)]).toEqual(
        as === "text" ? [PERSON.email, true] : [null, false],
      );
    }
    const { body } = await it.ask(`/edge/messages/${id}`);
    expect([body.request.body, body.answer.body.body]).toEqual([`Hi ${PERSON.email}`, `Hi ${PERSON.email}`]);
  });

  test("isn't in the answer to a caller who may only send", async () => {
    await prepared("");
    const sent = await notify("mailer");
    expect([sent.status, sent.body]).toEqual([200, { type: "admin_message", id: "7", message_type: "email" }]);
    expect((await notify("all")).body.body).toBe(`Hi ${PERSON.email}`);
  });

  test("isn't in the answer to a retry either", async () => {
    await prepared("");
    it.reply((request) => (request.url === "/messages" ? { status: 502 } : intercom(request)));
    const id = idOf(await notify("all"));
    it.reply(intercom);
    const answer = await it.ask(`/edge/messages/${id}/retry`, { method: "POST", as: "only-messages.admin" });
    expect([answer.status, answer.body]).toEqual([200, { type: "admin_message", id: "7", message_type: "email" }]);
  });

  test("a text that the caller wrote is shown as ever", async () => {
    it.reply(intercom);
    const sent = await it.ask("/edge/notify", { as: "mailer", json: { to: { id: "5" }, subject: "S", body: "Mine" } });
    expect(sent.body.body).toBe("Mine");
    for (const as of ["mailer", "only-messages.admin"])
      expect((await it.ask(`/edge/messages/${idOf(sent)}`, { as })).body.request.body).toBe("Mine");
  });
});

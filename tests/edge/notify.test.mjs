// One e-mail to one person in one call: docs/messages.md, "Notify". The sandbox is the Intercom here,
// because it knows people.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve } from "../gate.mjs";
import { ASYNC, idOf, isReplayed, isUnknown, settled, shown, states } from "../outbox.mjs";
import { fault, messages, requests, reset } from "../sandbox.mjs";
import { firstError } from "../worker.mjs";

const { SANDBOX_URL } = process.env;
const SENDER = "1234567";
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const TWINS = ["5bb2f45a1e099bf2d553a2d6", "5bb2f45a1e099bf2d553a2d7"];
const UNSUBSCRIBED = "5bb2f45a1e099bf2d553a2d8";
const LEAD = "5bb2f45a1e099bf2d553a2d9";

let it;
let senderless;

beforeAll(async () => {
  const keys = {
    all: ["*"],
    sender: ["messages:send"],
    other: ["messages:send"],
    reader: ["messages:read", "messages:admin", "contacts:read"],
  };
  [it, senderless] = await Promise.all([
    serve("notify", { url: SANDBOX_URL }, { keys, vars: { SENDER_ADMIN_ID: SENDER } }),
    serve("notify-senderless", { url: SANDBOX_URL }),
  ]);
  await put("welcome", { subject: "Hi {{ contact.email }}", body: "<p>Your plan: {{ variables.plan }}</p>" });
});
beforeEach(() => reset());
afterAll(async () => {
  await it?.stop();
  await senderless?.stop();
});

const put = (name, json) => it.ask(`/edge/templates/${name}`, { method: "PUT", json });
const notify = (json, { of = it, headers, ...init } = {}) =>
  of.ask("/edge/notify", { as: "all", ...init, headers, json });
let made = 0;
const text = (more = {}) => ({
  to: { user_id: "john_doe" },
  subject: `Hello ${++made}`,
  body: "<b>How</b> are you ?",
  ...more,
});
const ledger = async () => (await messages()).map(({ request }) => request);
const posts = async () => (await requests()).filter(({ method, path }) => method === "POST" && path === "/messages");

async function refused(answer, status) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(answer.body.type).toBe("error.list");
  expect(await posts()).toEqual([]);
  return firstError(answer);
}

describe("to", () => {
  test.each([
    ["a user_id", { user_id: "john_doe" }, JOHN, "user"],
    ["Intercom's id", { id: JOHN }, JOHN, "user"],
    ["an address", { email: "john@example.com" }, JOHN, "user"],
    ["an address in other letters", { email: "John@Example.com" }, JOHN, "user"],
    ["a lead's id", { id: LEAD }, LEAD, "lead"],
    ["a lead's address", { email: "lead@example.com" }, LEAD, "lead"],
  ])("%s finds the person", async (_, to, id, type) => {
    const body = text({ to });
    const answer = await notify(body);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    expect(answer.body).toMatchObject({ type: "admin_message", subject: body.subject });
    expect(await ledger()).toEqual([
      {
        message_type: "email",
        subject: body.subject,
        body: body.body,
        template: "plain",
        from: { type: "admin", id: SENDER },
        to: { type, id },
      },
    ]);
    expect(await shown(it, idOf(answer))).toMatchObject({
      state: "sent",
      contact_id: id,
      template: null,
      message_id: answer.body.id,
      caller: "all",
      request: { subject: body.subject },
    });
  });

  test.each([
    [{ user_id: "nobody" }, "to.user_id"],
    [{ id: "0".repeat(24) }, "to.id"],
    [{ email: "nobody@example.com" }, "to.email"],
  ])("nobody is 404: %j", async (to, field) => {
    const error = await refused(await notify(text({ to })), 404);
    expect(error).toMatchObject({ code: "not_found", field });
  });

  test("several people with the address: 409 with their ids, and without the address", async () => {
    const answer = await notify(text({ to: { email: "twins@example.com" } }));
    const error = await refused(answer, 409);
    expect([...error.ids].sort()).toEqual(TWINS);
    expect(error.field).toBe("to.email");
    expect(answer.text).not.toContain("twins@example.com");
  });

  test.each([[{ id: UNSUBSCRIBED }], [{ user_id: "unsubscribed" }], [{ email: "unsubscribed@example.com" }]])(
    "somebody who has unsubscribed is 422: %j",
    async (to) => {
      const answer = await notify(text({ to }));
      const error = await refused(answer, 422);
      expect(error.message).toMatch(/unsubscribed/);
      expect(answer.text).not.toContain("unsubscribed@example.com");
    },
  );

  test("what isn't sent is in the outbox as failed", async () => {
    const answer = await notify(text({ to: { user_id: "nobody" } }));
    const message = await shown(it, idOf(answer));
    expect(states(message)).toEqual(["queued", "failed"]);
    expect(message).toMatchObject({ contact_id: null, message_id: null, answer: { status: 404 } });
  });
});

describe("a template", () => {
  test("is filled in with the person and what the call gave, and the message keeps its version", async () => {
    const answer = await notify({ to: { user_id: "john_doe" }, template: "welcome", variables: { plan: "pro <1>" } });
    expect(answer.status, answer.text).toBe(200);
    const [message] = await ledger();
    expect(message).toMatchObject({ template: "plain", body: "<p>Your plan: pro &lt;1&gt;</p>" });
    expect(message.subject).toBe("Hi john@example.com");
    expect(await shown(it, idOf(answer))).toMatchObject({
      state: "sent",
      template: { name: "welcome", version: 1 },
      request: { subject: message.subject },
    });
  });

  test("has its admin, its person's attributes, and a style", async () => {
    await put("styled", {
      subject: "From {{ admin.name }}",
      body: "{{ admin.email }} {{ contact.email }} {{ contact.custom_attributes.nothing | default('none') }}",
      style: "personal",
    });
    const answer = await notify({ to: { id: JOHN }, template: "styled", from: { type: "admin", id: "1234568" } });
    expect(answer.status, answer.text).toBe(200);
    const [message] = await ledger();
    const admins = await it.ask("/admins", { headers: { "intercom-version": "2.14" } });
    const admin = admins.body.admins.find(({ id }) => id === "1234568");
    expect(message).toMatchObject({
      subject: `From ${admin.name}`,
      body: `${admin.email} john@example.com none`,
      template: "personal",
      from: { type: "admin", id: "1234568" },
    });
  });

  test("that isn't there is 404 and named", async () => {
    const error = await refused(await notify({ to: { user_id: "john_doe" }, template: "nothing" }), 404);
    expect(error.field).toBe("template");
    expect(await requests()).toEqual([]);
  });

  test.each([
    ["a variable that's missing", "welcome", {}, /variables\.plan/, "body"],
    ["a variable that's null", "welcome", { plan: null }, /variables\.plan/, "body"],
  ])("with %s is 422 and nothing is sent", async (_, template, variables, message, field) => {
    const answer = await notify({ to: { user_id: "john_doe" }, template, variables });
    const error = await refused(answer, 422);
    expect(error.message).toMatch(message);
    expect(error.field).toBe(field);
  });

  test("whose subject would get a line break is 422", async () => {
    await put("news", { subject: "{{ variables.title }}", body: "News" });
    for (const title of ["a\nBcc: everybody@example.com", "a\rb", "a\u0000"]) {
      const answer = await notify({ to: { user_id: "john_doe" }, template: "news", variables: { title } });
      const error = await refused(answer, 422);
      expect(error.field).toBe("subject");
      expect(answer.text).not.toContain("everybody@example.com");
    }
  });

  test("newer than the message's isn't used: it keeps the one it came with", async () => {
    await put("kept", { subject: "First", body: "One" });
    await fault("status:429", { method: "POST", path: "/messages" });
    const answer = await notify({ to: { user_id: "john_doe" }, template: "kept" }, { headers: ASYNC });
    expect(answer.status).toBe(202);
    await put("kept", { subject: "Second", body: "Two" });
    const message = await settled(it, idOf(answer));
    expect(message).toMatchObject({
      state: "sent",
      template: { name: "kept", version: 1 },
      request: { subject: "First" },
    });
    const next = await notify(
      { to: { user_id: "john_doe" }, template: "kept" },
      { headers: { "idempotency-key": "of-the-second" } },
    );
    expect(next.body.subject).toBe("Second");
  });
});

describe("a text", () => {
  test("is sent as it is: nothing is filled in", async () => {
    const body = text({ subject: "{{ contact.name }} {% if x %}", body: "<p>{{ variables.plan }} &amp; {# no #}</p>" });
    expect((await notify(body)).status).toBe(200);
    expect((await ledger())[0]).toMatchObject({ subject: body.subject, body: body.body });
  });

  test.each([
    [undefined, "plain"],
    ["plain", "plain"],
    ["personal", "personal"],
  ])("of the style %s looks %s", async (style, template) => {
    expect((await notify(text({ style }))).status).toBe(200);
    expect((await ledger())[0].template).toBe(template);
  });
});

describe("from", () => {
  test("is the admin who's named, or else the operator's", async () => {
    await notify(text({ from: { type: "admin", id: "1234570" } }));
    await notify(text());
    expect((await ledger()).map(({ from }) => from)).toEqual([
      { type: "admin", id: "1234570" },
      { type: "admin", id: SENDER },
    ]);
  });

  test("is needed where the operator names nobody", async () => {
    const error = await refused(await notify(text(), { of: senderless }), 422);
    expect(error.field).toBe("from");
    expect(error.message).toContain("SENDER_ADMIN_ID");
    const answer = await notify(text({ from: { type: "admin", id: SENDER } }), { of: senderless });
    expect(answer.status).toBe(200);
  });

  test("who isn't there is Intercom's own refusal", async () => {
    const answer = await notify(text({ from: { type: "admin", id: "99" } }));
    expect([answer.status, answer.headers.get("x-intercom-edge")]).toEqual([404, "upstream"]);
    expect(await ledger()).toEqual([]);
  });
});

describe("what is wrong is named, and nothing is asked of Intercom", () => {
  const good = { to: { user_id: "john_doe" }, subject: "Hi", body: "Ho" };
  const templated = { to: { user_id: "john_doe" }, template: "welcome", variables: { plan: "pro" } };
  test.each([
    ["to", { ...good, to: undefined }],
    ["to", { ...good, to: null }],
    ["to", { ...good, to: {} }],
    ["to", { ...good, to: "john_doe" }],
    ["to", { ...good, to: [] }],
    ["to", { ...good, to: { id: JOHN, email: "john@example.com" } }],
    ["to.name", { ...good, to: { name: "John" } }],
    ["to.type", { ...good, to: { type: "user", id: JOHN } }],
    ["to.email", { ...good, to: { email: "john" } }],
    ["to.email", { ...good, to: { email: "a b@example.com" } }],
    ["to.id", { ...good, to: { id: "../me" } }],
    ["to.id", { ...good, to: { id: 5 } }],
    ["to.id", { ...good, to: { id: "" } }],
    ["to.user_id", { ...good, to: { user_id: "a/../b" } }],
    ["to.user_id", { ...good, to: { user_id: "\0" } }],
    ["template", { to: good.to }],
    ["template", { ...templated, template: "Not A Name" }],
    ["template", { ...templated, template: "" }],
    ["template", { ...templated, template: 5 }],
    ["subject", { ...templated, subject: "Hi" }],
    ["body", { ...templated, body: "Hi" }],
    ["style", { ...templated, style: "plain" }],
    ["subject", { ...good, subject: undefined }],
    ["subject", { ...good, subject: " " }],
    ["subject", { ...good, subject: 5 }],
    ["subject", { ...good, subject: "a\nb" }],
    ["subject", { ...good, subject: "a\u2028b" }],
    ["body", { ...good, body: undefined }],
    ["body", { ...good, body: "" }],
    ["body", { ...good, body: {} }],
    ["variables", { ...good, variables: { plan: "pro" } }],
    ["variables", { ...templated, variables: [] }],
    ["variables", { ...templated, variables: "pro" }],
    ["style", { ...good, style: "fancy" }],
    ["style", { ...good, style: 1 }],
    ["from", { ...good, from: "1234567" }],
    ["from.id", { ...good, from: { type: "admin" } }],
    ["from.type", { ...good, from: { id: SENDER } }],
    ["from.type", { ...good, from: { type: "user", id: SENDER } }],
    ["from.id", { ...good, from: { type: "admin", id: "a/b" } }],
    ["from.name", { ...good, from: { type: "admin", id: SENDER, name: "x" } }],
    ["tempalte", { ...good, tempalte: "welcome" }],
  ])("%s: %j", async (field, json) => {
    const answer = await notify(json);
    const error = await refused(answer, 422);
    expect(error.field).toBe(field);
    expect(await requests()).toEqual([]);
  });

  test.each([
    ["no JSON", "{", 400],
    ["a list", "[]", 422],
    ["nothing", "", 400],
    ["a text", '"hi"', 422],
    ["null", "null", 422],
  ])("a body that is %s", async (_, body, status) => {
    const answer = await it.ask("/edge/notify", {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
    });
    expect([400, 422]).toContain(answer.status);
    expect(answer.body.type).toBe("error.list");
    expect(await requests()).toEqual([]);
    expect(status).toBeGreaterThan(0);
  });

  test("no value of the caller's is in an error", async () => {
    for (const json of [
      { ...good, to: { email: "secret value" } },
      { ...good, style: "secret value" },
      { ...good, from: { type: "secret value", id: "1" } },
    ]) {
      expect((await notify(json)).text).not.toContain("secret value");
    }
  });
});

describe("keys, repeats and not waiting", () => {
  test("a key: the stored answer, and another request is 422", async () => {
    const headers = { "idempotency-key": "welcome-john" };
    const body = text();
    const first = await notify(body, { headers });
    const again = await notify(body, { headers });
    expect([again.status, again.text, isReplayed(again)]).toEqual([200, first.text, true]);
    const other = await notify(text(), { headers });
    expect([other.status, firstError(other).code]).toEqual([422, "idempotency_key_reused"]);
    const others = await notify(text(), { headers, as: "other" });
    expect([others.status, isReplayed(others)]).toEqual([200, false]);
    expect(await ledger()).toHaveLength(2);
  });

  test("a key isn't used up by a message that never went out", async () => {
    const headers = { "idempotency-key": "to-nobody" };
    const body = text({ to: { user_id: "nobody" } });
    const first = await notify(body, { headers });
    const again = await notify(body, { headers });
    expect([again.status, idOf(again), isReplayed(again)]).toEqual([404, idOf(first), false]);
    const other = await notify(text(), { headers });
    expect([other.status, idOf(other), isReplayed(other)]).toEqual([200, idOf(first), false]);
  });

  test("a repeat without a key is the same message; after a failure it is tried anew", async () => {
    const body = text();
    const both = await Promise.all([notify(body), notify(body)]);
    expect(new Set(both.map(idOf)).size).toBe(1);
    expect(await ledger()).toHaveLength(1);
    const nobody = text({ to: { user_id: "nobody" } });
    expect(idOf(await notify(nobody))).not.toBe(idOf(await notify(nobody)));
  });

  test("the same body at POST /messages is another request", async () => {
    const headers = { "idempotency-key": "one-key", "intercom-version": "2.14" };
    const body = text();
    await notify(body, { headers });
    const other = await it.ask("/messages", { headers, json: body });
    expect(other.status).toBe(422);
  });

  test("respond-async: 202, and it is sent", async () => {
    const answer = await notify(text(), { headers: ASYNC });
    expect(answer.status).toBe(202);
    expect(answer.headers.get("location")).toBe(`/edge/messages/${idOf(answer)}`);
    expect(answer.headers.get("preference-applied")).toBe("respond-async");
    expect((await settled(it, idOf(answer))).state).toBe("sent");
  });

  test.each(["accept_then:502", "reset", "empty200"])("after %s: unknown, and not sent again", async (kind) => {
    await fault(kind, { method: "POST", path: "/messages" });
    const body = text();
    const first = await notify(body);
    isUnknown(first);
    const again = await notify(body);
    expect([again.status, again.text, isReplayed(again)]).toEqual([502, first.text, true]);
    expect(await ledger()).toHaveLength(1);
    expect(await posts()).toHaveLength(1);
  });

  test("where finding the person fails, nothing was sent", async () => {
    await fault("status:500", { path: "/contacts/*", times: 5 });
    const answer = await notify(text());
    expect(answer.status).toBe(502);
    expect(firstError(answer).code).not.toBe("message_unknown");
    expect((await shown(it, idOf(answer))).state).toBe("failed");
    expect(await posts()).toEqual([]);
  });
});

describe("who may", () => {
  test("messages:send, and nothing else is needed", async () => {
    const answer = await notify(
      { to: { user_id: "john_doe" }, template: "welcome", variables: { plan: "pro" } },
      { as: "sender" },
    );
    expect(answer.status).toBe(200);
    const refusal = await notify(text(), { as: "reader" });
    expect(refusal.status).toBe(403);
    expect(refusal.headers.get("www-authenticate")).toContain("messages:send");
    expect((await notify(text(), { as: null })).status).toBe(401);
    expect(await ledger()).toHaveLength(1);
  });

  test("by POST alone", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await it.ask("/edge/notify", { method });
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
    }
    expect((await it.ask("/edge/notify/more", { method: "POST", json: text() })).status).toBe(404);
  });
});

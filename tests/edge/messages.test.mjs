// POST /messages in the dialect of API 1.x: who is meant, what is wrong, and nothing sent twice.

import { beforeEach, expect, test } from "vitest";
import { everybody, fault, intercom, messages, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

let admin;

beforeEach(async () => {
  await reset();
  [admin] = (await intercom("GET", "/admins")).admins;
  await reset();
});

let count = 0;
/** An e-mail of its own: the same one again would be a repeat. */
const email = (to, more = {}) => ({
  message_type: "email",
  subject: `Hey ${++count}`,
  body: "How are you ?",
  template: "plain",
  from: { type: "admin", id: admin.id },
  to,
  ...more,
});

test("to a user by user_id, id and e-mail, and to a lead by id and user_id", async () => {
  const john = await intercom("GET", "/contacts/find_by_external_id/john_doe");
  const [lead] = await everybody("lead");
  for (const [to, id, type] of [
    [{ type: "user", user_id: "john_doe" }, john.id, "user"],
    [{ type: "user", id: john.id }, john.id, "user"],
    [{ type: "user", email: "john@example.com" }, john.id, "user"],
    [{ type: "contact", id: lead.id }, lead.id, "lead"],
    [{ type: "contact", user_id: lead.external_id }, lead.id, "lead"],
  ]) {
    const before = (await messages()).length;
    const answer = await ask("/messages", { json: email(to) });
    expect(answer.status, JSON.stringify([to, answer.body])).toBe(200);
    const arrived = (await requests()).filter(({ method, path }) => method === "POST" && path === "/messages").at(-1);
    const body = typeof arrived.body === "string" ? JSON.parse(arrived.body) : arrived.body;
    expect(body.to).toEqual({ type, id });
    expect(await messages()).toHaveLength(before + 1);
  }
});

test("an in-app message, in both spellings", async () => {
  for (const message_type of ["inapp", "in_app"]) {
    const answer = await ask("/messages", {
      json: {
        message_type,
        body: "Hi",
        from: { type: "admin", id: admin.id },
        to: { type: "user", user_id: "john_doe" },
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.body.message_type).toBe("inapp");
  }
});

test("a contact writes without a to, named by id, user_id or e-mail", async () => {
  const john = await intercom("GET", "/contacts/find_by_external_id/john_doe");
  for (const name of [{ id: john.id }, { user_id: "john_doe" }, { email: "john@example.com" }]) {
    const answer = await ask("/messages", { json: { from: { type: "user", ...name }, body: "I have a question" } });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      type: "user_message",
      body: "I have a question",
      conversation_id: expect.any(String),
    });
  }
  expect((await messages()).map(({ request }) => request)).toEqual(
    Array(3).fill({ from: { type: "user", id: john.id }, body: "I have a question" }),
  );
});

test("several people with one e-mail: 409 with their ids, nothing sent", async () => {
  const twins = (await everybody("user")).filter(({ email }) => email === "twins@example.com").map(({ id }) => id);
  const answer = await ask("/messages", { json: email({ type: "user", email: "twins@example.com" }) });
  expect(answer.status).toBe(409);
  expect(firstError(answer).field).toBe("to.email");
  expect([...firstError(answer).ids].sort()).toEqual(twins.sort());
  for (const id of twins) expect(firstError(answer).message).toContain(id);
  expect(answer.text).not.toContain("twins@example.com");
  expect(await messages()).toEqual([]);
});

test("nobody: 404, nothing sent", async () => {
  for (const to of [
    { type: "user", user_id: "nobody" },
    { type: "user", email: "nobody@example.com" },
    { type: "user", id: "000000000000000000000000" },
  ]) {
    const answer = await ask("/messages", { json: email(to) });
    expect(answer.status, JSON.stringify(to)).toBe(404);
    expect(firstError(answer).code).toBe("not_found");
  }
  expect(await messages()).toEqual([]);
});

test.each([
  ["message_type", (message) => ({ ...message, message_type: "fax" })],
  ["message_type", ({ message_type, ...message }) => message],
  ["body", ({ body, ...message }) => message],
  ["body", (message) => ({ ...message, body: "  " })],
  ["body", (message) => ({ ...message, body: 7 })],
  ["subject", ({ subject, ...message }) => message],
  ["subject", (message) => ({ ...message, subject: ["a"] })],
  ["template", (message) => ({ ...message, template: {} })],
  ["from", ({ from, ...message }) => message],
  ["from", (message) => ({ ...message, from: "admin" })],
  ["from.id", (message) => ({ ...message, from: { type: "admin" } })],
  ["from.id", (message) => ({ ...message, from: { type: "admin", id: "../me" } })],
  ["from.type", (message) => ({ ...message, from: { type: "robot", id: "1" } })],
  ["to", ({ to, ...message }) => message],
  ["to", (message) => ({ ...message, to: null })],
  ["to", (message) => ({ ...message, to: [] })],
  ["to", (message) => ({ ...message, to: { type: "user" } })],
  ["to.type", (message) => ({ ...message, to: { id: "1" } })],
  ["to.id", (message) => ({ ...message, to: { type: "user", id: "a/b" } })],
  ["to.id", (message) => ({ ...message, to: { type: "user", id: "💥" } })],
  ["to.user_id", (message) => ({ ...message, to: { type: "user", user_id: "a/../b" } })],
  ["to.user_id", (message) => ({ ...message, to: { type: "user", user_id: "\0" } })],
  ["to.id", (message) => ({ ...message, to: { type: "user", id: {}, email: "john@example.com" } })],
  ["to.email", (message) => ({ ...message, to: { type: "user", email: "nonsense" } })],
])("what is wrong is named: %s", async (field, spoil) => {
  const answer = await ask("/messages", { json: spoil(email({ type: "user", user_id: "john_doe" })) });
  expect([400, 422]).toContain(answer.status);
  expect(answer.body.type).toBe("error.list");
  expect(firstError(answer).field).toBe(field);
  expect(await requests()).toEqual([]);
});

test("an unsubscribed person: Intercom's own error passes", async () => {
  const unsubscribed = (await everybody("user")).find((user) => user.unsubscribed_from_emails);
  const answer = await ask("/messages", { json: email({ type: "user", id: unsubscribed.id }) });
  expect(answer.status).toBe(403);
  expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
  expect(await messages()).toEqual([]);
});

test.each(["accept_then:502", "accept_then:500", "reset", "truncate", "empty200"])(
  "a send that %s is reported and not sent again",
  async (kind) => {
    await fault(kind, { method: "POST", path: "/messages", times: 1 });
    const answer = await ask("/messages", { json: email({ type: "user", user_id: "john_doe" }) });
    expect(answer.status).toBe(502);
    expect(answer.body.type).toBe("error.list");
    expect(firstError(answer)).toMatchObject({
      code: "message_unknown",
      state: "unknown",
      message: expect.stringContaining("may or may not have arrived"),
    });
    const sends = (await requests()).filter(({ method, path }) => method === "POST" && path === "/messages");
    expect(sends.length).toBeLessThanOrEqual(1);
    expect((await messages()).length).toBeLessThanOrEqual(1);
    const again = await ask("/admins");
    expect(again.status).toBe(200);
  },
);

test("where finding the recipient fails, nothing was sent, and nothing says so", async () => {
  await fault("status:500", { path: "/contacts/find_by_external_id/*", times: 10 });
  const answer = await ask("/messages", { json: email({ type: "user", user_id: "john_doe" }) });
  expect(answer.status).toBe(502);
  expect(firstError(answer).message).not.toMatch(/unknown|may or may not have arrived/);
  expect(await messages()).toEqual([]);
});

test("a send that meets a 429 is sent again when the window turns, as long as its caller waits", async () => {
  await fault("status:429", { method: "POST", path: "/messages", times: 5 });
  const answer = await ask("/messages", { json: email({ type: "user", user_id: "john_doe" }) });
  expect(answer.status).toBe(429);
  expect(answer.headers.get("x-ratelimit-reset")).toBeTruthy();
  const sends = (await requests()).filter(({ method, path }) => method === "POST" && path === "/messages");
  expect(sends.length).toBeGreaterThan(1);
  expect(await messages()).toEqual([]);
});

// Messages from the package through the real Worker: sent once, one-call notifications, templates and
// batches.

import { Intercom } from "intercom-edge";
import { beforeEach, expect, test } from "vitest";
import { fault, messages, reset } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const from = { type: "admin", id: "1234567" };
const key = () => crypto.randomUUID();
const email = () => ({
  message_type: "email",
  subject: key(),
  body: "How are you?",
  template: "plain",
  from,
  to: { type: "user", id: JOHN },
});

beforeEach(() => reset());

test("a key makes a message one, however often it is sent", async () => {
  const message = email();
  const idempotencyKey = key();
  const [first, again] = [
    await intercom.messages.send(message, { idempotencyKey }),
    await intercom.messages.send(message, { idempotencyKey }),
  ];
  expect(again).toEqual(first);
  expect(await intercom.messages.get(first.messageId)).toMatchObject({ id: first.messageId, state: "sent" });
  await expect(intercom.messages.send(email(), { idempotencyKey })).rejects.toMatchObject({
    status: 422,
    code: "idempotency_key_reused",
  });
  expect(await messages()).toHaveLength(1);
});

test("what Intercom accepted and answered with 502 is unknown, and is told as such by its id", async () => {
  await fault("accept_then:502", { method: "POST", path: "/messages" });
  const error = await intercom.messages.send(email(), { idempotencyKey: key() }).catch((error) => error);
  expect(error).toMatchObject({
    name: "UpstreamError",
    status: 502,
    code: "message_unknown",
    messageId: expect.any(String),
  });
  const known = await intercom.messages.get(error.messageId);
  expect(known).toMatchObject({ state: "unknown", request: { body: "How are you?" } });
  expect((await intercom.messages.list({ state: "unknown" }).pages().next()).value.data[0].id).toBe(error.messageId);
  expect(await messages()).toHaveLength(1);

  // A person has looked and says so.
  expect(await intercom.messages.retry(error.messageId)).toMatchObject({ type: "admin_message" });
  expect(await intercom.messages.get(error.messageId)).toMatchObject({ state: "sent" });
  expect(await messages()).toHaveLength(2);
});

test("a template is stored, previewed and sent in one call", async () => {
  const stored = await intercom.templates.put("npm-welcome", {
    subject: "Hi {{ contact.name | default('there') }}",
    body: "<p>You are on {{ variables.plan }}, says {{ admin.name }}.</p>",
  });
  expect(stored).toMatchObject({ type: "edge.template", name: "npm-welcome", version: expect.any(Number) });
  const to = { user_id: "john_doe" };
  await expect(intercom.templates.preview("npm-welcome", { to, from })).rejects.toMatchObject({
    status: 422,
    code: "template_invalid",
  });
  const preview = await intercom.templates.preview("npm-welcome", { to, from, variables: { plan: "<pro>" } });
  expect(preview.body).toContain("You are on &lt;pro&gt;, says ");
  const sent = await intercom.notify({ to, template: "npm-welcome", variables: { plan: "<pro>" }, from });
  expect(sent).toMatchObject({ type: "admin_message", subject: preview.subject, body: preview.body });
  const [{ request }] = await messages();
  expect(request).toMatchObject({ to: { type: "user", id: JOHN }, from, subject: preview.subject });
  await intercom.templates.delete("npm-welcome");
  await expect(intercom.templates.get("npm-welcome")).rejects.toMatchObject({ status: 404 });
});

test("a mistake in a notification, or two people with one address, is named before anything is sent", async () => {
  await expect(
    intercom.notify({ to: { user_id: "john_doe" }, subject: "a\nb", body: "c", from }),
  ).rejects.toMatchObject({ status: 422, errors: [{ field: "subject" }] });
  const error = await intercom
    .notify({ to: { email: "twins@example.com" }, subject: key(), body: "c", from })
    .catch((error) => error);
  expect(error).toMatchObject({ status: 409, errors: [{ ids: [expect.any(String), expect.any(String)] }] });
  expect(await messages()).toEqual([]);
});

test("a batch is watched to its end, and told recipient by recipient", async () => {
  await intercom.templates.put("npm-news", { subject: "News", body: `<p>{{ variables.at }} ${key()}</p>` });
  const to = [
    { user_id: "john_doe" },
    { id: JOHN },
    { user_id: "nobody" },
    { id: "5bb2f45a1e099bf2d553a2d9", variables: { at: "own" } },
  ];
  const batch = await intercom.messages.batch(
    { template: "npm-news", to, from, variables: { at: "all" } },
    { idempotencyKey: key() },
  );
  const seen = [];
  for await (const progress of batch) seen.push(progress);
  expect(seen.at(-1)).toMatchObject({
    state: "done",
    total: 3,
    sent: 2,
    failed: 1,
    unknown: 0,
    queued: 0,
    duplicates: 1,
  });
  expect((await messages()).map(({ request }) => request.body.slice(3, 6)).sort()).toEqual(["all", "own"]);
  const csv = (await (await batch.result("csv")).text()).trim().split("\r\n");
  expect(csv[0]).toBe("recipient,contact_id,state,id,message_id,cause,finished_at");
  expect(csv).toHaveLength(4);
  const lines = (await (await batch.result("ndjson")).text())
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.map(({ state }) => state).sort()).toEqual(["failed", "sent", "sent"]);
  expect((await intercom.messages.batches.get(batch.id)).progress).toMatchObject({ state: "done" });
});

test("a batch of a search is paused, resumed and cancelled", async () => {
  await intercom.templates.put("npm-slow", { subject: "News", body: `<p>${key()}</p>` });
  const search = { query: { field: "role", operator: "=", value: "user" } };
  const batch = await intercom.messages.batch({ template: "npm-slow", search, from });
  await batch.pause();
  expect(["paused", "done"]).toContain(batch.progress.state);
  await batch.resume();
  await batch.cancel();
  for await (const { state } of batch) expect(["cancelled", "done"]).toContain(state);
  const { queued, sending, total, sent, failed } = batch.progress;
  expect(queued + sending).toBe(0);
  expect((await messages()).length).toBe(sent);
  expect(sent + failed).toBe(total);
});

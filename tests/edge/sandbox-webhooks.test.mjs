// The sandbox sends a webhook for each change: Intercom's topics, signed, with retries, and with faults on demand. The
// receiver here is a server of Node.

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { logs, root } from "../../scripts/paths.mjs";
import { ask, deliveries, everybody, fault, intercom, reset, sendWebhook, subscribe } from "../sandbox.mjs";

const JOHN = "5bb2f45a1e099bf2d553a2d5";
const LEAD = "5bb2f45a1e099bf2d553a2d9";
const ADMIN = "1234567";
const SECRET = "client-secret-of-the-test";
const HUB_SECRET = "hub-secret-of-the-test";

/** The requests that arrived: their headers, the raw body, and the notification in it. */
let received = [];
/** Answers a request: returns the status, or a promise of it. */
let answer = () => 200;
let server;
let url;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks = await Array.fromAsync(request);
    const body = Buffer.concat(chunks);
    const arrived = { method: request.method, headers: request.headers, body, notification: JSON.parse(body) };
    received.push(arrived);
    response.statusCode = await answer(arrived);
    response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${server.address().port}/hooks`;
});

afterAll(async () => {
  await reset();
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  await reset({ limit_per_10s: 1_000_000 });
  received = [];
  answer = () => 200;
  await subscribe({ url, secret: SECRET, hub_secret: HUB_SECRET });
});

/** Waits until a condition holds. */
async function eventually(condition) {
  while (!(await condition())) await sleep(20);
}

/** Waits until nothing is to be sent, and returns the counts. */
async function settled() {
  await eventually(async () => (await deliveries(0)).pending === 0);
  return deliveries();
}

/** Makes changes, waits for their webhooks, and returns topic and item of each, sorted by topic. */
async function sentBy(change) {
  await settled();
  received = [];
  await change();
  await settled();
  const sent = received.map(({ notification }) => ({ topic: notification.topic, item: notification.data.item }));
  return sent.sort((a, b) => (a.topic < b.topic ? -1 : 1));
}

const topicsOf = async (change) => (await sentBy(change)).map(({ topic }) => topic);

const signature = (body, secret = SECRET) => `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;

const create = (contact) => intercom("POST", "/contacts", contact);

describe("a notification", () => {
  test("is Intercom's envelope, signed over the raw bytes", async () => {
    const before = Math.floor(Date.now() / 1000);
    const contact = await create({ email: "jürgen@example.com", name: "Jürgen 🏆" });
    await settled();
    expect(received).toHaveLength(1);
    const [{ method, headers, body, notification }] = received;
    expect(method).toBe("POST");
    expect(headers["content-type"]).toBe("application/json");
    expect(headers["user-agent"]).toBe("intercom-parrot-service-client/1.0");
    expect(headers["x-hub-signature"]).toBe(signature(body));
    expect(notification).toEqual({
      type: "notification_event",
      app_id: "bdguin94",
      id: expect.stringMatching(/^notif_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/),
      topic: "contact.user.created",
      data: { type: "notification_event_data", item: contact },
      links: {},
      self: null,
      created_at: expect.any(Number),
      first_sent_at: expect.any(Number),
      delivery_attempts: 1,
      delivery_status: "pending",
      delivered_at: 0,
    });
    expect(notification.created_at).toBeGreaterThanOrEqual(before);
  });

  test("is sent for a change whose response a fault replaces", async () => {
    await fault("accept_then:502", { method: "POST", path: "/contacts" });
    expect(await topicsOf(() => create({ email: "a@example.com" }))).toEqual(["contact.user.created"]);
  });

  test("is not sent for a read, a rejected request, or a change that changes nothing", async () => {
    expect(
      await topicsOf(async () => {
        await intercom("GET", `/contacts/${JOHN}`);
        await intercom("GET", "/conversations");
        await create({ email: "john@example.com" });
        await intercom("PUT", `/contacts/${JOHN}`, { email: "john@example.com" });
        await intercom("POST", "/tags", { name: "A new tag" });
      }),
    ).toEqual([]);
  });
});

describe("the topics", () => {
  test("of a contact: created, changed, archived, restored, deleted", async () => {
    const user = await create({ external_id: "u1", email: "u1@example.com" });
    const lead = await create({ role: "lead" });
    const put = (id, change) => topicsOf(() => intercom("PUT", `/contacts/${id}`, change));
    expect(await put(user.id, { name: "U" })).toEqual(["contact.user.updated"]);
    expect(await put(user.id, { custom_attributes: { plan: "pro" } })).toEqual(["contact.user.updated"]);
    expect(await put(user.id, { email: "u2@example.com" })).toEqual(["contact.email.updated"]);
    expect(await put(lead.id, { email: "lead1@example.com" })).toEqual(["contact.lead.added_email"]);
    expect(await put(lead.id, { email: "lead2@example.com", phone: "1" })).toEqual([
      "contact.email.updated",
      "contact.lead.updated",
    ]);
    expect(await put(lead.id, { role: "user" })).toEqual(["contact.lead.signed_up"]);
    expect(await topicsOf(() => intercom("POST", `/contacts/${user.id}/archive`))).toEqual(["contact.archived"]);
    expect(await topicsOf(() => intercom("POST", `/contacts/${user.id}/unarchive`))).toEqual(["contact.unarchived"]);
    expect(await sentBy(() => intercom("DELETE", `/contacts/${user.id}`))).toEqual([
      { topic: "contact.deleted", item: { type: "contact", id: user.id, external_id: "u1", deleted: true } },
    ]);
  });

  test("of a new lead, and of a lead that is merged", async () => {
    const [{ topic, item: lead }] = await sentBy(() => create({ role: "lead", name: "L" }));
    expect(topic).toBe("contact.lead.created");
    const sent = await sentBy(() => intercom("POST", "/contacts/merge", { from: lead.id, into: JOHN }));
    expect(sent).toHaveLength(1);
    expect(sent[0].topic).toBe("contact.merged");
    const { merged_from, ...john } = sent[0].item;
    expect(merged_from).toEqual({ type: "contact", id: lead.id });
    expect(john).toEqual(await intercom("GET", `/contacts/${JOHN}`));
  });

  test("of tags, with the tag and the contact, also if the tag is deleted", async () => {
    const user = await create({ email: "u@example.com" });
    const [added] = await sentBy(() => intercom("POST", `/contacts/${user.id}/tags`, { id: "105" }));
    expect(added).toEqual({
      topic: "contact.user.tag.created",
      item: {
        type: "contact_tag",
        created_at: expect.any(Number),
        tag: { type: "tag", id: "105", name: "Überfällig" },
        contact: await intercom("GET", `/contacts/${user.id}`),
      },
    });
    const removed = await topicsOf(() => intercom("DELETE", `/contacts/${user.id}/tags/105`));
    expect(removed).toEqual(["contact.user.tag.deleted"]);
    expect(await topicsOf(() => intercom("POST", `/contacts/${LEAD}/tags`, { id: "105" }))).toEqual([
      "contact.lead.tag.created",
    ]);
    const { id } = await intercom("POST", "/tags", { name: "Short-lived", users: [{ id: user.id }, { id: LEAD }] });
    await settled();
    const deleted = await sentBy(() => intercom("DELETE", `/tags/${id}`));
    expect(deleted.map(({ topic }) => topic)).toEqual(["contact.lead.tag.deleted", "contact.user.tag.deleted"]);
    for (const { item } of deleted) expect(item.tag).toEqual({ type: "tag", id, name: "Short-lived" });
  });

  test("of subscriptions: to e-mails, and to a type of message", async () => {
    const set = (unsubscribed_from_emails) =>
      topicsOf(() => intercom("PUT", `/contacts/${JOHN}`, { unsubscribed_from_emails }));
    expect(await set(true)).toEqual(["contact.unsubscribed"]);
    expect(await set(false)).toEqual(["contact.subscribed"]);
    const opt = (consent_type) =>
      sentBy(() => intercom("POST", `/contacts/${JOHN}/subscriptions`, { id: "91", consent_type }));
    const [out] = await opt("opt_out");
    expect(out.topic).toBe("granular.unsubscribe");
    expect(out.item).toMatchObject({
      type: "granular_unsubscribe",
      contact: { id: JOHN },
      subscription_types: { type: "list", data: [{ type: "subscription", id: "91" }] },
    });
    expect((await opt("opt_in")).map(({ topic }) => topic)).toEqual(["granular.subscribe"]);
  });

  test("of companies and their contacts", async () => {
    const [created] = await sentBy(() => intercom("POST", "/companies", { company_id: "c1", name: "C" }));
    expect(created).toEqual({
      topic: "company.created",
      item: await intercom("GET", `/companies/${created.item.id}`),
    });
    const { id } = created.item;
    const updated = await sentBy(() => intercom("PUT", `/companies/${id}`, { name: "D" }));
    expect(updated).toMatchObject([{ topic: "company.updated", item: { id, name: "D" } }]);
    const attached = await sentBy(() => intercom("POST", `/contacts/${JOHN}/companies`, { id }));
    expect(attached).toMatchObject([
      { topic: "company.contact.attached", item: { company: { id, user_count: 1 }, contact: { id: JOHN } } },
    ]);
    const deleted = await sentBy(() => intercom("DELETE", `/companies/${id}`));
    expect(deleted).toMatchObject([
      { topic: "company.contact.detached", item: { company: { id, name: "D" }, contact: { id: JOHN } } },
      { topic: "company.deleted", item: { type: "company", id, deleted: true } },
    ]);
  });

  test("of conversations, each with only its new part", async () => {
    const from = { type: "user", id: JOHN };
    const [started] = await sentBy(() => intercom("POST", "/conversations", { from, body: "Hello" }));
    expect(started.topic).toBe("conversation.user.created");
    const { id } = started.item;
    const { conversation_parts: none, ...conversation } = await intercom("GET", `/conversations/${id}`);
    expect(started.item).toEqual({ ...conversation, conversation_parts: none });

    const steps = [
      ["reply", { type: "user", intercom_user_id: JOHN, message_type: "comment", body: "?" }, "user.replied"],
      ["reply", { type: "admin", admin_id: ADMIN, message_type: "comment", body: "!" }, "admin.replied"],
      ["reply", { type: "admin", admin_id: ADMIN, message_type: "note", body: "…" }, "admin.noted"],
      ["parts", { type: "admin", admin_id: ADMIN, message_type: "close" }, "admin.closed"],
      ["parts", { admin_id: ADMIN, message_type: "open" }, "admin.opened"],
      ["parts", { admin_id: ADMIN, message_type: "snoozed", snoozed_until: 4_102_444_800 }, "admin.snoozed"],
      ["parts", { admin_id: ADMIN, message_type: "open" }, "admin.unsnoozed"],
      ["parts", { type: "admin", admin_id: ADMIN, message_type: "assignment", assignee_id: ADMIN }, "admin.assigned"],
    ];
    for (const [path, body, topic] of steps) {
      const sent = await sentBy(() => intercom("POST", `/conversations/${id}/${path}`, body));
      expect(sent.map((each) => each.topic)).toEqual([`conversation.${topic}`]);
      const { conversation_parts: list } = await intercom("GET", `/conversations/${id}`);
      expect(sent[0].item.conversation_parts).toEqual({
        type: "conversation_part.list",
        conversation_parts: [list.conversation_parts.at(-1)],
        total_count: 1,
      });
    }

    const tag = { id: "101", admin_id: ADMIN };
    expect(await topicsOf(() => intercom("POST", `/conversations/${id}/tags`, tag))).toEqual([
      "conversation_part.tag.created",
    ]);
    const attached = await sentBy(() =>
      intercom("POST", `/conversations/${id}/customers`, { admin_id: ADMIN, customer: { intercom_user_id: LEAD } }),
    );
    expect(attached).toMatchObject([
      { topic: "conversation.contact.attached", item: { conversation: { id }, contact: { id: LEAD } } },
    ]);
    const detach = () => intercom("DELETE", `/conversations/${id}/customers/${LEAD}`, { admin_id: ADMIN });
    expect(await topicsOf(detach)).toEqual(["conversation.contact.detached"]);
    const redact = { type: "conversation_part", conversation_id: id, conversation_part_id: `${id}0001` };
    const redacted = await sentBy(() => intercom("POST", "/conversations/redact", redact));
    expect(redacted).toMatchObject([
      {
        topic: "conversation_part.redacted",
        item: { conversation_parts: { conversation_parts: [{ id: `${id}0001`, redacted: true }] } },
      },
    ]);
    expect(await topicsOf(() => intercom("PUT", `/conversations/${id}`, { read: false }))).toEqual([]);
    expect(await topicsOf(() => intercom("PUT", `/conversations/${id}`, { read: true }))).toEqual([
      "conversation.read",
    ]);
    expect(await sentBy(() => intercom("DELETE", `/conversations/${id}`))).toEqual([
      { topic: "conversation.deleted", item: { type: "conversation", conversation_id: id } },
    ]);
  });

  test("of tickets", async () => {
    const ticket = { ticket_type_id: "301", contacts: [{ id: JOHN }], ticket_attributes: { _default_title_: "T" } };
    const [created] = await sentBy(() => intercom("POST", "/tickets", ticket));
    expect(created.topic).toBe("ticket.created");
    const { id } = created.item;
    expect(created.item).toEqual(await intercom("GET", `/tickets/${id}`));
    const state = await sentBy(() => intercom("PUT", `/tickets/${id}`, { ticket_state_id: "402" }));
    expect(state).toMatchObject([{ topic: "ticket.state.updated", item: { type: "ticket", id } }]);
    const assign = (assignee_id) => topicsOf(() => intercom("PUT", `/tickets/${id}`, { assignee_id }));
    expect(await assign(ADMIN)).toEqual(["ticket.admin.assigned"]);
    expect(await assign("9999999")).toEqual(["ticket.team.assigned"]);
    const attributes = { ticket_attributes: { _default_title_: "U" } };
    expect(await topicsOf(() => intercom("PUT", `/tickets/${id}`, attributes))).toEqual(["ticket.attribute.updated"]);
    const reply = (body) => sentBy(() => intercom("POST", `/tickets/${id}/reply`, body));
    const [note] = await reply({ type: "admin", admin_id: ADMIN, message_type: "note", body: "N" });
    expect(note).toMatchObject({
      topic: "ticket.note.created",
      item: { type: "ticket_ticket_part", ticket: { id }, ticket_part: { part_type: "note", body: "<p>N</p>" } },
    });
    const [comment] = await reply({ type: "admin", admin_id: ADMIN, message_type: "comment", body: "A" });
    expect(comment.topic).toBe("ticket.admin.replied");
    const [answered] = await reply({ type: "user", intercom_user_id: JOHN, message_type: "comment", body: "B" });
    expect(answered.topic).toBe("ticket.contact.replied");
    expect(await topicsOf(() => intercom("PUT", `/tickets/${id}`, { open: false }))).toEqual(["ticket.closed"]);
    const enqueued = await sentBy(() => intercom("POST", "/tickets/enqueue", ticket));
    expect(enqueued).toMatchObject([
      { topic: "job.completed", item: { type: "job", status: "success" } },
      { topic: "ticket.created" },
    ]);
  });

  test("of admins, events, articles and visitors", async () => {
    const away = { away_mode_enabled: true, away_mode_reassign: false };
    const admins = await sentBy(() => intercom("PUT", `/admins/${ADMIN}/away`, away));
    expect(admins).toMatchObject([
      { topic: "admin.activity_log_event.created", item: { type: "admin_activity_log_event" } },
      { topic: "admin.away_mode_updated", item: { type: "admin", id: ADMIN, away_mode_enabled: true } },
    ]);
    const event = { event_name: "ordered", created_at: 1_700_000_000, id: JOHN };
    expect(await sentBy(() => ask("POST", "/events", event))).toMatchObject([
      { topic: "event.created", item: { type: "event", event_name: "ordered", intercom_user_id: JOHN } },
    ]);
    const article = (change) => sentBy(() => intercom("PUT", "/articles/44", change));
    const [draft] = await sentBy(() => intercom("POST", "/articles", { title: "T", author_id: Number(ADMIN) }));
    expect(draft.topic).toBe("article.created");
    expect(await article({ state: "published" })).toMatchObject([{ topic: "article.published", item: { id: "44" } }]);
    expect(await article({ title: "New" })).toMatchObject([{ topic: "article.updated" }]);
    expect(await article({ state: "draft" })).toMatchObject([{ topic: "article.unpublished" }]);
    expect(await sentBy(() => intercom("DELETE", "/articles/44"))).toEqual([
      { topic: "article.deleted", item: { type: "article", id: "44", deleted: true } },
    ]);
    const visitor = { visitor: { id: "5bb2f45a1e099bf2d553a2e1" }, user: { email: "v@example.com" }, type: "user" };
    expect(await topicsOf(() => intercom("POST", "/visitors/convert", visitor))).toEqual([
      "contact.user.created",
      "visitor.signed_up",
    ]);
  });
});

describe("the subscription", () => {
  test("selects topics, and has the app's id and no secret", async () => {
    const set = await subscribe({ url, secret: SECRET, topics: ["company.*", "contact.deleted"], app_id: "other" });
    expect(set).toEqual({
      url,
      topics: ["company.*", "contact.deleted"],
      app_id: "other",
      retry_delays_ms: [1000, 5000, 30_000],
    });
    const { id } = await create({ email: "a@example.com" });
    await intercom("DELETE", `/contacts/${id}`);
    await intercom("POST", "/companies", { company_id: "c1" });
    const { subscription } = await settled();
    expect(subscription).toEqual(set);
    expect(received.map(({ notification }) => [notification.topic, notification.app_id]).sort()).toEqual([
      ["company.created", "other"],
      ["contact.deleted", "other"],
    ]);
  });

  test("is removed by DELETE and by a reset, with all deliveries", async () => {
    answer = () => new Promise(() => {});
    await create({ email: "a@example.com" });
    await eventually(() => received.length === 1);
    const response = await ask("DELETE", "/_sandbox/webhooks");
    expect(response.body).toMatchObject({ subscription: null, total: 0 });
    await create({ email: "b@example.com" });
    expect((await deliveries()).total).toBe(0);
    await subscribe({ url, secret: SECRET });
    await create({ email: "c@example.com" });
    await reset();
    expect(await deliveries()).toMatchObject({ subscription: null, total: 0, data: [] });
  });

  test("is checked: 400 with the field", async () => {
    for (const [field, body] of [
      ["url", { secret: SECRET }],
      ["url", { url: "hooks", secret: SECRET }],
      ["secret", { url }],
      ["topics", { url, secret: SECRET, topics: "*" }],
    ]) {
      const { status, body: rejection } = await ask("POST", "/_sandbox/webhooks", body);
      expect([status, rejection.errors[0].field]).toEqual([400, field]);
    }
  });
});

describe("a delivery that fails", () => {
  test("is made again until it is accepted, with the same id and the number of the attempt", async () => {
    await subscribe({ url, secret: SECRET, retry_delays_ms: [10, 10, 10] });
    const statuses = [500, 429, 302];
    answer = () => statuses.shift() ?? 200;
    await create({ email: "a@example.com" });
    const { data } = await settled();
    expect(data).toMatchObject([{ topic: "contact.user.created", state: "delivered", attempts: 4, status: 200 }]);
    expect(received.map(({ notification }) => notification.delivery_attempts)).toEqual([1, 2, 3, 4]);
    expect(new Set(received.map(({ notification }) => notification.id)).size).toBe(1);
    for (const { headers, body } of received) expect(headers["x-hub-signature"]).toBe(signature(body));
  });

  test("is made again after a second by default", async () => {
    const times = [];
    answer = () => {
      times.push(Date.now());
      return times.length === 1 ? 503 : 204;
    };
    await create({ email: "a@example.com" });
    await settled();
    // The timer of the sandbox may be early by a millisecond or two.
    expect(times[1] - times[0]).toBeGreaterThan(990);
  });

  test("is given up after the last retry, and listed", async () => {
    await subscribe({ url, secret: SECRET, retry_delays_ms: [10] });
    answer = () => 410;
    await create({ email: "a@example.com" });
    const list = await settled();
    expect(list).toMatchObject({ total: 1, pending: 0, delivered: 0, failed: 1 });
    expect(list.data).toMatchObject([{ state: "failed", attempts: 2, status: 410, error: null }]);
  });

  test("does not delay others, and no response within five seconds is a failure", async () => {
    await subscribe({ url, secret: SECRET, retry_delays_ms: [] });
    answer = ({ notification }) => (notification.data.item.name === "slow" ? new Promise(() => {}) : 200);
    await create({ email: "slow@example.com", name: "slow" });
    await create({ email: "fast@example.com" });
    await eventually(async () => (await deliveries(0)).delivered === 1);
    expect((await deliveries(0)).pending).toBe(1);
    const { data } = await settled();
    expect(data[0]).toMatchObject({ state: "failed", status: null, error: "no response within 5 seconds" });
  });

  test("does not disturb the change: the receiver may be down", async () => {
    const down = "http://127.0.0.1:1/hooks";
    await subscribe({ url: down, secret: SECRET, retry_delays_ms: [10, 10, 10] });
    expect((await create({ email: "a@example.com" })).email).toBe("a@example.com");
    const { data } = await settled();
    expect(data).toMatchObject([{ state: "failed", attempts: 4, status: null, error: expect.any(String) }]);
  });
});

test("10,000 changes at once are made without waiting, and every one is delivered", async () => {
  const CHANGES = 10_000;
  await reset({ contacts: 14_000, limit_per_10s: 1_000_000 });
  await subscribe({ url, secret: SECRET, topics: ["contact.user.tag.created"], retry_delays_ms: [1_000] });
  const users = (await everybody("user")).slice(0, CHANGES).map(({ id }) => ({ id }));
  expect(users).toHaveLength(CHANGES);
  // No response until the changes are made: a change that waits for a delivery would never end.
  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  answer = () => held.then(() => 200);
  const tag = await intercom("POST", "/tags", { name: "Many", users });
  expect((await deliveries(0)).pending).toBe(CHANGES);
  expect((await intercom("GET", `/contacts/${users[0].id}`)).tags.data).toMatchObject([{ id: tag.id }]);
  release();
  await eventually(async () => {
    await sleep(300);
    return (await deliveries(0)).pending === 0;
  });
  expect(await deliveries(0)).toMatchObject({ delivered: CHANGES, failed: 0 });
  const tagged = new Set(received.map(({ notification }) => notification.data.item.contact.id));
  const ids = new Set(received.map(({ notification }) => notification.id));
  expect([tagged.size, ids.size]).toEqual([CHANGES, CHANGES]);
}, 240_000);

test("a sandbox that is killed sends what it had not sent", async () => {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-sandbox-"));
  const { port } = await claimPorts({ port: 0 });
  const start = () =>
    startWorkerd({
      name: "The sandbox",
      config: join(root, "wrangler.sandbox.toml"),
      port,
      vars: { SANDBOX_WEBHOOK_URL: url, SANDBOX_WEBHOOK_SECRET: SECRET },
      state: join(folder, "state"),
      log: join(logs, "tests/edge/sandbox-webhooks.log"),
      health: "/_sandbox/health",
    });
  const post = (path, body) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: "POST",
      headers: { authorization: "Bearer sandbox-token" },
      body: JSON.stringify(body),
    });
  let sandbox = await start();
  try {
    answer = () => new Promise(() => {});
    const CONTACTS = 20;
    for (let number = 0; number < CONTACTS; number++) await post("/contacts", { external_id: `killed-${number}` });
    await sandbox.kill();
    received = [];
    answer = () => 200;
    sandbox = await start();
    // Those that were in flight are sent again when their attempt counts as abandoned.
    const sent = () => new Set(received.map(({ notification }) => notification.data.item.external_id));
    await eventually(() => sent().size === CONTACTS);
    for (const { headers, body } of received) expect(headers["x-hub-signature"]).toBe(signature(body));
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});

describe("on demand", () => {
  const SEND = { topic: "contact.user.updated", contact_id: JOHN };

  test("a notification about a contact, an item, or a ping", async () => {
    await sendWebhook(SEND);
    await sendWebhook({ topic: "company.moved", item: { type: "company", id: "7" } });
    await sendWebhook({ topic: "ping", id: null });
    await settled();
    const byTopic = Object.fromEntries(received.map(({ notification }) => [notification.topic, notification]));
    expect(byTopic["contact.user.updated"].data.item).toEqual(await intercom("GET", `/contacts/${JOHN}`));
    expect(byTopic["company.moved"].data.item).toEqual({ type: "company", id: "7" });
    expect(byTopic.ping).toMatchObject({ id: null, data: { item: { type: "ping" } } });
  });

  test("several times: the same id", async () => {
    const { total, data } = await sendWebhook({ ...SEND, times: 3 });
    expect(total).toBe(3);
    await settled();
    expect(received.map(({ notification }) => notification.id)).toEqual(data.map(({ id }) => id));
    expect(new Set(data.map(({ id }) => id)).size).toBe(1);
  });

  test("late", async () => {
    const before = Date.now();
    await sendWebhook({ ...SEND, delay_ms: 400 });
    await settled();
    expect(Date.now() - before).toBeGreaterThan(390);
    expect(received).toHaveLength(1);
  });

  test("out of order: the newest state first", async () => {
    // The first ones take longer: only the sandbox keeps the order.
    answer = () => sleep(60 - 10 * received.length).then(() => 200);
    await sendWebhook({ ...SEND, count: 5, order: "reversed" });
    await settled();
    const times = received.map(({ notification }) => notification.data.item.updated_at);
    expect(times).toEqual(Array.from({ length: 5 }, (_, index) => times[0] - index));
    expect(received.map(({ notification }) => notification.created_at)).toEqual(times);
    expect(new Set(received.map(({ notification }) => notification.id)).size).toBe(5);
  });

  test("with a wrong signature, or none", async () => {
    await sendWebhook({ ...SEND, signature: "wrong" });
    await settled();
    expect(received[0].headers["x-hub-signature"]).toMatch(/^sha1=[0-9a-f]{40}$/);
    expect(received[0].headers["x-hub-signature"]).not.toBe(signature(received[0].body));
    await sendWebhook({ ...SEND, signature: "missing" });
    await settled();
    expect(received[1].headers["x-hub-signature"]).toBeUndefined();
  });

  test("in the form of API 1.x: its topic, a user, and the hub secret", async () => {
    await sendWebhook({ topic: "contact.user.created", contact_id: JOHN, version: "1.x" });
    await sendWebhook({ topic: "contact.lead.created", contact_id: LEAD, version: "1.x" });
    await settled();
    const [user, lead] = received.sort((a, b) => (a.notification.topic > b.notification.topic ? -1 : 1));
    expect(user.headers["x-hub-signature"]).toBe(signature(user.body, HUB_SECRET));
    expect(user.notification).toMatchObject({
      topic: "user.created",
      data: { item: { type: "user", id: JOHN, user_id: "john_doe", email: "john@example.com" } },
    });
    expect(lead.notification).toMatchObject({ topic: "contact.created", data: { item: { type: "contact" } } });
  });

  test("of another workspace, and with an id of its own", async () => {
    await sendWebhook({ ...SEND, app_id: "elsewhere", id: "notif_mine" });
    await settled();
    expect(received[0].notification).toMatchObject({ app_id: "elsewhere", id: "notif_mine" });
  });

  test("rejects what it cannot send: 400 with the field, 409 without a subscription", async () => {
    for (const [field, body] of [
      ["topic", { contact_id: JOHN }],
      ["item", { topic: "contact.deleted" }],
      ["contact_id", { ...SEND, contact_id: "unknown" }],
      ["times", { ...SEND, times: 0 }],
      ["count", { ...SEND, count: 10_001 }],
      ["delay_ms", { ...SEND, delay_ms: -1 }],
      ["signature", { ...SEND, signature: "odd" }],
      ["version", { ...SEND, version: "3.x" }],
      ["order", { ...SEND, order: "random" }],
    ]) {
      const { status, body: rejection } = await ask("POST", "/_sandbox/webhooks/send", body);
      expect([status, rejection.errors[0].field]).toEqual([400, field]);
    }
    await ask("DELETE", "/_sandbox/webhooks");
    expect((await ask("POST", "/_sandbox/webhooks/send", SEND)).status).toBe(409);
  });
});

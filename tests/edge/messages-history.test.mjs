// Message history: recipient and subject in lists, days and other filters, counts, the export, confirming an unknown
// message, and sending a copy of a failed one. docs/messages.md, "History".

import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  email,
  idOf,
  isReplayed,
  oldEmail,
  refusing,
  send,
  sends,
  settled,
  shown,
  states,
  V1,
  V2,
  withKey,
} from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const SUPPORT = ["messages:read", "messages:retry", "messages:send"];
const keys = {
  all: ["*"],
  one: SUPPORT,
  other: SUPPORT,
  contacts: [...SUPPORT, "contacts:read", "messages:admin"],
  operator: ["messages:admin", "messages:send"],
  admin: ["messages:admin", "messages:send", "conversations:read"],
};
const it = gate("messages-history", { keys, vars: { SENDER_ADMIN_ID: "1" } });
const PERSON = {
  type: "contact",
  id: "5bb2f45a1e099bf2d553a2d5",
  external_id: "john_doe",
  role: "user",
  name: "John",
  email: "john@example.com",
};
const workspace = (request, count) => {
  if (request.url === "/contacts/search") return { body: { type: "list", data: [PERSON], total_count: 1, pages: {} } };
  return request.url.startsWith("/contacts") ? { body: PERSON } : accepting(request, count);
};
beforeEach(() => it.reply(workspace));

let made = 0;
const act = (verb, id, init = {}) => it.ask(`/edge/messages/${id}/${verb}`, { method: "POST", ...init });
const withReply = async (reply, work) => {
  it.reply(reply);
  const result = await work();
  it.reply(workspace);
  return result;
};
const unknown = (as = "all") => withReply({ status: 500 }, () => send(it, email(), { as }).then(idOf));
const failed = (as = "all", json = email()) => withReply(refusing(422), () => send(it, json, { as }).then(idOf));
const listed = async (query, as = "all") => {
  const { status, body, text } = await it.ask(`/edge/messages?${query}`, { as });
  expect(status, text).toBe(200);
  return body.data;
};

describe("lists show the recipient and the subject", () => {
  const recipient = async (id, as) => {
    const { contact_id, recipient_email, recipient_name, subject } = await shown(it, id, as);
    return [contact_id, recipient_email, recipient_name, subject];
  };

  test("of a message of API 2.x: what its body says", async () => {
    const json = email();
    const id = idOf(await send(it, json));
    expect(await recipient(id)).toEqual([PERSON.id, null, null, json.subject]);
    expect((await listed(`contact_id=${PERSON.id}`)).map((one) => one.id)).toContain(id);
  });

  test.each([
    ["user_id", { type: "user", user_id: "john_doe" }],
    ["email", { type: "user", email: PERSON.email }],
  ])("of a message of API 1.x by %s: who was found", async (_, to) => {
    const json = oldEmail({ to });
    const sent = await send(it, json, { headers: V1 });
    expect(sent.status, sent.text).toBe(200);
    expect(await recipient(idOf(sent))).toEqual([PERSON.id, PERSON.email, PERSON.name, json.subject]);
  });

  test("of a message that failed before its recipient was found: the address", async () => {
    const to = { type: "user", email: "nobody@example.com" };
    const nobody = { body: { type: "list", data: [], total_count: 0, pages: {} } };
    const sent = await withReply(nobody, () => send(it, oldEmail({ to }), { headers: V1 }));
    expect(sent.status).toBe(404);
    expect((await recipient(idOf(sent))).slice(0, 2)).toEqual([null, to.email]);
  });

  test("of a notification: who was found, and the rendered subject", async () => {
    const template = { subject: "Hi {{ contact.name }}", body: "b" };
    await it.ask("/edge/templates/history", { method: "PUT", json: template });
    const sent = await it.ask("/edge/notify", { json: { to: { user_id: "john_doe" }, template: "history" } });
    expect(await recipient(idOf(sent))).toEqual([PERSON.id, PERSON.email, PERSON.name, "Hi John"]);
    expect((await listed("template=history")).map(({ id }) => id)).toEqual([idOf(sent)]);
    expect(await listed("template=other")).toEqual([]);
    // Names and addresses are data of contacts, and the subject is rendered from them.
    expect(await recipient(idOf(sent), "operator")).toEqual([PERSON.id, null, null, null]);
    expect(await recipient(idOf(sent), "contacts")).toEqual([PERSON.id, PERSON.email, PERSON.name, null]);
    const [exported] = (await it.ask("/edge/messages/export?template=history", { as: "operator" })).text.split("\n");
    expect([JSON.parse(exported).recipient_email, JSON.parse(exported).subject]).toEqual([null, null]);
  });

  test("of a reply: the contact in Intercom's response", async () => {
    const body = { type: "conversation", id: "7", contacts: { type: "contact.list", contacts: [{ id: "c-7" }] } };
    const json = { message_type: "comment", type: "admin", admin_id: "1", body: `Reply ${++made}` };
    const sent = await withReply({ body }, () => it.ask("/conversations/7/reply", { headers: V2, json }));
    expect((await shown(it, idOf(sent))).contact_id).toBe("c-7");
    expect((await listed("contact_id=c-7", "admin")).length).toBe(1);
    expect(await listed("contact_id=c-7", "operator")).toEqual([]);
  });

  test("shortened, if a subject is very long", async () => {
    const id = idOf(await send(it, email({ subject: "ü".repeat(5_000) })));
    expect((await shown(it, id)).subject).toBe("ü".repeat(1_000));
  });
});

describe("a time in a filter", () => {
  const at = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
  const total = async (query) => (await it.ask(`/edge/messages/counts?${query}`)).body.total;

  test("is a day, a time or seconds", async () => {
    await send(it, email());
    const [today, tomorrow] = [at(0).slice(0, 10), at(1).slice(0, 10)];
    const all = await total("");
    expect(all).toBeGreaterThan(0);
    expect(await total(`created_after=${today}&created_before=${tomorrow}`)).toBe(all);
    expect(await total(`created_after=${at(-1)}`)).toBe(all);
    expect(await total(`created_after=${tomorrow}`)).toBe(0);
    expect(await total(`created_before=${today}`)).toBe(0);
  });

  test.each(["2026-13-01", "today", "-1", "2026-11-28T25:00:00Z", "1.5"])("is not %s: 400", async (time) => {
    for (const path of ["", "/counts", "/export"]) {
      const answer = await it.ask(`/edge/messages${path}?created_after=${time}`);
      expect([answer.status, firstError(answer).field]).toEqual([400, "created_after"]);
    }
  });
});

describe("counts and exports", () => {
  test("have the caller's own messages, and those of others with messages:admin", async () => {
    await send(it, email(), { as: "one" });
    await failed("other");
    const { body } = await it.ask("/edge/messages/counts", { as: "one" });
    expect(body).toEqual({
      type: "edge.message_counts",
      queued: 0,
      sending: 0,
      sent: 1,
      failed: 0,
      unknown: 0,
      total: 1,
    });
    const callers = async (as, query = "") => {
      const { text, headers } = await it.ask(`/edge/messages/export${query}`, { as });
      expect(headers.get("content-type")).toBe("application/x-ndjson");
      return new Set(
        text
          .split("\n")
          .filter(Boolean)
          .map((line) => JSON.parse(line).caller),
      );
    };
    expect(await callers("one")).toEqual(new Set(["one"]));
    expect(await callers("operator", "?caller=other")).toEqual(new Set(["other"]));
    expect((await it.ask("/edge/messages/export?caller=other", { as: "one" })).status).toBe(403);
    expect((await it.ask("/edge/messages/counts?per_page=5")).status).toBe(400);
  });
});

describe("confirming", () => {
  test("makes an unknown message sent, and records who and when", async () => {
    const id = await unknown("one");
    const began = Math.floor(Date.now() / 1000);
    const { status, body } = await act("confirm", id, { as: "operator" });
    expect([status, body.id, body.state, body.confirmed_by]).toEqual([200, id, "sent", "operator"]);
    const last = body.history.at(-1);
    expect(last).toMatchObject({ state: "sent", cause: "It was found in Intercom", confirmed_by: "operator" });
    expect(last.at).toBeGreaterThanOrEqual(began);
    expect(states(body)).toEqual(["queued", "sending", "unknown", "sent"]);
    expect(sends(it)).toHaveLength(1);
    // It is final: nothing sends it again.
    for (const verb of ["confirm", "retry", "resend"]) {
      const answer = await act(verb, id, { as: "operator" });
      expect([answer.status, firstError(answer).code], verb).toEqual([409, "conflict"]);
    }
    expect(sends(it)).toHaveLength(1);
  });

  test("answers for the message's key from then on", async () => {
    const [key, json] = [`history-${++made}`, email()];
    const id = idOf(await withReply({ status: 500 }, () => withKey(it, key, json)));
    await act("confirm", id);
    const again = await withKey(it, key, json);
    expect([again.status, isReplayed(again), again.body.state]).toEqual([200, true, "sent"]);
    expect(sends(it)).toHaveLength(1);
  });

  test("is for the caller's own messages, and for visible replies", async () => {
    expect((await act("confirm", await unknown("one"), { as: "other" })).status).toBe(404);
    const json = { message_type: "comment", type: "admin", admin_id: "1", body: `Reply ${++made}` };
    const reply = await withReply({ status: 500 }, () => it.ask("/conversations/8/reply", { headers: V2, json }));
    expect((await act("confirm", idOf(reply), { as: "operator" })).status).toBe(403);
    expect((await act("confirm", idOf(reply), { as: "admin" })).status).toBe(200);
  });

  test("takes no other state", async () => {
    for (const id of [await failed(), idOf(await send(it, email()))]) {
      const answer = await act("confirm", id);
      expect([answer.status, firstError(answer).message]).toEqual([409, expect.stringMatching(/is (failed|sent)$/)]);
    }
  });

  test("is what the error of an unknown message recommends, without words of the API", async () => {
    const answer = await withReply({ status: 500 }, () => send(it, email()));
    const { message, id, state } = firstError(answer);
    expect(message).toBe(
      "The message may or may not have arrived (Intercom answered 500). It is not sent again automatically. " +
        "Check in Intercom: if it arrived, confirm it; if it did not, retry it",
    );
    expect([id, state]).toEqual([idOf(answer), "unknown"]);
  });
});

describe("a copy of a failed message", () => {
  test("is a new message with the same text", async () => {
    const json = email();
    const id = await failed("one", json);
    const answer = await act("resend", id, { as: "one" });
    expect(answer.status, answer.text).toBe(200);
    const copy = await shown(it, idOf(answer), "one");
    expect(copy).toMatchObject({ state: "sent", copy_of: id, caller: "one", subject: json.subject, request: json });
    expect(copy.contact_id).toBe(json.to.id);
    expect(copy.id).not.toBe(id);
    expect((await shown(it, id, "one")).state).toBe("failed");
    expect(sends(it).map(({ body }) => JSON.parse(body))).toEqual([json, json]);
  });

  test("is sent once for any number of requests and callers", async () => {
    const id = await failed("one");
    const first = await act("resend", id, { as: "one", headers: { "idempotency-key": `copy-${++made}` } });
    const same = await act("resend", id, { as: "one", headers: { "idempotency-key": `copy-${made}` } });
    expect([same.status, isReplayed(same), idOf(same)]).toEqual([200, true, idOf(first)]);
    for (const as of ["one", "operator"]) {
      const other = await act("resend", id, { as, headers: { "idempotency-key": `copy-${++made}` } });
      expect([other.status, firstError(other).id]).toEqual([409, idOf(first)]);
      expect(firstError(other).message).toBe("A copy of this message was already sent");
    }
    expect(sends(it)).toHaveLength(2);
  });

  test("answers for the key of the failed message, which would send the text again", async () => {
    const [key, json] = [`failed-${++made}`, { to: { user_id: "john_doe" }, subject: `S ${made}`, body: "b" }];
    const notify = () => it.ask("/edge/notify", { json, headers: { "idempotency-key": key } });
    const id = idOf(await withReply(refusing(404), notify));
    expect((await shown(it, id)).state).toBe("failed");
    const copy = await act("resend", id);
    expect(copy.status, copy.text).toBe(200);
    const again = await notify();
    expect([again.status, isReplayed(again), idOf(again)]).toEqual([200, true, idOf(copy)]);
    expect(sends(it)).toHaveLength(1);
  });

  test("answers for the key of a message that Intercom rejected", async () => {
    const [key, json] = [`failed-${++made}`, email()];
    const id = idOf(await withReply(refusing(422), () => withKey(it, key, json)));
    const rejected = await withKey(it, key, json);
    expect([rejected.status, isReplayed(rejected), idOf(rejected)]).toEqual([422, true, id]);
    const copy = await act("resend", id);
    expect(copy.status, copy.text).toBe(200);
    const again = await withKey(it, key, json);
    expect([again.status, isReplayed(again), idOf(again)]).toEqual([200, true, idOf(copy)]);
    expect(sends(it)).toHaveLength(2);
  });

  test.each([404, 422])("does not answer for the key with another request: after %i", async (status) => {
    const [key, to] = [`failed-${++made}`, { user_id: "john_doe" }];
    const notify = (body) =>
      it.ask("/edge/notify", { json: { to, subject: `S ${key}`, body }, headers: { "idempotency-key": key } });
    // A 404 comes from the search for the person, so that the key is not used up.
    const reply = (request, count) =>
      status === 404 || request.url.startsWith("/messages") ? refusing(status) : workspace(request, count);
    const copy = await act("resend", idOf(await withReply(reply, () => notify("b"))));
    expect(copy.status, copy.text).toBe(200);
    const count = sends(it).length;
    const other = await notify("other");
    expect([other.status, firstError(other).code]).toEqual([422, "idempotency_key_reused"]);
    expect(sends(it)).toHaveLength(count);
  });

  test("can fail, and then another one can be sent", async () => {
    const id = await failed();
    const first = await withReply(refusing(422), () => act("resend", id));
    expect(first.status).toBe(422);
    const second = await act("resend", id, { headers: { "idempotency-key": `copy-${++made}` } });
    expect([second.status, idOf(second) === idOf(first)]).toEqual([200, false]);
  });

  test("is answered at once with Prefer: respond-async", async () => {
    const answer = await act("resend", await failed(), { headers: ASYNC });
    expect([answer.status, answer.body.state]).toEqual([202, "queued"]);
    expect((await settled(it, answer.body.id)).state).toBe("sent");
  });

  test("of a batch is a single message to the same person", async () => {
    await it.ask("/edge/templates/batch", { method: "PUT", json: { subject: "B {{ variables.n }}", body: "b" } });
    const json = { template: "batch", to: [{ user_id: "john_doe", variables: { n: 7 } }] };
    const gone = ({ url }) => (url.startsWith("/contacts") ? refusing(404) : {});
    const id = await withReply(gone, async () => {
      const batch = await it.ask("/edge/messages/batch", { json });
      const [message] = await listed(`batch_id=${batch.body.id}`);
      return (await settled(it, message.id)).id;
    });
    const copy = await act("resend", id);
    expect(copy.status, copy.text).toBe(200);
    expect(await shown(it, idOf(copy))).toMatchObject({ batch_id: null, copy_of: id, subject: "B 7" });
  });

  test.each([
    ["sent", () => send(it, email()).then(idOf), "To send its text once more, send a new message"],
    ["unknown", () => unknown(), "Confirm or retry it instead"],
  ])("is not made of one that is %s", async (state, make, advice) => {
    const answer = await act("resend", await make());
    expect([answer.status, firstError(answer).message]).toEqual([
      409,
      `Only a message that is failed can be sent as a copy; this one is ${state}. ${advice}`,
    ]);
  });

  test("is made of the caller's own messages only, and of replies with conversations:write", async () => {
    expect((await act("resend", await failed("one"), { as: "other" })).status).toBe(404);
    const json = { message_type: "comment", type: "admin", admin_id: "1", body: `Reply ${++made}` };
    const reply = await withReply(refusing(422), () => it.ask("/conversations/9/reply", { headers: V2, json }));
    const answer = await act("resend", idOf(reply), { as: "admin" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining("conversations:write"),
    ]);
    it.reply({ body: { type: "conversation", id: "9" } });
    expect((await act("resend", idOf(reply))).status).toBe(200);
  });
});

describe("with OUTBOX_KEEP_BODY=false", () => {
  const short = gate("messages-history-short", { vars: { OUTBOX_KEEP_BODY: "false" } });
  const subjectOf = async (id) => (await shown(short, id)).subject;

  test("the subject is deleted with the text", async () => {
    short.reply(accepting);
    const sent = await send(short, email());
    expect(await subjectOf(idOf(sent))).toBeNull();
    expect((await short.ask("/edge/messages")).body.data[0]).toMatchObject({ subject: null });
  });

  test("an unknown message keeps it, until it is confirmed", async () => {
    short.reply({ status: 500 });
    const json = email();
    const id = idOf(await send(short, json));
    expect(await subjectOf(id)).toBe(json.subject);
    const confirmed = await short.ask(`/edge/messages/${id}/confirm`, { method: "POST" });
    expect([confirmed.status, confirmed.body.subject]).toEqual([200, null]);
    expect((await shown(short, id)).request).toBeNull();
  });

  test("a failed message can't be sent as a copy", async () => {
    short.reply(refusing(422));
    const id = idOf(await send(short, email()));
    const answer = await short.ask(`/edge/messages/${id}/resend`, { method: "POST" });
    expect([answer.status, firstError(answer).message]).toEqual([
      409,
      "The text of this message is no longer stored: send a new message",
    ]);
  });
});

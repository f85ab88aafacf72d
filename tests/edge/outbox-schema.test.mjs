// The outbox's stored data keeps working when a newer version of the Worker opens it, and an older one
// leaves it alone: docs/storage.md, "Schema versions".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import {
  accepting,
  email,
  idOf,
  isReplayed,
  oldEmail,
  send,
  sends,
  settled,
  shown,
  until,
  V1,
  V2,
  withKey,
} from "../outbox.mjs";
import { editing, inserting, rowsOf, storedUsage } from "../storage.mjs";
import { firstError } from "../worker.mjs";

const folders = [];
const newState = () => folders[folders.push(mkdtempSync(join(tmpdir(), "intercom-edge-state-"))) - 1];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** The tables as the first released versions made them (b3d0b3c), without a number. */
const SCHEMA_1 = `
CREATE TABLE message (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, key TEXT, fingerprint TEXT,
  state TEXT NOT NULL, waits INTEGER NOT NULL, created INTEGER NOT NULL, finished INTEGER, history TEXT NOT NULL,
  job TEXT NOT NULL, made INTEGER NOT NULL, body BLOB, contact TEXT, message TEXT, batch TEXT, recipient TEXT,
  template TEXT, answer TEXT, answer_body BLOB, UNIQUE (caller, key), UNIQUE (batch, recipient), UNIQUE (batch, contact)
);
CREATE INDEX same ON message (caller, fingerprint) WHERE fingerprint IS NOT NULL;
CREATE INDEX open ON message (state, batch, number) WHERE state IN ('queued', 'sending');
CREATE INDEX age ON message (created);
CREATE TABLE batch (
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, caller TEXT NOT NULL, key TEXT,
  fingerprint TEXT NOT NULL, created INTEGER NOT NULL, finished INTEGER, paused INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0, template TEXT NOT NULL, sender TEXT NOT NULL, variables TEXT NOT NULL,
  search TEXT, after TEXT, duplicates INTEGER NOT NULL DEFAULT 0, cause TEXT, UNIQUE (caller, key)
);
CREATE INDEX progress ON message (batch, state, finished) WHERE batch IS NOT NULL;
CREATE TABLE template (
  name TEXT NOT NULL, version INTEGER NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL, style TEXT NOT NULL,
  created INTEGER NOT NULL, removed INTEGER, PRIMARY KEY (name, version)
) WITHOUT ROWID;`;

/** The columns of messages that schema 3 adds. */
const NEW_COLUMNS = ["email", "name", "subject", "copy_of", "template_name"];

const BEGUN = Date.now() - 60_000;
const text = (bytes) => Buffer.from(typeof bytes === "string" ? bytes : JSON.stringify(bytes));

/** What a Worker of schema 1 had written down when it was stopped: a message in each state, a batch, templates. */
function fill(database) {
  const insert = inserting(database);
  const message = (id, state, more = {}) =>
    insert("message", {
      id,
      caller: "all",
      state,
      waits: 0,
      created: BEGUN,
      made: 1,
      history: JSON.stringify([{ state: "queued", at: BEGUN }, ...(state === "queued" ? [] : [{ state, at: BEGUN }])]),
      job: JSON.stringify({
        verbatim: { version: "2.14", target: "/messages", headers: "content-type\napplication/json" },
      }),
      body: text(email({ subject: id })),
      ...more,
    });
  const ended = (status, body) => ({
    finished: BEGUN,
    answer: JSON.stringify({ status, upstream: true, headers: [["content-type", "application/json"]] }),
    answer_body: text(body),
  });
  message("the-sent", "sent", { message: "403918396", ...ended(200, { type: "admin_message", id: "403918396" }) });
  message(
    "the-failed",
    "failed",
    ended(422, { type: "error.list", errors: [{ code: "parameter_invalid", message: "No" }] }),
  );
  message(
    "the-unknown",
    "unknown",
    ended(502, { type: "error.list", errors: [{ code: "message_unknown", message: "Nobody knows" }] }),
  );
  message("the-sending", "sending");
  message("the-queued", "queued");
  message("the-waited-for", "queued", { waits: 1 });
  insert("template", { name: "news", version: 1, subject: "Old", body: "Old", style: "plain", created: BEGUN });
  insert("template", {
    name: "news",
    version: 2,
    subject: "News of {{ contact.name }}",
    body: "Hi",
    style: "plain",
    created: BEGUN,
  });
  insert("batch", {
    id: "the-batch",
    caller: "all",
    fingerprint: "f",
    created: BEGUN,
    template: JSON.stringify({ name: "news", version: 2 }),
    sender: "1234567",
    variables: "{}",
  });
  const recipient = (name, more) =>
    message(`to-${name}`, "queued", {
      batch: "the-batch",
      recipient: `user_id:${name}`,
      template: JSON.stringify({ name: "news", version: 2 }),
      job: '"notification"',
      made: 0,
      body: text({ user_id: name }),
      ...more,
    });
  recipient("ann");
  recipient("ben");
  recipient("cat", {
    state: "sent",
    made: 1,
    contact: "id-cat",
    message: "1",
    history: JSON.stringify([{ state: "sent", at: BEGUN }]),
    ...ended(200, { id: "1" }),
  });
}

const person = (name) => ({ type: "contact", id: `id-${name}`, external_id: name, role: "user", name });
function workspace(request, count) {
  const [, name] = /^\/contacts\/(?:id-|find_by_external_id\/)([^/?]+)$/.exec(request.url) ?? [];
  return name ? { body: person(name) } : accepting(request, count);
}

describe("a store of schema 1", () => {
  const state = newState();
  const options = { state, keys: { all: ["*"] } };
  let intercom;
  let it;
  let keyed;
  const body = email();
  beforeAll(async () => {
    intercom = await standIn();
    intercom.reply = workspace;
    it = await serve("outbox-schema", intercom, options);
    Object.assign(it, { arrived: () => intercom.arrived });
    // A key's message holds a hash of its request, which the Worker makes: a row that it wrote moves to the old tables.
    keyed = await withKey(it, "order-4711", body);
    intercom.arrived = [];
    await it.restart(() =>
      editing(state, (database) => {
        const [row] = database.prepare("SELECT * FROM message").all();
        for (const column of ["number", "kind", "conversation", ...NEW_COLUMNS]) delete row[column];
        for (const table of ["message", "batch", "template", "usage", "unfilled", "event", "schema_number"])
          database.exec(`DROP TABLE ${table}`);
        database.exec(SCHEMA_1);
        inserting(database)("message", row);
        fill(database);
      }),
    );
  });
  afterAll(async () => {
    await it?.stop();
    await intercom?.stop();
  });

  test("is brought to the newest, and nothing in it is lost", async () => {
    const ids = [
      "the-sent",
      "the-failed",
      "the-unknown",
      "the-sending",
      "the-queued",
      "the-waited-for",
      "to-ann",
      "to-ben",
      "to-cat",
      idOf(keyed),
    ];
    const {
      body: { data },
    } = await it.ask("/edge/messages");
    expect(data.map(({ id }) => id).sort()).toEqual([...ids].sort());
    expect(data.every(({ kind, conversation_id }) => kind === "message" && conversation_id === null)).toBe(true);
    expect(rowsOf(state, "schema_number")).toEqual([{ number: 3 }]);
  });

  test("subjects and recipients are filled from the texts, in the background", async () => {
    await until(() => rowsOf(state, "unfilled").length === 0);
    const { to } = email();
    expect(await shown(it, "the-sent")).toMatchObject({
      subject: "the-sent",
      contact_id: to.id,
      recipient_email: null,
    });
    const { data } = (await it.ask(`/edge/messages?contact_id=${to.id}&state=failed`)).body;
    expect(data.map(({ id }) => id)).toContain("the-failed");
    const { body } = await it.ask("/edge/messages/counts?template=news");
    expect(body.total).toBe(3);
  });

  test("what was on its way is unknown, what was waited for has failed, and what is queued is sent once", async () => {
    expect((await shown(it, "the-sending")).state).toBe("unknown");
    expect((await shown(it, "the-waited-for")).state).toBe("failed");
    expect((await settled(it, "the-queued", "sent")).request.subject).toBe("the-queued");
    expect((await shown(it, "the-sent")).answer.body).toMatchObject({ id: "403918396" });
  });

  test("its batch goes on with those who have nothing yet, rendered from its template", async () => {
    await until(async () => (await it.ask("/edge/messages/batch/the-batch")).body.state === "done", 30_000);
    expect((await it.ask("/edge/messages/batch/the-batch")).body).toMatchObject({ total: 3, sent: 3 });
    expect((await it.ask("/edge/templates/news")).body).toMatchObject({ version: 2 });
    const subjects = sends(it).map((one) => JSON.parse(one.body).subject);
    expect(subjects.sort()).toEqual(["News of ann", "News of ben", "the-queued"]);
  });

  test("a key of then still stands for its message, and what is unknown can be sent again", async () => {
    intercom.arrived = [];
    const again = await withKey(it, "order-4711", body);
    expect([again.status, isReplayed(again), idOf(again)]).toEqual([200, true, idOf(keyed)]);
    expect(sends(it)).toEqual([]);
    expect((await it.ask("/edge/messages/the-unknown/retry", { method: "POST" })).status).toBe(200);
    expect(sends(it)).toHaveLength(1);
    expect((await send(it, email())).status).toBe(200);
  });

  test("what is stored was counted when it was opened, and since", async () => {
    const stored = rowsOf(state, "usage");
    const counted = Object.fromEntries(stored.map(({ caller, messages, bytes }) => [caller, { messages, bytes }]));
    expect(counted[""]).toEqual(counted.all);
    expect(counted.all.messages).toBe(rowsOf(state, "message").length);
  });

  test("a store of schema 4 is refused, and stays as it is", async () => {
    await it.restart(() =>
      editing(state, (database) =>
        database.exec(
          `UPDATE schema_number SET number = 4;
          INSERT INTO message (id, caller, state, waits, created, history, job, made)
          VALUES ('new', 'all', 'sending', 0, 1, '[]', '"translated"', 1)`,
        ),
      ),
    );
    const stored = () =>
      ["message", "batch", "template", "usage", "schema_number"].map((table) => rowsOf(state, table));
    const before = stored();
    intercom.arrived = [];
    for (const [path, init] of [
      ["/edge/messages", {}],
      ["/edge/messages/the-sent", {}],
      ["/edge/messages/batch", {}],
      ["/edge/messages/batch/the-batch/result.csv", {}],
      ["/edge/templates", {}],
      ["/messages", { json: email(), headers: { "intercom-version": "2.14" } }],
    ]) {
      const answer = await it.ask(path, init);
      expect([answer.status, firstError(answer).code], path).toEqual([503, "service_unavailable"]);
      for (const words of ["schema 4", "schema 3", "deploy the newer version again", "nothing is lost"])
        expect(firstError(answer).message).toContain(words);
    }
    expect(intercom.arrived).toEqual([]);
    expect(stored()).toEqual(before);
    // The newer version is deployed again.
    await it.restart(() =>
      editing(state, (database) =>
        database.exec("UPDATE schema_number SET number = 3; DELETE FROM message WHERE id = 'new'"),
      ),
    );
    expect((await shown(it, "the-sent")).state).toBe("sent");
  });
});

/** Takes the tables back to schema 2, as the Worker before made them. */
const SCHEMA_2 = `
DROP TABLE event; DROP TABLE unfilled;
DROP TRIGGER message_ended; DROP TRIGGER batch_progressed;
DROP TRIGGER message_added; DROP TRIGGER message_removed; DROP TRIGGER message_changed;
DROP INDEX copies; DROP INDEX listed_by_contact; DROP INDEX listed_by_template;
${NEW_COLUMNS.map((column) => `ALTER TABLE message DROP COLUMN ${column};`).join("\n")}
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN SELECT 1; END;
CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN SELECT 1; END;
CREATE TRIGGER message_changed AFTER UPDATE OF body ON message BEGIN SELECT 1; END;
UPDATE usage SET bytes = (SELECT sum(1024 + coalesce(octet_length(recipient), 0) + octet_length(job)
  + coalesce(octet_length(body), 0) + coalesce(octet_length(answer), 0) + coalesce(octet_length(answer_body), 0))
  FROM message);
UPDATE schema_number SET number = 2;`;

describe("a store of schema 2", () => {
  const state = newState();
  let intercom;
  let it;
  const ids = {};
  beforeAll(async () => {
    intercom = await standIn();
    intercom.reply = workspace;
    it = await serve("outbox-schema-2", intercom, { state, keys: { all: ["*"] } });
    ids.message = idOf(await send(it, email({ subject: "Of API 2.x" })));
    ids.translated = idOf(await send(it, oldEmail({ to: { type: "user", user_id: "ann" } }), { headers: V1 }));
    const conversation = { type: "conversation", id: "7", contacts: { contacts: [{ id: "id-ben" }] } };
    intercom.reply = () => ({ body: conversation });
    const json = { message_type: "comment", type: "admin", admin_id: "1", body: "Reply" };
    ids.reply = idOf(await it.ask("/conversations/7/reply", { headers: V2, json }));
    intercom.reply = workspace;
    await it.restart(() => editing(state, (database) => database.exec(SCHEMA_2)));
  });
  afterAll(async () => {
    await it?.stop();
    await intercom?.stop();
  });

  test("is brought to the newest, and its columns are filled in the background", async () => {
    expect((await it.ask("/edge/messages")).body.data).toHaveLength(3);
    expect(rowsOf(state, "schema_number")).toEqual([{ number: 3 }]);
    await until(() => rowsOf(state, "unfilled").length === 0);
    expect(await shown(it, ids.message)).toMatchObject({ subject: "Of API 2.x", contact_id: email().to.id });
    expect((await shown(it, ids.translated)).contact_id).toBe("id-ann");
    expect((await shown(it, ids.reply)).contact_id).toBe("id-ben");
  });

  test("counts the bytes of the new columns", async () => {
    await send(it, email());
    const { stored, right } = storedUsage(state);
    expect(stored).toEqual(right);
  });
});

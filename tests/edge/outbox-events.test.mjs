// The outbox's own state changes become live events: each change is written down in its transaction, and removed once
// it is published. docs/messages.md, "Live events".

import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { serve, standIn } from "../gate.mjs";
import { accepting, email, idOf, send, until } from "../outbox.mjs";
import { editing, inserting, rowsOf } from "../storage.mjs";

const newFolder = () => mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
const state = newFolder();
let intercom;
let it;
beforeAll(async () => {
  intercom = await standIn();
  intercom.reply = accepting;
  it = await serve("outbox-events", intercom, { state, keys: { all: ["*"] } });
});
afterAll(async () => {
  await it?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

const pending = (folder = state) => rowsOf(folder, "event");
const isPublished = () => pending().length === 0;

test("nothing stays pending after messages have ended in each way", async () => {
  for (const reply of [accepting, { status: 422, body: {} }, { status: 500 }]) {
    intercom.reply = typeof reply === "function" ? reply : () => reply;
    expect(idOf(await send(it, email()))).toBeTruthy();
  }
  intercom.reply = accepting;
  await until(isPublished);
});

test("each change is written down in its own transaction, with its number", async () => {
  await it.restart(() =>
    editing(state, (database) => {
      const insert = inserting(database);
      const history = (...states) => JSON.stringify(states.map((state) => ({ state, at: Date.now() })));
      const row = { caller: "all", waits: 0, created: Date.now(), made: 1, job: '"notification"', state: "queued" };
      insert("batch", {
        id: "b-1",
        caller: "all",
        fingerprint: "f",
        created: Date.now(),
        paused: 1,
        template: '{"name":"news","version":1}',
        sender: "1",
        variables: "{}",
      });
      insert("message", { ...row, id: "m-1", history: history("queued"), batch: "b-1", recipient: "1" });
      const [{ number }] = database.prepare("SELECT number FROM message WHERE id = 'm-1'").all();
      const change = (states) =>
        database
          .prepare("UPDATE message SET state = ?, history = ? WHERE id = 'm-1'")
          .run(states.at(-1), history(...states));
      change(["queued", "sending"]);
      change(["queued", "sending", "unknown"]);
      change(["queued", "sending", "unknown", "queued"]);
      database.exec("BEGIN");
      change(["queued", "sending", "unknown", "queued", "sending", "sent"]);
      database.exec("ROLLBACK");
      change(["queued", "sending", "unknown", "sent"]);
      database.exec("UPDATE batch SET finished = 1, paused = 0; UPDATE batch SET duplicates = 2, cause = 'c'");
      const rows = database.prepare("SELECT message, change, batch FROM event ORDER BY number").all();
      expect(rows.map(Object.values)).toEqual([
        [number, 3, null],
        [number, 4, null],
        [null, null, "b-1"],
      ]);
    }),
  );
  // What a stopped outbox had not published, the next one does.
  await it.ask("/edge/messages");
  await until(isPublished);
});

test("ten thousand changes are published in parts, and a deleted message's are left out", async () => {
  await it.restart(() =>
    editing(state, (database) => {
      const [{ number }] = database.prepare("SELECT number FROM message LIMIT 1").all();
      database.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
        INSERT INTO event (message, change) SELECT ${number}, 3 FROM n UNION ALL SELECT 999999, 3 FROM n`);
    }),
  );
  expect((await send(it, email())).status).toBe(200);
  await until(isPublished, 30_000);
});

/** Writes the wrangler.toml of a Worker whose event log hangs at its first request. Returns the file's path. */
function withHangingLog(folder) {
  const build = join(root, "build/edge");
  for (const file of readdirSync(build)) symlinkSync(join(build, file), join(folder, file));
  const main = `import { Webhooks as Log } from "./entry.js";
    export * from "./entry.js";
    export { default } from "./entry.js";
    let requests = 0;
    export class Webhooks extends Log {
      async fetch(request) {
        if (requests++ === 0) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
        return super.fetch(request);
      }
    }`;
  writeFileSync(join(folder, "hanging.js"), main);
  const config = readFileSync(join(root, "wrangler.toml"), "utf8").replace(/^main = .*/m, 'main = "hanging.js"');
  writeFileSync(join(folder, "wrangler.toml"), config);
  return join(folder, "wrangler.toml");
}

test("a log that hangs doesn't stop the publisher", async () => {
  const folders = [newFolder(), newFolder()];
  const [state, build] = folders;
  const worker = await serve("outbox-events-hanging", intercom, { state, changed: withHangingLog(build) });
  onTestFinished(async () => {
    await worker.stop();
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  expect((await send(worker, email())).status).toBe(200);
  await until(() => worker.log().includes("can't publish its events"), 20_000);
  expect(worker.log()).toContain('"status":504');
  expect(pending(state)).toHaveLength(1);
  // A request after ten seconds starts it again.
  await until(async () => {
    await worker.ask("/edge/messages");
    return pending(state).length === 0;
  }, 20_000);
});

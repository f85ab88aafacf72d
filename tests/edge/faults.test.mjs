// The Worker's own faults and those of its settings: the log has their kind and place, an operator is told by
// `/edge/health`, and a message that can't have gone out isn't said to be unknown.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { gate, serve, standIn } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const V1 = { "intercom-version": "1.4" };
const V2 = { "intercom-version": "2.14" };
const message = { message_type: "inapp", body: "Hi", from: { type: "admin", id: "1" }, to: { type: "user", id: "5" } };

/** The log's lines that have a cause. */
const causes = (worker) =>
  worker
    .log()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ cause }) => cause);
/** The cause in the line of an answer, once it is written. */
async function causeOf(worker, { headers }) {
  const id = headers.get("x-request-id");
  for (let tries = 0; tries < 100; tries++, await sleep(20)) {
    const line = causes(worker).find((line) => line.id === id);
    if (line) return line.cause;
  }
  return undefined;
}

/** Runs the work with a Worker and an Intercom that answers what each call needs. */
async function withWorker(name, options, work) {
  const intercom = await standIn();
  intercom.reply = ({ url }) => ({
    body: url.startsWith("/contacts/")
      ? { type: "contact", id: "5", role: "user", email: "a@example.com" }
      : { type: "admin", id: "1", app: {} },
  });
  const worker = await serve(name, intercom, { keys: { all: ["*"], reader: ["contacts:read"] }, ...options });
  try {
    await work(worker, intercom);
  } finally {
    await worker.stop();
    await intercom.stop();
  }
}

describe.each(["OUTBOX", "SENDERS", "CURSORS"])("without the binding %s", (binding) => {
  const missing = `the binding ${binding} is missing`;

  test("an operator is told so, and nobody else", () =>
    withWorker(`unbound-${binding}`, { unbound: [binding] }, async (worker) => {
      const { status, body } = await worker.ask("/edge/health");
      expect([status, body.status, body.missing_bindings]).toEqual([200, "failing", [binding]]);
      if (binding === "OUTBOX") expect(body.outbox).toEqual({ reason: missing });
      else expect(body.outbox.status).toBe("ok");
      expect((await worker.ask("/edge/health", { as: "reader" })).body).toEqual({ status: "ok" });
      expect((await worker.ask("/edge/health", { as: null })).body).toEqual({ status: "ok" });
    }));

  test("what needs it fails with the reason in the log, and everything else works", () =>
    withWorker(`unbound-log-${binding}`, { unbound: [binding] }, async (worker, intercom) => {
      expect((await worker.ask("/contacts/5", { headers: V2 })).status).toBe(200);
      if (binding === "CURSORS") {
        const answer = await worker.ask("/users/scroll?scroll_param=00000000-0000-4000-8000-000000000000", {
          headers: V1,
        });
        expect(answer.status).toBe(500);
        expect(await causeOf(worker, answer)).toContain(missing);
        expect(answer.text).not.toContain(binding);
        expect(
          (await worker.ask("/messages", { headers: V2, json: message })).headers.get("x-intercom-edge-message"),
        ).toBeTruthy();
        return;
      }
      intercom.arrived = [];
      for (const [path, headers, json] of [
        ["/messages", V2, message],
        ["/messages", V1, message],
        ["/messages", { ...V2, "idempotency-key": "k1" }, message],
      ]) {
        const answer = await worker.ask(path, { headers, json });
        expect([answer.status, firstError(answer).code, firstError(answer).message]).toEqual([
          503,
          "service_unavailable",
          `The Worker is not set up: ${missing}`,
        ]);
        expect(await causeOf(worker, answer)).toBe(missing);
        const id = answer.headers.get("x-intercom-edge-message");
        if (id) expect((await worker.ask(`/edge/messages/${id}`)).body.state).toBe("failed");
      }
      expect(intercom.arrived).toEqual([]);
    }));
});

test("an outbox whose tables can't be read is failing, and the log says why", async () => {
  const state = mkdtempSync(join(tmpdir(), "intercom-edge-faults-"));
  try {
    await withWorker("broken-outbox", { state }, async (worker) => {
      expect(
        (await worker.ask("/messages", { headers: V2, json: message })).headers.get("x-intercom-edge-message"),
      ).toBeTruthy();
      await worker.restart(() => {
        for (const file of readdirSync(state, { recursive: true }).filter((file) => file.endsWith(".sqlite"))) {
          const database = new DatabaseSync(join(state, file), { timeout: 5_000 });
          if (database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'message'").get())
            database.exec("ALTER TABLE message RENAME COLUMN number TO elsewhere");
          database.close();
        }
      });
      const { body } = await worker.ask("/edge/health");
      expect(body.status).toBe("failing");
      expect(body.outbox.reason).toMatch(/^SQLITE_ERROR at src\/edge\/outbox\/\w+\.rs:\d+:\d+$/);
      const answer = await worker.ask("/messages", { headers: V2, json: message });
      expect(answer.status).toBeGreaterThanOrEqual(500);
      expect(answer.text).not.toMatch(/SQLITE|column|src\//);
    });
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
});

describe("the log says what is the operator's to mend", () => {
  const it = gate("faults", { vars: { CACHE_SECONDS: "tags=60" } });

  test.each([
    ["a refused token", { status: 401 }, /INTERCOM_ACCESS_TOKEN.*INTERCOM_API_URL.*region/],
    ["a failed connection", { cut: "before" }, /^The connection to Intercom failed$/],
  ])("%s", async (_, reply, cause) => {
    it.reply(reply);
    for (const [path, headers] of [
      ["/contacts/5", V2],
      ["/users/5", V1],
      ["/tags?faults", V2],
    ]) {
      const answer = await it.ask(path, { headers });
      expect(await causeOf(it, answer), path).toMatch(cause);
    }
  });

  test("a 401 of Intercom's names the region, which may be the cause", async () => {
    it.reply({
      status: 401,
      body: { type: "error.list", errors: [{ code: "unauthorized", message: "Access Token Invalid" }] },
    });
    const answer = await it.ask("/users", { headers: V1 });
    expect([answer.status, firstError(answer).code]).toEqual([502, "bad_gateway"]);
    expect(firstError(answer).message).toMatch(/INTERCOM_ACCESS_TOKEN.*INTERCOM_API_URL.*region/);
  });

  test("an answer that can't be read, without a word of it", async () => {
    it.reply({ body: '{"type":"contact","id":"5","name":"Ada' });
    const answer = await it.ask("/users/5", { headers: V1 });
    expect(await causeOf(it, answer)).toMatch(/can't be read: the JSON ends too early, at line 1 column \d+$/);
    expect(it.log()).not.toContain("Ada");
  });

  test("and nothing where nothing is wrong", async () => {
    const before = causes(it).length;
    it.reply({ status: 404 });
    for (const path of ["/contacts/5", "/nothing"]) await it.ask(path, { headers: V2 });
    await it.ask("/contacts/5", { as: null, headers: V2 });
    it.reply({});
    await it.ask("/contacts/5", { headers: V2 });
    await sleep(200);
    expect(causes(it)).toHaveLength(before);
  });
});

test("no answer lets a browser guess what it is", async () => {
  await withWorker("nosniff", {}, async (worker) => {
    for (const [path, init] of [
      ["/contacts/5", { headers: V2 }],
      ["/nothing", {}],
      ["/edge/health", { as: null }],
      ["/edge/openapi.json", {}],
      ["/users/5", { headers: V1 }],
    ]) {
      expect((await worker.ask(path, init)).headers.get("x-content-type-options"), path).toBe("nosniff");
    }
  });
});

// A caller key that expires soon is listed in /edge/health and logged once a day: docs/deploy.md, "Expiry".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serialize } from "node:v8";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import { until } from "../outbox.mjs";
import { editing, everything } from "../storage.mjs";

const DAY = 86_400;
const now = Math.floor(Date.now() / 1000);
const [EXPIRED, SOON, LATER] = [now - 60 * DAY, now + 13 * DAY, now + 15 * DAY];
const EXPIRING = [
  { name: "expired", expires_at: EXPIRED },
  { name: "soon", expires_at: SOON },
];
const KEYS = {
  all: ["*"],
  soon: { scopes: ["contacts:read"], expires_at: SOON },
  later: { scopes: ["contacts:read"], expires_at: LATER },
  expired: { scopes: ["contacts:read"], expires_at: EXPIRED },
};

const folders = [];
const workers = [];
let intercom;
beforeAll(async () => {
  intercom = await standIn();
});
afterAll(async () => {
  for (const worker of workers) await worker.stop();
  await intercom.stop();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  // The lines of a day are counted: no test runs over midnight (UTC).
  const left = DAY - ((Date.now() / 1000) % DAY);
  if (left < 45) await sleep(left * 1000 + 100);
});

/** A Worker with a store of its own. */
async function worker(name, options) {
  const state = folders[folders.push(mkdtempSync(join(tmpdir(), "intercom-edge-state-"))) - 1];
  const worker = await serve(`expiring-keys-${name}`, intercom, { keys: KEYS, state, ...options });
  workers.push(worker);
  return Object.assign(worker, { state });
}

/** The warnings in the log, each with the keys that it names. */
const warnings = (worker) =>
  worker
    .log()
    .split("\n")
    .filter((line) => line.includes('"warning"'))
    .map((line) => JSON.parse(line));
const TODAYS = [
  { warning: "A caller key has expired", key: EXPIRING[0] },
  { warning: "A caller key expires soon", key: EXPIRING[1] },
];

/** Sends requests of every kind, and waits until the log has so many warnings, and a little longer for any more. */
async function used(worker, count) {
  const asks = [
    ["/edge/health", { as: null }],
    ["/edge/health"],
    ["/contacts/5", { as: "soon" }],
    ["/contacts/5", { as: "expired" }],
    ["/contacts/5", { as: null }],
  ];
  await Promise.all(asks.flatMap((ask) => [ask, ask]).map(([path, init]) => worker.ask(path, init)));
  await until(() => warnings(worker).length >= count);
  await sleep(300);
}

describe("/edge/health", () => {
  test("lists the keys that have expired or expire within 14 days to edge:admin, and stays ok", async () => {
    const it = await worker("health");
    const { body } = await it.ask("/edge/health");
    expect([body.status, body.expiring_keys]).toEqual(["ok", EXPIRING]);
    for (const as of [null, "soon"]) expect((await it.ask("/edge/health", { as })).body).toEqual({ status: "ok" });
  });
});

describe("the log", () => {
  test("names each of them in one line a day, over all requests and starts", async () => {
    const it = await worker("once");
    await used(it, 2);
    expect(warnings(it)).toEqual(TODAYS);
    await it.restart();
    await used(it, 2);
    expect(warnings(it)).toEqual(TODAYS);

    // As though the lines had been written yesterday.
    const yesterday = Math.floor(Date.now() / 1000 / DAY) - 1;
    await it.restart(() =>
      editing(it.state, (database) => {
        const { changes } = database
          .prepare("UPDATE _cf_KV SET value = ? WHERE key = 'expiry_warnings'")
          .run(serialize(yesterday));
        expect(changes).toBe(1);
      }),
    );
    await used(it, 4);
    expect(warnings(it)).toEqual([...TODAYS, ...TODAYS]);
  });

  test("has them once for each start of the Worker without the binding OUTBOX", async () => {
    const it = await worker("unbound", { unbound: ["OUTBOX"] });
    await used(it, 2);
    expect(warnings(it)).toEqual(TODAYS);
    await it.restart();
    await used(it, 4);
    expect(warnings(it)).toEqual([...TODAYS, ...TODAYS]);
  });

  test("has no line for a key that expires later, and the outbox stores nothing", async () => {
    const it = await worker("none", { keys: { all: ["*"], later: KEYS.later } });
    await used(it, 0);
    await it.ask("/edge/templates/a", { method: "PUT", json: { subject: "A", body: "B" } });
    await until(() => everything(it.state).includes("A"));
    expect(warnings(it)).toEqual([]);
    expect(everything(it.state)).not.toContain("expiry_warnings");
  });
});

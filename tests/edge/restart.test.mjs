// A trap of the compiled program ends one request: the program starts again, also in the Durable Objects, and what
// they have stored is there.

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { root } from "../../scripts/paths.mjs";
import { newKey, standIn } from "../gate.mjs";
import { accepting, email } from "../outbox.mjs";
import { ask } from "../worker.mjs";

const { ACCESS_TOKEN, LEAKS } = process.env;

/**
 * The built Worker, in which a request with the header `x-trap` makes the program trap the next time that it needs a
 * random id: in the Worker itself, or in an object of it, because both run in one isolate.
 */
const WITH_TRAPS = `
import entry, { Audit, Cursors, Dashboard, Exporter, Live, Outbox, Sender, Webhooks } from "./entry.js";

const random = crypto.randomUUID.bind(crypto);
let trap = false;
Object.defineProperty(crypto, "randomUUID", {
  value() {
    if (!trap) return random();
    trap = false;
    throw new WebAssembly.RuntimeError("unreachable");
  },
});

export default {
  fetch(request, env, context) {
    trap = request.headers.has("x-trap");
    return entry.fetch(request, env, context);
  },
};
export { Audit, Cursors, Dashboard, Exporter, Live, Outbox, Sender, Webhooks };
`;

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-traps-"));
const log = join(dirname(LEAKS), "restart", "worker.log");
const { key, entry } = newKey("all", ["*"]);
let intercom;
let worker;

beforeAll(async () => {
  cpSync(join(root, "build/edge"), folder, { recursive: true });
  writeFileSync(join(folder, "traps.js"), WITH_TRAPS);
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  const main = "traps.js";
  const config = join(folder, "wrangler.toml");
  writeFileSync(config, toml.replace(/^main = .*$/m, `main = ${JSON.stringify(main)}`));
  intercom = await standIn();
  const { port } = await claimPorts({ port: 0 });
  worker = await startWorkerd({
    name: "The Worker",
    config,
    port,
    log,
    vars: {
      CALLER_KEYS: JSON.stringify([entry]),
      INTERCOM_API_URL: intercom.url,
      INTERCOM_ACCESS_TOKEN: ACCESS_TOKEN,
    },
  });
});
beforeEach(() => Object.assign(intercom, { arrived: [], reply: accepting }));
afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const authorization = `Bearer ${key}`;
const send = (headers, subject, signal) =>
  ask(`${worker.url}/messages`, {
    method: "POST",
    headers: { authorization, ...headers },
    json: email({ subject }),
    signal,
  });
const restarts = () => readFileSync(log, "utf8").match(/Reinitializing|Critical|RuntimeError/g)?.length ?? 0;

test("a request whose program traps fails, and the next ones are answered", async () => {
  for (let round = 0; round < 3; round += 1) {
    expect((await ask(`${worker.url}/admins`, { headers: { "x-trap": "1" } })).status).toBeGreaterThanOrEqual(500);
    expect((await ask(`${worker.url}/admins`)).status).toBe(401);
    expect((await ask(`${worker.url}/admins`, { headers: { authorization } })).status).toBe(200);
  }
  expect(restarts()).toBeGreaterThan(0);
});

test("an object whose program traps sends nothing twice, and goes on with what it has stored", async () => {
  const before = await send({ "idempotency-key": "before" }, "before");
  expect(before.status, before.text).toBe(200);
  // Nothing answers for an object that trapped while it waited: its caller gives up.
  const signal = AbortSignal.timeout(2_000);
  const trapped = await send({ "x-trap": "1", "idempotency-key": "trapped" }, "trapped", signal).catch(() => undefined);
  expect(trapped?.status ?? 500).toBeGreaterThanOrEqual(500);
  const again = await send({ "idempotency-key": "trapped" }, "trapped");
  expect(again.status, again.text).toBe(200);
  const replayed = await send({ "idempotency-key": "before" }, "before");
  expect(replayed.headers.get("idempotency-replayed")).toBe("true");
  expect(intercom.arrived.map(({ body }) => JSON.parse(body).subject)).toEqual(["before", "trapped"]);
  const { body } = await ask(`${worker.url}/edge/messages`, { headers: { authorization } });
  expect(body.data.map(({ state }) => state)).toEqual(["sent", "sent"]);
});

test("requests that run beside one that traps end, and the log names the trap", async () => {
  intercom.reply = async (request) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return accepting(request);
  };
  const slow = Array.from({ length: 4 }, () => ask(`${worker.url}/tags`, { headers: { authorization } }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect((await ask(`${worker.url}/admins`, { headers: { "x-trap": "1" } })).status).toBeGreaterThanOrEqual(500);
  const statuses = (await Promise.all(slow)).map(({ status }) => status);
  for (const status of statuses) expect(status === 200 || status >= 500, `${status}`).toBe(true);
  expect((await ask(`${worker.url}/admins`, { headers: { authorization } })).status).toBe(200);
});

// DATA_JURISDICTION keeps all stored data in one jurisdiction: docs/storage.md, "Location and jurisdiction".

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { root } from "../../scripts/paths.mjs";
import { newKey, standIn, told } from "../gate.mjs";
import { accepting, email } from "../outbox.mjs";
import { ask, firstError } from "../worker.mjs";

const { ACCESS_TOKEN, LEAKS } = process.env;

test("workerd has no jurisdictions: 503 names the setting, as for an unknown one, and nothing is sent", async () => {
  const settings = ["eu", "fedramp", "EU", "us"].map((DATA_JURISDICTION) => ({ vars: { DATA_JURISDICTION } }));
  const responses = await told("jurisdiction", settings, "/admins");
  for (const response of responses) {
    expect(response.status).toBe(503);
    expect(firstError(response).message).toContain("DATA_JURISDICTION");
  }
});

/**
 * The built Worker, with namespaces that have jurisdictions as Cloudflare's do: it writes each one that is chosen to
 * the log.
 */
const WITH_JURISDICTIONS = `
import entry, * as classes from "./entry.js";

const withJurisdictions = (env) => ({
  ...env,
  ...Object.fromEntries(["CURSORS", "OUTBOX", "SENDERS"].map((binding) => [binding, new Proxy(env[binding], {
    get(namespace, property) {
      if (property === "getByName") throw new Error("without a jurisdiction");
      if (property !== "jurisdiction") return namespace[property];
      return (name) => {
        console.log("jurisdiction " + binding + " " + name);
        return namespace;
      };
    },
  })])),
});

const wrapped = (Class) => class extends Class {
  constructor(state, env) {
    super(state, withJurisdictions(env));
  }
};

export default { fetch: (request, env, context) => entry.fetch(request, withJurisdictions(env), context) };
export const Cursors = wrapped(classes.Cursors);
export const Outbox = wrapped(classes.Outbox);
export const Sender = wrapped(classes.Sender);
`;

describe("where there are jurisdictions", () => {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-jurisdiction-"));
  const log = join(dirname(LEAKS), "jurisdiction-eu", "worker.log");
  const { key, entry } = newKey("all", ["*"]);
  let intercom;
  let worker;

  beforeAll(async () => {
    cpSync(join(root, "build/edge"), folder, { recursive: true });
    writeFileSync(join(folder, "wrapped.js"), WITH_JURISDICTIONS);
    const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
    const main = "wrapped.js";
    const config = join(folder, "wrangler.toml");
    writeFileSync(config, toml.replace(/^main = .*$/m, `main = ${JSON.stringify(main)}`));
    intercom = await standIn();
    intercom.reply = accepting;
    const { port } = await claimPorts({ port: 0 });
    worker = await startWorkerd({
      name: "The Worker",
      config,
      port,
      log,
      vars: {
        CALLER_KEYS: JSON.stringify([entry]),
        DATA_JURISDICTION: "eu",
        INTERCOM_API_URL: intercom.url,
        INTERCOM_ACCESS_TOKEN: ACCESS_TOKEN,
      },
    });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  test("every object is asked for in the jurisdiction that the setting names", async () => {
    const headers = { authorization: `Bearer ${key}` };
    const sent = await ask(`${worker.url}/messages`, { method: "POST", headers, json: email() });
    expect(sent.status, sent.text).toBe(200);
    const page = await ask(`${worker.url}/users?page=2`, { headers });
    expect(page.status, page.text).not.toBe(503);
    const chosen = new Set(readFileSync(log, "utf8").match(/jurisdiction [A-Z]+ .*/g));
    expect([...chosen].sort()).toEqual(["CURSORS", "OUTBOX", "SENDERS"].map((name) => `jurisdiction ${name} eu`));
  });
});

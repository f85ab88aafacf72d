// The Workers of the live benchmark: ours, and the bare one of bare/. Each is a workerd of its own, with data on disk.

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { CLIENT_SECRET } from "../../tests/live.mjs";
import { descendant } from "../accounting.mjs";

/** The id of the workspace. */
export const APP = "benchapp";
const ME = JSON.stringify({ type: "admin", id: "1", app: { type: "app", id_code: APP } });
/** The Workers by name. `ticket`: the bare Worker needs none, but the address has one. */
export const WORKERS = {
  ours: {},
  bare: { config: join(import.meta.dirname, "bare/wrangler.toml"), health: "/health", ticket: "none" },
};

/** Does the work with a new Worker: `{ url, port, pid, key, ticket }`. */
export async function withWorker(name, work) {
  const { ticket, ...options } = WORKERS[name];
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-live-"));
  const intercom = createServer((_, response) => {
    response.setHeader("content-type", "application/json");
    response.end(ME);
  });
  await new Promise((resolve) => intercom.listen(0, "127.0.0.1", resolve));
  const { port } = await claimPorts({ port: 0 });
  const key = newCallerKey();
  const entry = callerKeyEntry("bench", key, { scopes: ["*"] });
  const vars = {
    INTERCOM_API_URL: `http://127.0.0.1:${intercom.address().port}`,
    INTERCOM_ACCESS_TOKEN: "bench",
    INTERCOM_CLIENT_SECRET: CLIENT_SECRET,
    REQUEST_LOG: "false",
    CALLER_KEYS: JSON.stringify([entry]),
  };
  let worker;
  try {
    const state = join(folder, "state");
    worker = await startWorkerd({
      name: `The Worker ${name}`,
      port,
      vars,
      state,
      log: join(folder, "log"),
      ...options,
    });
    const pid = descendant(worker.pid, "workerd");
    const died = worker.died.then((failure) => Promise.reject(failure));
    return await Promise.race([died, work({ name, url: worker.url, port, pid, key, ticket })]);
  } finally {
    await worker?.stop();
    await new Promise((resolve) => intercom.close(resolve).closeAllConnections());
    rmSync(folder, { recursive: true, force: true });
  }
}

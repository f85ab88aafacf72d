// Serves the Worker, and behind it the sandbox: for `npm start`, and with ports and state of their
// own for the tests.
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { callerKeyEntry, newCallerKey } from "./caller-key.mjs";
import { logs as allLogs, path, root } from "./paths.mjs";
import { writeSettings } from "./settings.mjs";
import { Failure, exit, lastOf } from "./step.mjs";

const SANDBOX_TOKEN = "sandbox-token";
const READY_MS = 60_000;
const STOP_MS = 6000;

/**
 * Starts both and resolves when both answer, to their addresses, the caller key, `stop`, which ends
 * them, and `died`, which resolves to a Failure when one ends by itself.
 *
 * `port`, `sandboxPort`: none takes a free one. `vars`: more of the Worker's settings.
 * `intercom`: `{ url, token }` of the real Intercom or of a stand-in, and no sandbox is started.
 * `sandboxToken`: what the sandbox takes as the access token, beside its own.
 * `config`: a wrangler.toml in place of the project's.
 * `callerKey`: opens the Worker with every scope; none makes one.
 * `state`: the folder of what Durable Objects keep; none keeps nothing. `logs`: the folder of logs.
 */
export async function startWorker(options = {}) {
  const { port, sandboxPort, sandboxToken = SANDBOX_TOKEN, vars = {}, intercom, config, state } = options;
  const { callerKey = newCallerKey() } = options;
  const ports = await claimPorts({
    PORT: port,
    inspector: 0,
    ...(intercom ? {} : { SANDBOX_PORT: sandboxPort, sandbox: 0, sandboxInspector: 0 }),
  });
  const url = `http://localhost:${ports.PORT}`;
  const sandboxUrl = intercom ? undefined : `http://localhost:${ports.SANDBOX_PORT}`;
  const kept = state ?? mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
  const logs = options.logs ?? join(allLogs, String(ports.PORT));
  mkdirSync(logs, { recursive: true });

  const parts = [];
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    if (!state) rmSync(kept, { recursive: true, force: true });
  };
  try {
    if (!intercom) parts.push(...sandbox(ports, kept, logs, sandboxToken));
    parts.push(
      worker(ports, kept, logs, config, {
        INTERCOM_ACCESS_TOKEN: intercom?.token ?? sandboxToken,
        INTERCOM_API_URL: intercom?.url ?? sandboxUrl,
        CALLER_KEYS: JSON.stringify([callerKeyEntry("local", callerKey, { scopes: ["*"] })]),
        // Of the sandbox's admins the first sends where nobody is named.
        ...(intercom ? {} : { SENDER_ADMIN_ID: "1234567" }),
        ...vars,
      }),
    );
    const died = Promise.race(parts.map((part) => part.died));
    const healthy = [`${url}/edge/health`, ...(intercom ? [] : [`${sandboxUrl}/_sandbox/health`])];
    const failure = await Promise.race([died, Promise.all(healthy.map(answering)).then(() => undefined)]);
    if (failure) throw failure;
    return { url, sandboxUrl, callerKey, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function worker(ports, state, logs, config = "wrangler.toml", settings) {
  const file = join(state, "settings");
  writeSettings(file, settings);
  const part = wrangler("The Worker", {
    config,
    port: ports.PORT,
    inspector: ports.inspector,
    state: join(state, "worker"),
    log: join(logs, "worker.log"),
    more: ["--env-file", file],
  });
  return { ...part, stop: () => part.stop().finally(() => rmSync(file, { force: true })) };
}

/** The sandbox's Worker, and before it the process that can cut a connection, which a Worker cannot. */
function sandbox(ports, state, logs, token) {
  const behind = wrangler("The sandbox", {
    config: "wrangler.sandbox.toml",
    port: ports.sandbox,
    inspector: ports.sandboxInspector,
    state: join(state, "sandbox"),
    log: join(logs, "sandbox.log"),
  });
  const front = ["node", "scripts/sandbox-front.mjs", "--listen", ports.SANDBOX_PORT, "--to", ports.sandbox];
  return [behind, start("The sandbox's front", front, join(logs, "sandbox-front.log"), { SANDBOX_TOKEN: token })];
}

function wrangler(name, { config, port, inspector, state, log, more = [] }) {
  const command = [
    "wrangler",
    "dev",
    "--config",
    config,
    "--port",
    port,
    "--inspector-port",
    inspector,
    "--persist-to",
    state,
    "--show-interactive-dev-session=false",
    ...more,
  ];
  return start(name, command, log);
}

/** Starts a part of the whole as a process group that ends with this process; `pid` leads the group. */
export function start(name, command, log, env = {}) {
  const output = openSync(log, "w");
  const child = spawn(process.execPath, [join(root, "scripts/tether.mjs"), ...command.map(String)], {
    cwd: root,
    detached: true,
    env: { ...partEnv(), ...env },
    stdio: ["pipe", output, output],
  });
  closeSync(output);
  child.stdin.on("error", () => {});

  let stopping = false;
  const ended = exit(child).then((code) => {
    kill(child.pid);
    return code;
  });
  const died = ended.then((code) => {
    if (stopping) return new Promise(() => {});
    return new Failure(`${name} ended by itself with ${code}`, { why: lastOf(log) });
  });
  const stop = async () => {
    stopping = true;
    child.stdin.end();
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    kill(child.pid);
  };
  return { pid: child.pid, died, stop };
}

/** Ends what is left of a group; most often nothing is. */
function kill(group) {
  try {
    process.kill(-group, "SIGKILL");
  } catch {}
}

/** Wrangler without anything that needs the network, and without secrets: those come by file. */
function partEnv() {
  const { CALLER_KEY, INTERCOM_ACCESS_TOKEN, ...env } = process.env;
  return {
    ...env,
    PATH: path,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    WRANGLER_SEND_METRICS: "false",
  };
}

/**
 * Ports that nobody listens on, one for each name: the number asked for, or any. All are held until
 * all are found, so that no two are the same.
 */
export async function claimPorts(wanted) {
  const held = [];
  try {
    const ports = {};
    for (const [name, port] of Object.entries(wanted)) {
      const server = await listen(name, port || 0);
      held.push(server);
      ports[name] = server.address().port;
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(name, port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      const todo = `end what uses it, or choose another: ${name}=${port + 10} npm start`;
      reject(error.code === "EADDRINUSE" ? new Failure(`Port ${port} is in use`, { todo }) : error);
    });
    server.listen(port, "localhost", () => resolve(server));
  });
}

/** Resolves when an address answers well. */
export async function answering(url) {
  const deadline = Date.now() + READY_MS;
  let last;
  while (Date.now() < deadline) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(5000) });
      await answer.body?.cancel();
      if (answer.ok) return;
      last = `it answers ${answer.status}`;
    } catch (error) {
      last = error.cause?.message ?? error.message;
    }
    await sleep(100);
  }
  throw new Failure(`Nothing good comes from ${url} after ${READY_MS / 1000} s`, { why: last });
}

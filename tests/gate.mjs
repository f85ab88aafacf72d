// A Worker with settings and caller keys of a test's own, and behind it a stand-in for Intercom that
// answers what the test says and keeps what arrived, byte for byte. The Worker runs in workerd alone,
// without the proxy of `wrangler dev`, which bends addresses before the Worker sees them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { callerKeyEntry, newCallerKey } from "../cli/keys/caller-key.mjs";
import { claimPorts } from "../cli/run/ports.mjs";
import { startWorker } from "../cli/serve/worker.mjs";
import { startWorkerd } from "../cli/serve/workerd.mjs";
import { logs, root } from "../scripts/paths.mjs";
import { filesWith } from "./canary.mjs";
import { ask } from "./worker.mjs";

const { ACCESS_TOKEN, LEAKS } = process.env;

/** An Intercom that answers `{}`, or what `reply` is set to: `{ status, headers, body, cut }`. */
export async function standIn() {
  const intercom = { arrived: [], reply: () => ({}) };
  // It is the client who ends an idle connection: no request meets one that is about to close.
  const options = { keepAliveTimeout: 600_000, maxHeaderSize: 1 << 17 };
  const server = createServer(options, async (request, response) => {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return; // cut off: it never arrived
    }
    const { method, url, headers } = request;
    const one = { method, url, headers, body: Buffer.concat(chunks), at: Date.now() };
    const count = intercom.arrived.push(one);
    const { status = 200, headers: more, body = {}, cut } = (await intercom.reply(one, count)) ?? {};
    if (cut === "before") return request.socket.resetAndDestroy();
    const none = status === 204 || status === 304;
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
    const length = none ? {} : { "content-length": bytes.length };
    response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...length, ...more });
    if (cut === "within") {
      response.write(bytes);
      return setTimeout(() => request.socket.destroy(), 50);
    }
    response.end(none ? undefined : bytes);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  intercom.url = `http://127.0.0.1:${server.address().port}`;
  intercom.stop = () => new Promise((resolve) => server.close(resolve).closeAllConnections());
  return intercom;
}

/** A key and its entry in CALLER_KEYS; `may`: scopes, or `{ scopes, origins, expires_at }`. */
export function newKey(name, may) {
  const key = newCallerKey();
  return { key, entry: callerKeyEntry(name, key, Array.isArray(may) ? { scopes: may } : may) };
}

/** Writes the project's wrangler.toml with a caller limit that a test can reach. Returns the file's path. */
export function configWithLimit(name, limit) {
  const text = readFileSync(join(root, "wrangler.toml"), "utf8");
  const small = text
    .replace(/simple = .*/, `simple = { limit = ${limit}, period = 60 }`)
    .replace(/(main|directory) = "/g, `$1 = "${root}`);
  expect(small).toContain(`limit = ${limit}`);
  const folder = join(logs, "tests/edge");
  mkdirSync(folder, { recursive: true });
  const config = join(folder, `${name}.toml`);
  writeFileSync(config, small);
  return config;
}

/**
 * Starts a Worker before an Intercom. `name` is its folder of logs; with `config`, wrangler serves it.
 * With `state`, a folder, its objects keep what they have through a `restart`, which is SIGKILL. `unbound`:
 * bindings that it lacks. `changed`: the wrangler.toml of a changed Worker, which workerd serves. `twin`: start a
 * second instance with the same objects, at `twinUrl`.
 */
export async function serve(name, intercom, options = {}) {
  const { keys = { all: ["*"] }, vars = {}, config, state, unbound, changed, twin } = options;
  const made = Object.entries(keys).map(([name, may]) => [name, newKey(name, may)]);
  const secrets = Object.fromEntries(made.map(([name, { key }]) => [name, key]));
  const CALLER_KEYS = JSON.stringify(made.map(([, { entry }]) => entry));
  const folder = join(dirname(LEAKS), name);
  const { port, second } = await claimPorts({ port: 0, ...(twin && { second: 0 }) });
  let starts = 0;
  const begin = () => {
    const all = { CALLER_KEYS, ...vars };
    if (config)
      return startWorker({ logs: folder, intercom: { url: intercom.url, token: ACCESS_TOKEN }, vars: all, config });
    const log = join(folder, `worker${starts++ || ""}.log`);
    const settings = { INTERCOM_API_URL: intercom.url, INTERCOM_ACCESS_TOKEN: ACCESS_TOKEN, ...all };
    const more = { state, unbound, log, twin: second };
    return startWorkerd({ name: "The Worker", config: changed, port, vars: settings, ...more });
  };
  let worker = await begin();
  return {
    url: worker.url,
    twinUrl: `http://127.0.0.1:${second}`,
    keys: secrets,
    /** What it has logged since its first start. */
    log: () =>
      Array.from({ length: Math.max(starts, 1) }, (_, start) =>
        readFileSync(join(folder, `worker${start || ""}.log`), "utf8"),
      ).join(""),
    /** Kills it, does the `work`, if any, and starts it again. */
    async restart(work) {
      await worker.kill();
      await work?.();
      worker = await begin();
    },
    /** Asks as the caller of a name, or as nobody. */
    ask(path, { as = "all", headers, ...init } = {}) {
      const authorization = as && `Bearer ${secrets[as]}`;
      return ask(worker.url + path, { ...init, headers: { authorization, ...headers } });
    },
    async stop() {
      await worker.stop();
      expect(filesWith([ACCESS_TOKEN, ...Object.values(secrets)], [folder]), "files with a secret").toEqual([]);
    },
  };
}

/** The same for all tests of a file: what [`serve`] gives, with `arrived` and `reply` of the stand-in. */
export function gate(name, options) {
  const it = {};
  let intercom;
  let worker;
  beforeAll(async () => {
    intercom = await standIn();
    worker = await serve(name, intercom, options);
    Object.assign(it, worker, {
      arrived: () => intercom.arrived,
      /** What the stand-in answers, until the next test. */
      reply: (reply) => Object.assign(intercom, { reply: typeof reply === "function" ? reply : () => reply }),
    });
  });
  beforeEach(() => Object.assign(intercom, { arrived: [], reply: () => ({}) }));
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });
  return it;
}

/**
 * What Workers with such settings say at a path to a caller with a good key (`key`, or their first),
 * an answer for each of `settings`; nothing may reach Intercom.
 */
export async function told(name, settings, path, key) {
  const intercom = await standIn();
  const answers = [];
  try {
    // A few at a time: each is a process of its own.
    for (let at = 0; at < settings.length; at += 3) {
      answers.push(
        ...(await Promise.all(
          settings.slice(at, at + 3).map(async (options, place) => {
            const worker = await serve(`${name}-${at + place}`, intercom, options);
            try {
              const authorization = `Bearer ${key ?? Object.values(worker.keys)[0]}`;
              const answer = await worker.ask(path, { headers: { authorization } });
              const health = await worker.ask("/edge/health", { as: null });
              return { ...answer, health };
            } finally {
              await worker.stop();
            }
          }),
        )),
      );
    }
    expect(intercom.arrived).toEqual([]);
  } finally {
    await intercom.stop();
  }
  return answers;
}

// The code of docs/your-own-login.md, run as its readers run it: the servers for Node as processes, the Workers in
// workerd.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claimPorts } from "../cli/run/ports.mjs";
import { start as startProcess } from "../cli/run/process.mjs";
import { workerdProgram } from "../cli/run/programs.mjs";
import { root } from "../scripts/paths.mjs";

const page = readFileSync(join(root, "docs/your-own-login.md"), "utf8");

/** The files of the page, by the name in their first line. */
export const files = Object.fromEntries(
  [...page.matchAll(/^```js\n(\/\/ (\S+\.js)\n.*?)^```/gms)].map(([, code, name]) => [name, code]),
);

/** The only line of the page that is a part of an array: the header with a user's token. */
export const [, tokenHeader] = /^```js\n(\["authorization".*?)\n```/ms.exec(page);

/** The settings of the Worker. */
export const [, settings] = /^```toml\n(ALLOWED_ORIGINS.*?)^```/ms.exec(page);
export const [issuer] = JSON.parse(/TOKEN_ISSUERS = '''(.+?)'''/s.exec(settings)[1]);

/** Runs the command that creates a signing key, and returns the list that it prints. */
export function newSigningKeys() {
  const [, command] = /^```sh\n(node .*?)^```/ms.exec(page);
  return JSON.parse(execFileSync("sh", ["-c", command], { encoding: "utf8" }));
}

/** The reader's own module: who has which session. */
const SESSIONS = `const users = {
  "session=ann": { id: "ann", role: "support" },
  "session=bob": { id: "bob", role: "sales" },
  "session=eve": { id: "eve", role: "guest" },
};
export async function userOf(cookie) {
  return users[cookie] ?? null;
}
`;

/** Writes the files of the page to a new folder within the project, where `import "intercom-edge"` works. */
export function writeFiles(changes = {}) {
  mkdirSync(join(root, "build"), { recursive: true });
  const folder = mkdtempSync(join(root, "build/own-login-"));
  const all = { "session.js": SESSIONS, "package.json": '{"type":"module"}', ...files, ...changes };
  for (const [name, code] of Object.entries(all)) writeFileSync(join(folder, name), code);
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts a server for Node. Resolves when it answers. */
export async function startNode(folder, name, env, port) {
  port ??= (await claimPorts({ port: 0 })).port;
  return started([process.execPath, join(folder, name)], { ...env, PORT: String(port) }, port);
}

/** Starts a Worker. `edge`: the URL behind the service binding INTERCOM_EDGE. Resolves when it answers. */
export async function startWorkerOf(folder, name, env, port, edge = "http://127.0.0.1:9") {
  port ??= (await claimPorts({ port: 0 })).port;
  const text = (value) => JSON.stringify(value);
  const modules = [name, "tokens.js", "session.js"].map(
    (file) => `(name = ${text(file)}, esModule = embed ${text(join(folder, file))})`,
  );
  const bindings = Object.entries(env).map(([key, value]) => `(name = ${text(key)}, text = ${text(value)})`);
  const config = join(folder, `${name}.capnp`);
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [${modules.join(", ")}],
      compatibilityDate = "2026-10-01",
      bindings = [${[...bindings, '(name = "INTERCOM_EDGE", service = "edge")'].join(", ")}],
    )),
    (name = "edge", external = (address = ${text(new URL(edge).host)}, http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", service = "main", http = ())],
);
`,
  );
  return started([await workerdProgram(), "serve", config, "--import-path=/"], {}, port);
}

async function started(command, env, port) {
  const log = `${command.find((part) => part.includes("own-login-"))}.log`;
  const part = startProcess(command[0], command, log, { env: { ...process.env, ...env } });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => {
    while (!(await fetch(`${url}/ready`).catch(() => null))) await sleep(50);
  };
  const failure = await Promise.race([part.died, answers()]);
  if (failure) throw failure;
  return { url, port, stop: part.stop };
}

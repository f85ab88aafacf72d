// `npm start`: the Worker on this machine, with the sandbox behind it.
import { join } from "node:path";
import { argv, env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { build, targets } from "./build.mjs";
import { localCallerKey } from "./caller-key.mjs";
import { logs, root } from "./paths.mjs";
import { claimPorts, startWorker } from "./serve.mjs";
import { settingsFromEnvironment } from "./settings.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main } from "./step.mjs";

const HELP = `npm start
  Sets up what is missing, builds what has changed, and serves the Worker, with the sandbox (an
  Intercom on this machine) behind it. Ctrl-C ends it.

From the environment:
  PORT                   the Worker's port (8787)
  SANDBOX_PORT           the sandbox's port (8788)
  CALLER_KEY             the key that callers send, 32 visible characters or more
                         (by default one is made, and kept in .caller-key)
  CALLER_KEYS            further keys, of fewer scopes: the line that npm run key prints
  INTERCOM_ACCESS_TOKEN  your workspace's token: the Worker then asks the real Intercom, and no
                         sandbox starts
  INTERCOM_API_URL       your region's host, with that token (https://api.intercom.io)
  and every setting of the Worker (README, "Settings"), such as DEFAULT_VERSION=2.14

The logs are in logs/worker.log and logs/sandbox.log.`;

const DEFAULT_API_URL = "https://api.intercom.io";
const PARENT_CHECK_MS = 1000;
const ANSWER_CHECK_MS = 30_000;

async function start() {
  const port = portFrom("PORT", 8787);
  const sandboxPort = portFrom("SANDBOX_PORT", 8788);
  const callerKey = localCallerKey();
  const token = env.INTERCOM_ACCESS_TOKEN;
  const intercom = token ? { token, url: env.INTERCOM_API_URL || DEFAULT_API_URL } : undefined;

  // Told now rather than after minutes of building.
  await claimPorts(intercom ? { PORT: port } : { PORT: port, SANDBOX_PORT: sandboxPort });
  await setUp();
  await build(
    Object.keys(targets).filter((name) => !["example", "sbom"].includes(name) && (name !== "sandbox" || !intercom)),
  );

  console.log(`→ Starting the Worker, with ${intercom?.url ?? "the sandbox"} behind it`);
  const stopping = untilAskedToStop();
  // Two at once, on ports of their own, must not write into one state.
  const state = join(root, ".wrangler/state", String(port));
  const starting = startWorker({
    port,
    sandboxPort,
    callerKey,
    intercom,
    vars: settingsFromEnvironment(),
    state,
    logs,
  });
  const served = await Promise.race([starting, stopping]);
  // Asked to stop while they start: they end with this process.
  if (!served) process.exit(0);
  let failure;
  try {
    console.log(`Ready on ${served.url}`);
    console.log(await invitation(served));
    failure = await Promise.race([served.died, silent(served.url), stopping]);
  } finally {
    await served.stop();
  }
  if (failure) throw failure;
  process.exit(0);
}

function portFrom(name, otherwise) {
  const port = Number(env[name] || otherwise);
  if (Number.isInteger(port) && port > 0 && port < 65536) return port;
  throw new Failure(`${name}=${env[name]} is not a port`, { todo: `${name}=${otherwise} npm start` });
}

/**
 * Resolves to nothing on Ctrl-C, on SIGTERM, and when npm is gone without having passed one on:
 * package.json runs this script by `exec`, so that npm is its parent and no shell is between.
 */
function untilAskedToStop() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
    if (!env.npm_lifecycle_event) return;
    const npm = process.ppid;
    setInterval(() => process.ppid !== npm && resolve(), PARENT_CHECK_MS).unref();
  });
}

/**
 * Resolves to a Failure once the Worker runs and does not answer, twice in a row. Wrangler restarts a part
 * of its own that is killed, and may pass on nothing from then on.
 */
async function silent(url) {
  for (let misses = 0; misses < 2; ) {
    await sleep(ANSWER_CHECK_MS, undefined, { ref: false });
    // A file: the Worker logs nothing for it.
    const answered = await fetch(`${url}/dashboard/`, {
      method: "HEAD",
      signal: AbortSignal.timeout(ANSWER_CHECK_MS),
    }).catch(() => undefined);
    misses = answered ? 0 : misses + 1;
  }
  return new Failure("The Worker runs, and does not answer", {
    why: "A process of wrangler's was killed, or this machine is overloaded.",
    todo: "npm start",
  });
}

/** What to try first: lines that can be pasted as they stand. */
async function invitation({ url, sandboxUrl, callerKey: key }) {
  // These paths are of API 1.x, which is what the Worker takes them for unless told otherwise.
  const pin = /^1\b/.test(env.DEFAULT_VERSION || "1.4") ? "" : " -H 'Intercom-Version: 1.4'";
  const curl = `curl -H ${shell(`Authorization: Bearer ${key}`)} -H 'Accept: application/json'${pin}`;
  const lines = [
    "",
    "Users:",
    `  ${curl} ${url}/users`,
    "Leads:",
    `  ${curl} ${url}/contacts`,
    "Admins:",
    `  ${curl} ${url}/admins`,
  ];
  // Only in the sandbox does a pasted line not write to a real person.
  const admin = sandboxUrl && (await firstAdmin(url, key));
  if (admin) {
    const mail = {
      message_type: "email",
      subject: "Hey",
      body: "How are you ?",
      template: "plain",
      from: { type: "admin", id: admin },
      to: { type: "user", user_id: "john_doe" },
    };
    const json = `-H 'Content-Type: application/json' -d ${shell(JSON.stringify(mail))}`;
    lines.push("Send an e-mail:", `  ${curl} ${json} ${url}/messages`);
  }
  lines.push("", "The dashboard, signed in:", `  ${url}/dashboard/#key=${encodeURIComponent(key)}`);
  return [...lines, "", "Ctrl-C ends it."].join("\n");
}

async function firstAdmin(url, key) {
  const answer = await fetch(`${url}/admins`, { headers: { Authorization: `Bearer ${key}` } });
  return answer.ok ? (await answer.json()).admins?.[0]?.id : undefined;
}

const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
else await main(start);

// `intercom-edge dev`: the Worker on localhost, with the sandbox behind it.
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { env } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.mjs";
import { localCallerKey } from "../keys/caller-key.mjs";
import { optionsFrom } from "../options.mjs";
import { claimPorts, portOf } from "../run/ports.mjs";
import { untilStopped } from "../run/stop.mjs";
import { localFolder } from "../serve/local-folder.mjs";
import { settingsFromEnvironment } from "../serve/settings.mjs";
import { startWorker } from "../serve/worker.mjs";
import { parsedConfig } from "../wrangler-config.mjs";

export const summary = "serves the Worker on localhost, with the sandbox behind it";

export const help = (command) => `${command} [options]

Serves the Worker on localhost, with the sandbox (an Intercom on this computer) behind it. Ctrl-C ends it.

In a folder with a wrangler.toml, wrangler serves the Worker of this file. In any other folder, workerd alone serves the
Worker of this package, and wrangler is not needed.

  --port <port>           the Worker's port (8787)
  --sandbox-port <port>   the sandbox's port (8788)
  --config <file>         another file than wrangler.toml
  --env <name>            the environment of wrangler.toml: a section [env.<name>]

From the environment:
  PORT, SANDBOX_PORT      the ports, without the options
  CALLER_KEY              the caller key with all scopes: 32 or more visible ASCII characters. It is saved in
                          .intercom-edge/caller-key. Without it, the first start creates a key
  CALLER_KEYS             further caller keys: the line that the command key prints
  INTERCOM_ACCESS_TOKEN   the access token of your workspace. The Worker then calls the real Intercom, and no sandbox
                          starts
  INTERCOM_API_URL        the API host of your region, with that token (https://api.intercom.io)
  INTERCOM_CLIENT_SECRET  the client secret of your Intercom app, which signs webhooks. Without it, a random one signs
                          the sandbox's webhooks
  ALLOWED_ORIGINS         the origins whose pages may call the Worker (localhost with port 3000, 4173, 5173 or 8080)
  and all other settings of the Worker, such as DEFAULT_VERSION=2.14 (README, "Settings")

The data and the logs are in the folder .intercom-edge.`;

const DEFAULT_API_URL = "https://api.intercom.io";
/** The addresses of the usual development servers, whose pages may call the Worker unless ALLOWED_ORIGINS is set. */
const DEVELOPMENT_ORIGINS = [3000, 4173, 5173, 8080].map((port) => `http://localhost:${port}`).join();
const RESPONSE_CHECK_MS = 30_000;

/** Serves until Ctrl-C. `prepare` runs when the options are valid and the ports are free. */
export async function run(args, { prepare = () => {} } = {}) {
  const given = optionsFrom(args, ["port", "sandbox-port", "config", "env"]);
  const [portName, port] = portOf(given, "port", "PORT", 8787);
  const [sandboxName, sandboxPort] = portOf(given, "sandbox-port", "SANDBOX_PORT", 8788);
  const config = configOf(given);
  if (config) await parsedConfig(config, given.env);
  const vars = { ALLOWED_ORIGINS: DEVELOPMENT_ORIGINS, ...settingsFromEnvironment() };
  const folder = localFolder();
  const callerKey = localCallerKey(folder);
  const token = env.INTERCOM_ACCESS_TOKEN;
  const intercom = token ? { token, url: env.INTERCOM_API_URL || DEFAULT_API_URL } : undefined;
  if (!intercom && port === sandboxPort) {
    throw new Failure(`${portName} and ${sandboxName} are both ${port}`, { todo: "use two different ports" });
  }
  await claimPorts({ [portName]: port, ...(intercom ? {} : { [sandboxName]: sandboxPort }) });
  await prepare({ sandbox: !intercom });

  console.log(`→ Starting the Worker, with ${intercom?.url ?? "the sandbox"} behind it`);
  const stopped = untilStopped();
  const starting = startWorker({
    port,
    sandboxPort,
    config,
    environment: given.env,
    callerKey,
    intercom,
    webhooks: true,
    vars,
    // Two Workers on different ports must not share data.
    state: join(folder, "state", String(port)),
    logs: join(folder, "logs", String(port)),
  });
  const served = await Promise.race([starting, stopped]);
  // The child processes end with this process.
  if (!served) return;
  let failure;
  try {
    console.log(`Ready on ${served.url}`);
    console.log(await firstSteps(served, folder));
    failure = await Promise.race([served.died, unresponsive(served.url), stopped]);
  } finally {
    await served.stop();
  }
  if (failure) throw failure;
}

/** The wrangler.toml to serve, if there is one. */
function configOf({ config, env: environment }) {
  const file = resolve(config ?? "wrangler.toml");
  if (config || environment || existsSync(file)) return file;
  return undefined;
}

/**
 * Resolves to a {@link Failure} when the Worker leaves two checks in a row unanswered. wrangler restarts a process of
 * its own that was killed, and may then forward nothing.
 */
async function unresponsive(url) {
  for (let misses = 0; misses < 2; ) {
    await sleep(RESPONSE_CHECK_MS, undefined, { ref: false });
    // A file: the Worker does not log this request.
    const response = await fetch(`${url}/dashboard/`, {
      method: "HEAD",
      signal: AbortSignal.timeout(RESPONSE_CHECK_MS),
    }).catch(() => undefined);
    misses = response ? 0 : misses + 1;
  }
  return new Failure("The Worker runs, but does not respond", {
    why: "One of wrangler's processes was killed, or this computer is overloaded.",
    todo: "start it again",
  });
}

/** Returns what to try first: commands that work when pasted. */
async function firstSteps({ url, sandboxUrl, callerKey: key }, folder) {
  const rejection = await rejectionOf(url, key);
  if (rejection) return `\n✗ The Worker rejects requests: ${rejection}\n\nCtrl-C ends it.`;
  // These paths are of API 1.x, which is the default.
  const pin = /^1\b/.test(env.DEFAULT_VERSION || "1.4") ? "" : " -H 'Intercom-Version: 1.4'";
  const authorization = `-H ${shell(`Authorization: Bearer ${key}`)}`;
  const curl = `curl ${authorization} -H 'Accept: application/json'${pin}`;
  const lines = [
    "",
    "Users:",
    `  ${curl} ${url}/users`,
    "Leads:",
    `  ${curl} ${url}/contacts`,
    "Admins:",
    `  ${curl} ${url}/admins`,
  ];
  // Only in the sandbox a pasted command does not write to a real person.
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
  lines.push("Live events, as they happen:", `  curl -N ${authorization} ${url}/edge/live`);
  lines.push("", "The dashboard, signed in:", `  ${url}/dashboard/#key=${encodeURIComponent(key)}`);
  lines.push("", `The caller key is in ${join(folder, "caller-key")}.`);
  return [...lines, "", "Ctrl-C ends it."].join("\n");
}

/** Returns the Worker's message if it rejects the caller key, for example because a setting is malformed. */
async function rejectionOf(url, key) {
  const response = await fetch(`${url}/edge/whoami`, { headers: { Authorization: `Bearer ${key}` } });
  if (response.ok) return undefined;
  const body = await response.json().catch(() => undefined);
  return body?.errors?.[0]?.message ?? `it answers ${response.status}`;
}

async function firstAdmin(url, key) {
  const response = await fetch(`${url}/admins`, { headers: { Authorization: `Bearer ${key}` } });
  return response.ok ? (await response.json()).admins?.[0]?.id : undefined;
}

const shell = (text) => `'${text.replaceAll("'", `'\\''`)}'`;

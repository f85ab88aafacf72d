// The Worker on localhost, with the sandbox or the real Intercom behind it: for `intercom-edge dev`, and with ports and
// state of their own for the tests.
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { callerKeyEntry, newCallerKey } from "../keys/caller-key.mjs";
import { built } from "../package.mjs";
import { answering, claimPorts } from "../run/ports.mjs";
import { start } from "../run/process.mjs";
import { wranglerCommand } from "../run/programs.mjs";
import { SANDBOX_TOKEN, startSandbox } from "./sandbox.mjs";
import { writeSettings } from "./settings.mjs";
import { startWorkerd } from "./workerd.mjs";

/**
 * Starts the Worker and what is behind it. Resolves when both answer: to their addresses, the caller key, the client
 * secret that signs the sandbox's webhooks, `stop`, and `died`, which resolves to a Failure if one of them ends by
 * itself.
 *
 * - `port`, `sandboxPort`: without them, free ports.
 * - `config`: a wrangler.toml, whose Worker `wrangler dev` serves; `environment` selects a section of it. Without it,
 *   workerd alone serves this package's Worker.
 * - `vars`: more of the Worker's settings.
 * - `intercom`: `{ url, token }` of the real Intercom or of a stand-in. The sandbox does not start then.
 * - `sandboxToken`: the access token that the sandbox accepts, in addition to its own.
 * - `webhooks`: the sandbox sends a webhook to the Worker for each change. Without it, it sends none until
 *   `POST /_sandbox/webhooks` sets a URL.
 * - `callerKey`: a key with every scope. Without it, a new key.
 * - `state`: the folder of all stored data. Without it the data is removed at the end.
 * - `logs`: the folder of the logs.
 */
export async function startWorker(options) {
  const { port, sandboxPort, sandboxToken = SANDBOX_TOKEN, vars = {}, intercom, config, environment, logs } = options;
  const { callerKey = newCallerKey(), webhooks = false } = options;
  const ports = await claimPorts({
    worker: port,
    ...(intercom ? {} : { sandbox: sandboxPort }),
    ...(config ? { inspector: 0 } : {}),
  });
  const url = `http://localhost:${ports.worker}`;
  const state = options.state ?? mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
  mkdirSync(logs, { recursive: true });

  const parts = [];
  const stop = async () => {
    await Promise.all(parts.map((part) => part.stop()));
    if (!options.state) rmSync(state, { recursive: true, force: true });
  };
  const sandboxUrl = intercom ? undefined : `http://localhost:${ports.sandbox}`;
  const clientSecret = intercom ? undefined : (firstSecret(vars) ?? randomBytes(32).toString("base64url"));
  const settings = {
    INTERCOM_ACCESS_TOKEN: intercom?.token ?? sandboxToken,
    INTERCOM_API_URL: intercom?.url ?? sandboxUrl,
    CALLER_KEYS: JSON.stringify([callerKeyEntry("local", callerKey, { scopes: ["*"] })]),
    // The sandbox's first admin sends if a message has no sender.
    ...(intercom ? {} : { SENDER_ADMIN_ID: "1234567", INTERCOM_CLIENT_SECRET: clientSecret }),
    ...vars,
  };
  const serve = config ? startByWrangler : startAlone;
  const begin = async (starting) => parts.push(await starting);
  try {
    const worker = {
      ports,
      state: join(state, "worker"),
      log: join(logs, "worker.log"),
      config,
      environment,
      settings,
    };
    await Promise.all([
      ...(intercom
        ? []
        : [
            begin(
              startSandbox({
                port: ports.sandbox,
                token: sandboxToken,
                webhook: webhooks && { url: `${url}/edge/webhooks/intercom`, secret: clientSecret },
                state: join(state, "sandbox"),
                logs,
              }),
            ),
          ]),
      begin(serve(worker)),
    ]);
    const died = Promise.race(parts.map((part) => part.died));
    return { url, sandboxUrl, callerKey, clientSecret, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The first of the client secrets in the settings, of which there are several while one is rotated. */
const firstSecret = ({ INTERCOM_CLIENT_SECRET: secrets }) => secrets?.split(",")[0].trim() || undefined;

/** Serves this package's Worker and dashboard in workerd alone. */
function startAlone({ ports, state, log, settings }) {
  built("edge", "entry.js");
  return startWorkerd({ name: "The Worker", port: ports.worker, vars: settings, state, log, assets: true });
}

/** Serves the Worker of a wrangler.toml by `wrangler dev`, and resolves when it answers. */
async function startByWrangler({ ports, state, log, config, environment, settings }) {
  const file = join(dirname(state), "settings");
  writeSettings(file, settings);
  const command = [
    ...wranglerCommand(),
    "dev",
    ...["--config", config],
    ...["--env", environment ?? ""],
    ...["--port", ports.worker],
    ...["--inspector-port", ports.inspector],
    ...["--persist-to", state],
    ...["--env-file", file],
    "--show-interactive-dev-session=false",
  ];
  const part = start("The Worker", command, log, { cwd: dirname(config), env: wranglerEnv() });
  const stop = () => part.stop().finally(() => rmSync(file, { force: true }));
  const ready = answering(`http://localhost:${ports.worker}/edge/health`).then(() => undefined);
  const failure = await Promise.race([part.died, ready]).catch((error) => error);
  if (failure) {
    await stop();
    throw failure;
  }
  return { died: part.died, stop };
}

/** The environment of wrangler, without secrets, which it gets in a file, and without the need for a network. */
function wranglerEnv() {
  const { CALLER_KEY, INTERCOM_ACCESS_TOKEN, INTERCOM_CLIENT_SECRET, SANDBOX_WEBHOOK_SECRET, ...env } = process.env;
  return {
    ...env,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    WRANGLER_SEND_METRICS: "false",
  };
}

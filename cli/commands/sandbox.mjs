// `intercom-edge sandbox`: the sandbox alone, as a test double of Intercom for any project.
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { claimPorts, portOf } from "../run/ports.mjs";
import { untilStopped } from "../run/stop.mjs";
import { localFolder } from "../serve/local-folder.mjs";
import { SANDBOX_TOKEN, startSandbox } from "../serve/sandbox.mjs";

export const summary = "serves an Intercom with test data on localhost, for the tests of any project";

export const help = (command) => `${command} [options]

Serves the sandbox: a local Intercom with test data, for tests in any language. Set the API host of your client to its
address. Each start begins with the same data. Ctrl-C ends it.

  --port <port>           the port (8788, or SANDBOX_PORT from the environment)
  --contacts <n>          the number of contacts, 0 to 200,000 (500)
  --seed <n>              another number gives other contacts (1)
  --webhook-url <url>     where to send a webhook for each change (SANDBOX_WEBHOOK_URL from the environment)

From the environment:
  SANDBOX_WEBHOOK_SECRET  the client secret that signs webhooks. It is required with --webhook-url

The access token is ${SANDBOX_TOKEN}. The logs are in the folder .intercom-edge.
docs/sandbox.md describes the data, and how to simulate faults.`;

const CONTACTS = { least: 0, most: 200_000 };

/** Serves until Ctrl-C. */
export async function run(args) {
  const given = optionsFrom(args, ["port", "contacts", "seed", "webhook-url"]);
  const [portName, port] = portOf(given, "port", "SANDBOX_PORT", 8788);
  const contacts = numberFrom(given.contacts, "--contacts", CONTACTS);
  const seed = numberFrom(given.seed, "--seed", { least: 0, most: 2 ** 32 - 1 });
  const webhook = webhookFrom(given["webhook-url"]);
  await claimPorts({ [portName]: port });

  const stopped = untilStopped();
  const starting = startSandbox({ port, webhook, logs: join(localFolder(), "logs", String(port)) });
  const sandbox = await Promise.race([starting, stopped]);
  if (!sandbox) return;
  let failure;
  try {
    if (contacts !== undefined || seed !== undefined) await fill(sandbox.url, { contacts, seed });
    console.log(`Ready on ${sandbox.url}`);
    console.log(`
The access token is ${SANDBOX_TOKEN}:
  curl -H 'Authorization: Bearer ${SANDBOX_TOKEN}' ${sandbox.url}/contacts

Ctrl-C ends it.`);
    failure = await Promise.race([sandbox.died, stopped]);
  } finally {
    await sandbox.stop();
  }
  if (failure) throw failure;
}

/** Returns the URL that receives webhooks and the secret that signs them, if the options have a URL. */
function webhookFrom(option, env = process.env) {
  const [name, url] = option ? ["--webhook-url", option] : ["SANDBOX_WEBHOOK_URL", env.SANDBOX_WEBHOOK_URL];
  if (!url) return undefined;
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    throw new Failure(`${name} must be an http or https URL, not ${url}`);
  }
  const secret = env.SANDBOX_WEBHOOK_SECRET;
  if (secret) return { url, secret };
  throw new Failure(`${name} needs a secret that signs the webhooks`, {
    todo: "set SANDBOX_WEBHOOK_SECRET in the environment",
  });
}

/** Replaces the data. */
async function fill(url, data) {
  const response = await fetch(`${url}/_sandbox/reset`, { method: "POST", body: JSON.stringify(data) });
  if (response.ok) return;
  throw new Failure("The sandbox could not create the contacts", { why: await response.text() });
}

function numberFrom(text, name, { least, most }) {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= most) return number;
  throw new Failure(`${name} must be a whole number from ${least} to ${most}, not ${text}`);
}

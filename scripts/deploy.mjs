// `npm run deploy`: the Worker and the dashboard, to your Cloudflare account.
import { spawn } from "node:child_process";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { BUDGET, bundle, kilobytes } from "./bundle.mjs";
import { build, targets } from "./build.mjs";
import { path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { Failure, exit, main } from "./step.mjs";

const HELP = `npm run deploy [-- --dry-run] [-- <more options of wrangler deploy>]
  Sets up what is missing, builds what has changed, looks the Worker and wrangler.toml over, and
  deploys them to the Cloudflare account that \`npx wrangler login\` named.

  --dry-run   all of it but the last step: no account is needed, and no network
  --config    another file than wrangler.toml, which goes through the same checks

docs/deploy.md says what to set first, and what it costs.`;

const SECRETS = `The Worker answers 401 or 503 until it has its secrets. Once for an account:
  npx wrangler secret put INTERCOM_ACCESS_TOKEN   from Intercom's Developer Hub
  npx wrangler secret put CALLER_KEYS             the line that npm run key prints
Then ask it who you are:
  curl https://<the Worker's address>/edge/whoami -H "Authorization: Bearer <a caller key>"`;

async function deploy() {
  const { dry, config, more } = optionsOf(argv.slice(2));
  await built();

  const { bytes, bindings } = bundle({ config, more });
  console.log(`✓ The Worker weighs ${kilobytes(bytes)} gzipped (at most ${kilobytes(BUDGET)}), and has`);
  for (const line of bindings) console.log(`    ${line}`);
  if (dry) return console.log("Nothing was deployed: this was a dry run.");

  console.log("→ Deploying");
  // Wrangler asks for a login where there is none, so it gets the terminal as it is.
  const wrangler = spawn("wrangler", ["deploy", "--config", config, ...more], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  });
  const code = await exit(wrangler);
  if (code !== 0) {
    throw new Failure(`wrangler deploy ended with ${code}`, {
      why: "The reason is above.",
      todo: "where it is the login: npx wrangler login; without a browser, set CLOUDFLARE_API_TOKEN",
    });
  }
  console.log(`✓ Deployed\n\n${SECRETS}`);
}

/** Takes out of the options what is not passed on to wrangler as it stands. */
export function optionsOf(options) {
  const result = { dry: false, config: "wrangler.toml", more: [] };
  for (let at = 0; at < options.length; at++) {
    const [name, value] = options[at].split(/=(.*)/s);
    if (name === "--dry-run") result.dry = true;
    else if (name === "--config" || name === "-c") {
      result.config = value ?? options[++at];
      if (!result.config)
        throw new Failure(`${name} needs a file`, { todo: "npm run deploy -- --config wrangler.test.toml" });
    } else result.more.push(options[at]);
  }
  return result;
}

async function built() {
  try {
    await setUp();
    await build(Object.keys(targets).filter((name) => !["sandbox", "example", "sbom"].includes(name)));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const why = [error.message, error.why].filter(Boolean).join("\n");
    throw new Failure("Nothing was deployed: what is to be deployed can't be built", { why, todo: error.todo });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
  else await main(deploy);
}

// `npm run deploy`: deploys the Worker and the dashboard to your Cloudflare account.
import { spawn } from "node:child_process";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { BUDGET, bundle, kilobytes } from "./bundle.mjs";
import { build, targets } from "./build.mjs";
import { path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { Failure, exit, main } from "./step.mjs";

const HELP = `npm run deploy [-- --dry-run] [-- <more options of wrangler deploy>]
  Installs missing tools, builds what has changed, checks the Worker's size, validates wrangler.toml, and
  deploys to the Cloudflare account of \`npx wrangler login\`.

  --dry-run   does everything except the deployment; needs no account and no network
  --config    uses another file than wrangler.toml, for example for a staging environment

docs/deploy.md lists the steps, the settings, and the cost.`;

/** The steps after the first deployment: the same as in docs/deploy.md, which a test checks. */
export const NEXT_STEPS = `The Worker answers 401 or 503 until it has its secrets. If you have not set them yet:
  npx wrangler secret put INTERCOM_ACCESS_TOKEN   paste the token from Intercom's Developer Hub
  npm run key -- --name dashboard --scopes contacts:read,admins:read
  npx wrangler secret put CALLER_KEYS             paste the line that npm run key printed
Then check the key:
  curl https://<the Worker's address>/edge/whoami -H "Authorization: Bearer <the key>"`;

async function deploy() {
  const { dry, config, more } = optionsOf(argv.slice(2));
  await built();

  const { bytes, bindings } = bundle({ config, more });
  console.log(`✓ The Worker has ${kilobytes(bytes)} gzipped (at most ${kilobytes(BUDGET)}), and these bindings:`);
  for (const line of bindings) console.log(`    ${line}`);
  if (dry) return console.log("Nothing was deployed: this was a dry run.");

  console.log("→ Deploying");
  // Wrangler may ask for a login, so it needs the terminal.
  const wrangler = spawn("wrangler", ["deploy", "--config", config, ...more], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  });
  const code = await exit(wrangler);
  if (code !== 0) {
    throw new Failure(`wrangler deploy exited with ${code}`, {
      why: "The reason is above.",
      todo: "if the login failed: npx wrangler login; without a browser, set CLOUDFLARE_API_TOKEN",
    });
  }
  console.log(`✓ Deployed\n\n${NEXT_STEPS}`);
}

/** Separates this command's options from those for wrangler. */
export function optionsOf(options) {
  const result = { dry: false, config: "wrangler.toml", more: [] };
  for (let at = 0; at < options.length; at++) {
    const [name, value] = options[at].split(/=(.*)/s);
    if (name === "--dry-run") result.dry = true;
    else if (name === "--config" || name === "-c") {
      result.config = value ?? options[++at];
      if (!result.config)
        throw new Failure(`${name} needs a file`, { todo: "npm run deploy -- --config wrangler.staging.toml" });
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
    throw new Failure("The build failed, so nothing was deployed", { why, todo: error.todo });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
  else await main(deploy);
}

// `intercom-edge deploy`: deploys a Worker to Cloudflare.
import { spawn } from "node:child_process";
import { dirname, resolve } from "node:path";
import { Failure } from "../failure.mjs";
import { bundle, kilobytes } from "../project/bundle.mjs";
import { exit } from "../run/process.mjs";
import { wranglerCommand } from "../run/programs.mjs";
import { parsedConfig } from "../wrangler-config.mjs";

export const summary = "deploys the Worker of wrangler.toml to your Cloudflare account";

export const help = (command) => `${command} [--dry-run] [options] [more options of wrangler deploy]

Checks wrangler.toml and the Worker's size, and deploys to the Cloudflare account of \`npx wrangler login\`.

  --dry-run         does everything except the deployment; needs no account and no network
  --env <name>      the environment: a section [env.<name>] of wrangler.toml
  --config <file>   another file than wrangler.toml

docs/deploy.md lists the steps, the settings, and the cost.`;

/** The steps after the first deployment: the same as in docs/deploy.md, which a test checks. */
export const nextSteps = (environment) => {
  const env = environment ? ` --env ${environment}` : "";
  const file = environment ? `caller-keys.${environment}.json` : "caller-keys.json";
  return `The Worker answers 401 or 503 until it has its secrets. If you have not set them yet:
  npx wrangler secret put INTERCOM_ACCESS_TOKEN${env}   paste the token from Intercom's Developer Hub
  npx intercom-edge key --name dashboard --preset dashboard --file ${file} --put${env}
Then check the key:
  curl https://<the Worker's address>/edge/whoami -H "Authorization: Bearer <the key>"`;
};

/** Deploys. `prepare` runs when the options are valid. `budget` is the maximum size in bytes, gzipped. */
export async function run(args, { prepare = () => {}, budget } = {}) {
  const { dry, environment, more, ...given } = optionsOf(args);
  const config = resolve(given.config);
  await parsedConfig(config, environment);
  await prepare();

  const { bytes, bindings } = await bundle({ config, environment, budget, more });
  const limit = budget ? ` (at most ${kilobytes(budget)})` : "";
  console.log(`✓ The Worker has ${kilobytes(bytes)} gzipped${limit}, and these bindings:`);
  for (const line of bindings) console.log(`    ${line}`);
  if (dry) return console.log("Nothing was deployed: this was a dry run.");

  console.log("→ Deploying");
  const [program, ...options] = [...wranglerCommand(), "deploy", "--config", config, "--env", environment, ...more];
  // Wrangler may ask for a login, so it needs the terminal.
  const code = await exit(spawn(program, options, { cwd: dirname(config), stdio: "inherit" }));
  if (code !== 0) {
    throw new Failure(`wrangler deploy exited with ${code}`, {
      why: "The reason is above.",
      todo: "if the login failed: npx wrangler login; without a browser, set CLOUDFLARE_API_TOKEN",
    });
  }
  console.log(`✓ Deployed\n\n${nextSteps(environment)}`);
}

/** Separates this command's options from those for wrangler. */
export function optionsOf(options) {
  const result = { dry: false, config: "wrangler.toml", environment: "", more: [] };
  const own = { "--config": "config", "-c": "config", "--env": "environment", "-e": "environment" };
  for (let at = 0; at < options.length; at++) {
    const [name, value] = options[at].split(/=(.*)/s);
    if (name === "--dry-run") result.dry = true;
    else if (own[name]) {
      const given = value ?? options[++at];
      if (given === undefined || (given === "" && own[name] === "config"))
        throw new Failure(`${name} needs a value`, { todo: "--help lists all options" });
      result[own[name]] = given;
    } else result.more.push(options[at]);
  }
  return result;
}

// A secret of a Worker at Cloudflare, which wrangler sets.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { Failure } from "../failure.mjs";
import { exit } from "../run/process.mjs";
import { wranglerCommand } from "../run/programs.mjs";

/** Sets a secret. Returns wrangler's exit code. The value is on standard input: all processes see a command line. */
export async function putSecret(name, value, { config, environment }) {
  const wrangler = secretCommand(["put", name], { config, environment }, ["pipe", "inherit", "inherit"]);
  // wrangler may end before it has read the value.
  wrangler.stdin.on("error", () => {});
  wrangler.stdin.end(value);
  return exit(wrangler);
}

/** Returns true if the Worker has a secret. */
export async function hasSecret(name, { config, environment }) {
  const wrangler = secretCommand(["list", "--format", "json"], { config, environment }, ["ignore", "pipe", "inherit"]);
  const [output, code] = await Promise.all([text(wrangler.stdout), exit(wrangler)]);
  try {
    if (code === 0) return JSON.parse(output).some((secret) => secret.name === name);
  } catch {}
  throw new Failure(`wrangler secret list exited with ${code}, so the Worker's secrets are unknown`, {
    why: "Nothing was changed.",
    todo: "if the Worker is new, deploy it first; if the login failed: npx wrangler login, or set CLOUDFLARE_API_TOKEN",
  });
}

function secretCommand(args, { config, environment }, stdio) {
  const [program, ...options] = [...wranglerCommand(), "secret", ...args, "--config", config, "--env", environment];
  return spawn(program, options, { cwd: dirname(config), stdio });
}

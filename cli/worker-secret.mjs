// A secret of a Worker at Cloudflare, which wrangler sets.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { exit } from "./process.mjs";
import { wranglerCommand } from "./programs.mjs";

/** Sets a secret. Returns wrangler's exit code. The value is on standard input: all processes see a command line. */
export async function putSecret(name, value, { config, environment }) {
  const wrangler = secretCommand(["put", name], { config, environment }, ["pipe", "inherit", "inherit"]);
  // wrangler may end before it has read the value.
  wrangler.stdin.on("error", () => {});
  wrangler.stdin.end(value);
  return exit(wrangler);
}

/** Tells whether the Worker has a secret. Returns undefined if this is unknown, such as before the first deployment. */
export async function hasSecret(name, { config, environment }) {
  const wrangler = secretCommand(["list", "--format", "json"], { config, environment }, ["ignore", "pipe", "ignore"]);
  const [output, code] = await Promise.all([text(wrangler.stdout), exit(wrangler)]);
  if (code !== 0) return undefined;
  try {
    return JSON.parse(output).some((secret) => secret.name === name);
  } catch {
    return undefined;
  }
}

function secretCommand(args, { config, environment }, stdio) {
  const [program, ...options] = [...wranglerCommand(), "secret", ...args, "--config", config, "--env", environment];
  return spawn(program, options, { cwd: dirname(config), stdio });
}

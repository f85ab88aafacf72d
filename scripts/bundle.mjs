// What would be deployed, as wrangler makes it: put together, weighed and looked over, without
// Cloudflare and without the network.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { path, root } from "./paths.mjs";
import { Failure } from "./step.mjs";

/**
 * The most that the Worker may weigh, gzipped, in bytes: it is what a cold start has to load. It weighs 588 KB, templates are
 * a sixth of it, and Cloudflare's free plan takes 3 MB.
 */
export const BUDGET = 640 * 1024;

/** What the Worker can't do without; every variable has a default, and callers need no limit. */
const NEEDED = ["CURSORS", "OUTBOX", "SENDERS"];

/** A secret among the variables would be readable in the repository and in Cloudflare's dashboard. */
const SECRETS = /^(INTERCOM_ACCESS_TOKEN|CALLER_KEYS(_\d+)?)$/;

/** Returns the bytes that the Worker weighs gzipped, and wrangler's own lines on its bindings. */
export function bundle({ config = "wrangler.toml", budget = BUDGET, more = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-bundle-"));
  try {
    const output = dryRun(["--config", config, "--outdir", folder, ...more]);
    // A misspelt setting is a warning to wrangler, and a setting that isn't there to the Worker.
    if (/WARNING|ERROR/.test(output)) throw unsound(config, output.trim());
    const bindings = output
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => line.startsWith("env."));
    const names = bindings.map((line) => line.match(/^env\.(\w+)/)[1]);
    const secret = names.find((name) => SECRETS.test(name));
    if (secret)
      throw unsound(
        config,
        `${secret} is a secret, and stands among the variables.`,
        `take it out, and type: npx wrangler secret put ${secret}`,
      );
    const missing = NEEDED.find((name) => !names.includes(name));
    if (missing) throw unsound(config, `It has no binding ${missing}.`);

    const bytes = weight(folder);
    if (bytes > budget) {
      throw new Failure(`The Worker weighs ${kilobytes(bytes)} gzipped, and ${kilobytes(budget)} is the most it may`, {
        todo: "see what was added: a crate, a feature of one, or text that is compiled in",
      });
    }
    return { bytes, bindings };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function dryRun(options) {
  const { status, stdout, stderr, error } = spawnSync("wrangler", ["deploy", "--dry-run", ...options], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, PATH: path, NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" },
  });
  if (status === 0) return stdout + stderr;
  throw new Failure("wrangler can't put the Worker together", { why: error?.message ?? `${stdout}${stderr}`.trim() });
}

/** All modules gzipped as one, as wrangler counts. */
function weight(folder) {
  const modules = readdirSync(folder)
    .filter((name) => /\.(js|mjs|wasm)$/.test(name))
    .sort();
  return gzipSync(Buffer.concat(modules.map((name) => readFileSync(join(folder, name))))).byteLength;
}

function unsound(config, why, todo = "compare it with docs/deploy.md") {
  return new Failure(`${config} is not sound`, { why, todo });
}

export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

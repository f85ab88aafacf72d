// Checks the Worker before a deployment: wrangler bundles it in a dry run, without an account and without the network.
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { path, root } from "./paths.mjs";
import { Failure } from "./step.mjs";

/**
 * The Worker's maximum size in bytes, gzipped. A cold start has to load it. A sixth of it are templates; the limit of
 * Cloudflare's free plan is 3 MB.
 */
export const BUDGET = 1000 * 1024;

/** The required bindings. Every variable has a default, and the rate limit is optional. */
const NEEDED = ["CURSORS", "OUTBOX", "SENDERS"];

/** Secrets must not be variables, which are readable in the repository and in Cloudflare's dashboard. */
const SECRETS = /^(INTERCOM_ACCESS_TOKEN|CALLER_KEYS(_\d+)?)$/;

/** Returns the Worker's size in bytes, gzipped, and wrangler's lines on its bindings. */
export function bundle({ config = "wrangler.toml", budget = BUDGET, more = [] } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-bundle-"));
  try {
    const output = dryRun(["--config", config, "--outdir", folder, ...more]);
    // For a misspelt setting wrangler only warns, and the Worker would not get the setting.
    if (/WARNING|ERROR/.test(output)) throw invalid(config, output.trim());
    const bindings = output
      .split("\n")
      .map((line) => line.trimEnd())
      .filter((line) => line.startsWith("env."));
    const names = bindings.map((line) => line.match(/^env\.(\w+)/)[1]);
    const secret = names.find((name) => SECRETS.test(name));
    if (secret)
      throw invalid(
        config,
        `${secret} is a secret, but it is set under [vars].`,
        `remove it, and run: npx wrangler secret put ${secret}`,
      );
    const missing = NEEDED.find((name) => !names.includes(name));
    if (missing) throw invalid(config, `The binding ${missing} is missing.`);

    const bytes = sizeOf(folder);
    if (bytes > budget) {
      throw new Failure(`The Worker is too large: ${kilobytes(bytes)} gzipped, at most ${kilobytes(budget)}`, {
        todo: "check what was added: a crate, a feature of a crate, or text that is compiled in",
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
  throw new Failure("wrangler can't bundle the Worker", { why: error?.message ?? `${stdout}${stderr}`.trim() });
}

/** The size of all modules, gzipped together, as wrangler counts it. */
function sizeOf(folder) {
  const modules = readdirSync(folder)
    .filter((name) => /\.(js|mjs|wasm)$/.test(name))
    .sort();
  return gzipSync(Buffer.concat(modules.map((name) => readFileSync(join(folder, name))))).byteLength;
}

function invalid(config, why, todo = "compare it with docs/deploy.md") {
  return new Failure(`${config} is invalid`, { why, todo });
}

export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

// Checks a Worker before a deployment: wrangler bundles it in a dry run, without an account and without the network.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { Failure } from "./failure.mjs";
import { packageFolder } from "./package.mjs";
import { wranglerCommand } from "./programs.mjs";
import { readWranglerConfig } from "./wrangler-config.mjs";

/** Secrets must not be variables, which are readable in the repository and in Cloudflare's dashboard. */
const SECRETS = /^(INTERCOM_ACCESS_TOKEN|CALLER_KEYS(_\d+)?)$/;

/**
 * Returns the Worker's size in bytes, gzipped, and wrangler's lines on its bindings. A Worker of more than `budget`
 * bytes, or a configuration that can't work, is a {@link Failure}.
 */
export async function bundle({ config, environment = "", budget = Number.POSITIVE_INFINITY, more = [] }) {
  await checkRateLimits(config);
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-bundle-"));
  try {
    const output = dryRun(config, ["--env", environment, "--outdir", folder, ...more]);
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
    const missing = (await requiredObjects()).find(({ name }) => !names.includes(name));
    if (missing)
      throw invalid(
        config,
        `The binding ${missing.name} of the Durable Object ${missing.class_name} is missing.`,
        "npx intercom-edge upgrade",
      );

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

/** The Durable Objects that the Worker needs: those of this package's wrangler.toml. */
export async function requiredObjects() {
  const { durableObjects } = await readWranglerConfig(join(packageFolder, "wrangler.toml"));
  return durableObjects;
}

/** Environments with one `namespace_id` would share the rate limit of their callers. */
async function checkRateLimits(config) {
  const { environments } = await readWranglerConfig(config);
  const users = new Map();
  for (const name of ["", ...environments]) {
    for (const { namespace_id: id } of (await readWranglerConfig(config, name)).rateLimits) {
      const other = users.get(id);
      if (other !== undefined)
        throw invalid(
          config,
          `${section(other)} and ${section(name)} have the same rate limit namespace_id, ${id}.`,
          "give each environment a different namespace_id",
        );
      users.set(id, name);
    }
  }
}

const section = (name) => (name ? `[env.${name}]` : "The top level");

function dryRun(config, options) {
  const [program, ...args] = [...wranglerCommand(), "deploy", "--dry-run", "--config", config, ...options];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: dirname(config),
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" },
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
  return new Failure(`${relative(process.cwd(), config) || config} is invalid`, { why, todo });
}

export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

// Checks a Worker before a deployment: wrangler bundles it in a dry run, without an account and without the network.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { gzipSync } from "node:zlib";
import { Failure } from "../failure.mjs";
import { wranglerCommand } from "../run/programs.mjs";
import { parsedConfig, shown } from "../wrangler-config.mjs";
import {
  missingBindings,
  missingMigrations,
  requiredObjects,
  sectionLabel,
  sectionNames,
  sectionOf,
} from "./requirements.mjs";

/** Secrets must not be variables, which are readable in the repository and in Cloudflare's dashboard. */
const SECRETS = /^(INTERCOM_ACCESS_TOKEN|INTERCOM_CLIENT_SECRET|CALLER_KEYS(_\d+)?)$/;

/**
 * Returns the Worker's size in bytes, gzipped, and wrangler's lines on its bindings. A Worker of more than `budget`
 * bytes, or a configuration that can't work, is a {@link Failure}.
 */
export async function bundle({ config, environment = "", budget = Number.POSITIVE_INFINITY, more = [] }) {
  const parsed = await parsedConfig(config, environment);
  checkRateLimits(config, parsed);
  checkObjects(config, parsed, environment, await requiredObjects());
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-bundle-"));
  try {
    const output = dryRun(config, ["--env", environment, "--outdir", folder, ...more]);
    // For a misspelt setting, or a variable that only other environments have, wrangler only warns.
    const warning = /^.*(WARNING|ERROR)[\s\S]*/m.exec(output)?.[0];
    if (warning) throw invalid(config, warning.trim());
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
        `remove it, and run: npx wrangler secret put ${secret}${environment && ` --env ${environment}`}`,
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

/** Environments with one `namespace_id` would share the rate limit of their callers. */
function checkRateLimits(config, parsed) {
  const users = new Map();
  for (const name of sectionNames(parsed)) {
    for (const { namespace_id: id } of sectionOf(parsed, name).ratelimits ?? []) {
      const other = users.get(id);
      if (other !== undefined && other !== name) {
        throw invalid(
          config,
          `${sectionLabel(other)} and ${sectionLabel(name)} have the same rate limit namespace_id, ${id}.`,
          "give each environment a different namespace_id",
        );
      }
      users.set(id, name);
    }
  }
}

/** Without a binding the Worker fails when it needs the object. Cloudflare rejects a class without a migration. */
function checkObjects(config, parsed, environment, required) {
  const why = [
    ...missingBindings(parsed, required, [environment]).flatMap(({ section, objects }) =>
      objects.map(({ name }) => `${sectionLabel(section)}: the binding ${name} of a Durable Object is missing.`),
    ),
    ...missingMigrations(parsed, required, [environment]).map(
      ({ classes }) => `No migration creates ${classes.join(", ")}.`,
    ),
  ];
  if (why.length > 0) throw invalid(config, why.join("\n"), `npx intercom-edge upgrade${option(config)}`);
}

/** The option for a configuration that is not the default one. */
const option = (config) => (shown(config) === "wrangler.toml" ? "" : ` --config ${shown(config)}`);

function dryRun(config, options) {
  const [program, ...args] = [...wranglerCommand(), "deploy", "--dry-run", "--config", config, ...options];
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    cwd: dirname(config),
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", WRANGLER_SEND_METRICS: "false" },
  });
  const output = stripVTControlCharacters(`${stdout}${stderr}`);
  if (status === 0) return output;
  throw new Failure("wrangler can't bundle the Worker", {
    why: error?.message ?? output.trim(),
    ...(output.includes("not exported in your entrypoint") && { todo: `npx intercom-edge upgrade${option(config)}` }),
  });
}

/** The size of all modules, gzipped together, as wrangler counts it. */
function sizeOf(folder) {
  const modules = readdirSync(folder)
    .filter((name) => /\.(js|mjs|wasm)$/.test(name))
    .sort();
  return gzipSync(Buffer.concat(modules.map((name) => readFileSync(join(folder, name))))).byteLength;
}

function invalid(config, why, todo = "compare it with docs/deploy.md") {
  return new Failure(`${shown(config)} is invalid`, { why, todo });
}

export const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1)} KB`;

// `npm run audit`: known vulnerabilities and licences of everything that the lock files name.
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { Failure, main } from "../cli/failure.mjs";
import { build } from "./build.mjs";
import { isAllowed, licenceOf, OF_TOOLS, PERMISSIVE } from "./components.mjs";
import { cache, isExecutable, path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { run, step } from "./step.mjs";

const HELP = `npm run audit
  Looks up the licence of every crate and npm package, and whether a vulnerability of it is known:
  crates by cargo-audit (compiled once for this machine, about 3 min) in RustSec's database, npm
  packages by npm audit. A look-up whose data cannot be fetched is skipped, and says so. Any finding
  is a failure.`;

/**
 * Findings that do no harm here, by the number of their advisory, each with the reason. An entry that
 * nothing matches any more should go.
 */
const ACCEPTED = new Map([]);

/** Of tests/clients/npm nothing is asked: it has old clients on purpose, which run against this machine alone. */
const NPM_FOLDERS = [".", "tests/npm/consumers", "tests/npm/frameworks", "scripts/typedoc", "bench/directory"];

const CARGO_AUDIT = "0.22.2";
const RUSTSEC = "https://github.com/RustSec/advisory-db";
const REACH_MS = 10_000;

async function audit() {
  await setUp();
  await build(["sbom"]);
  const results = [licences(), ...NPM_FOLDERS.map(npmAudit), await cargoAudit()];
  console.log("");
  for (const { name, findings, skipped } of results) {
    console.log(
      skipped
        ? `- ${name}: SKIPPED, ${skipped}`
        : `${findings.length > 0 ? "✗" : "✓"} ${name}: ${findings.length || "no"} findings`,
    );
    for (const finding of findings ?? []) console.log(`    ${finding}`);
  }
  const count = results.reduce((sum, { findings = [] }) => sum + findings.length, 0);
  if (count > 0)
    throw new Failure(`${count} findings`, {
      todo: "update what they name; where one does no harm, say why in ACCEPTED of scripts/audit.mjs",
    });
}

function licences() {
  const { components } = JSON.parse(readFileSync(join(root, "build/sbom.cdx.json"), "utf8"));
  const findings = components
    .filter(({ hashes }) => hashes)
    .filter((component) => !isAllowed(licenceOf(component), component.scope === "required" ? PERMISSIVE : OF_TOOLS))
    .map((component) => `${component.purl}: ${licenceOf(component) || "no licence"}`);
  return { name: "licences", findings };
}

function npmAudit(folder) {
  const name = `npm audit of ${join(folder, "package-lock.json")}`;
  const { stdout } = output("npm", ["audit", "--package-lock-only", "--json"], { cwd: join(root, folder) });
  const report = parsed(stdout);
  if (!report?.auditReportVersion)
    return { name, skipped: `the registry did not answer: ${report?.message ?? "no report"}` };
  return { name, findings: npmFindings(report) };
}

/** The findings of a report of `npm audit --json`, a line each. */
export function npmFindings({ vulnerabilities }, accepted = ACCEPTED) {
  const advisories = Object.values(vulnerabilities).flatMap(({ via }) =>
    via.filter((each) => typeof each === "object"),
  );
  return told(
    advisories.map(({ url, name, severity, title }) => ({
      id: url.split("/").at(-1),
      text: `${name} (${severity}): ${title}`,
    })),
    accepted,
  );
}

async function cargoAudit() {
  const name = "cargo audit of Cargo.lock";
  const refusal = await unreachable(`${RUSTSEC}/info/refs?service=git-upload-pack`);
  if (refusal) return { name, skipped: `${RUSTSEC} cannot be reached: ${refusal}` };
  const { stdout, stderr } = output(await cargoAuditProgram(), ["audit", "--json"]);
  const report = parsed(stdout);
  if (!report) return { name, skipped: `cargo-audit gave no report: ${stderr.trim().split("\n").at(-1)}` };
  return { name, findings: crateFindings(report) };
}

/** The findings of a report of `cargo audit --json`: vulnerabilities, and crates that nobody keeps any more. */
export function crateFindings({ vulnerabilities, warnings }, accepted = ACCEPTED) {
  const found = [...vulnerabilities.list, ...Object.values(warnings).flat()];
  return told(
    found.map(({ advisory, kind, package: crate }) => ({
      id: advisory?.id ?? kind,
      text: `${crate.name} ${crate.version}: ${advisory?.title ?? kind}`,
    })),
    accepted,
  );
}

/** Findings as lines, each once, without the accepted ones. */
function told(found, accepted) {
  return [...new Set(found.filter(({ id }) => !accepted.has(id)).map(({ id, text }) => `${id} ${text}`))];
}

async function cargoAuditProgram() {
  const folder = join(cache, "tools", `cargo-audit-${CARGO_AUDIT}`);
  const program = join(folder, "bin/cargo-audit");
  if (isExecutable(program)) return program;
  await step(`Compiling cargo-audit ${CARGO_AUDIT}, once for this machine`, { takes: "3 min" }, async () => {
    const unfinished = `${folder}.unfinished`;
    mkdirSync(dirname(folder), { recursive: true });
    await run("cargo", ["install", "cargo-audit", "--locked", "--version", `=${CARGO_AUDIT}`, "--root", unfinished], {
      log: "cargo-audit",
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  });
  return program;
}

/** Why an address does not answer; undefined if it does. */
async function unreachable(url) {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(REACH_MS) });
    await response.body?.cancel();
    return response.ok ? undefined : `it answers ${response.status}`;
  } catch (error) {
    return error.cause?.message ?? error.message;
  }
}

function output(command, args, { cwd = root } = {}) {
  return spawnSync(command, args, { cwd, env: { ...process.env, PATH: path }, encoding: "utf8", maxBuffer: 1 << 28 });
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
  else await main(audit);
}

// `npm test`: everything, from formatting to a fresh clone. `npm test -- lint` runs the stages whose
// name has "lint" in it; a word that no stage has, as in `npm test -- people`, names files of tests
// against the real Worker.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { logs, path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { duration, exit, main } from "./step.mjs";
import { wasmEnv, wasmTarget } from "./toolchain.mjs";

const clippy = (...args) => ["cargo", "clippy", ...args, "--", "-D", "warnings"];

/** `counts` reads how many tests passed and failed; a stage without it is one test. */
const stages = [
  { name: "format", what: "Rust's formatting", command: ["cargo", "fmt", "--check", ...(process.stdout.isTTY ? [] : ["--", "--color", "never"])] },
  { name: "lint", what: "clippy on the pure crate", command: clippy("--all-targets") },
  ...["browser", "edge", "sandbox"].flatMap((feature) => [
    { name: `lint-${feature}`, what: `clippy on \`${feature}\``, command: clippy("--all-targets", "--features", feature) },
    { name: `lint-${feature}-wasm`, what: `clippy on \`${feature}\` for WebAssembly`, command: clippy("--lib", "--features", feature, "--target", wasmTarget), wasm: true },
  ]),
  { name: "core", what: "the pure crate", command: ["cargo", "test"], counts: cargoCounts },
  { name: "edge-lib", what: "the Worker's own rules", command: ["cargo", "test", "--features", "edge", "--lib"], counts: cargoCounts },
  { name: "sandbox-lib", what: "the sandbox's own rules", command: ["cargo", "test", "--features", "sandbox", "--lib"], counts: cargoCounts },
  { name: "types-js", what: "the package's types", command: ["tsc", "--noEmit", "-p", "js"], built: true },
  { name: "types-www", what: "the dashboard's types", command: ["tsc", "--noEmit", "-p", "www"], built: true },
  vitest("edge", "the Worker, with the sandbox behind it"),
  vitest("npm", "the npm package, in its consumers"),
  vitest("web", "the dashboard, in Chromium"),
  vitest("fresh-clone", "a fresh clone, as a person meets it"),
];

function vitest(name, what, projects = [name], files = []) {
  const report = join(logs, `vitest-${name}.json`);
  return {
    name,
    what,
    built: true,
    command: [
      "vitest", "run", ...files, ...projects.map((project) => `--project=${project}`),
      "--reporter=default", "--reporter=json", `--outputFile.json=${report}`,
    ],
    prepare: () => rmSync(report, { force: true }),
    counts: () => vitestCounts(report),
  };
}

async function test() {
  const chosen = choose(process.argv.slice(2));
  await setUp({ browser: chosen.some(({ built }) => built) });
  if (chosen.some(({ built }) => built)) await build();
  mkdirSync(logs, { recursive: true });

  const results = [];
  for (const stage of chosen) results.push({ name: stage.name, ...(await runStage(stage)) });

  console.log("");
  for (const { name, passed, failed, took } of results) {
    console.log(`${failed ? "✗" : "✓"} ${name}: ${passed} passed${failed ? `, ${failed} failed` : ""} (${took})`);
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const [passed, failed] = [sum("passed"), sum("failed")];
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

function choose(words) {
  if (words.length === 0) return stages;
  const files = words.filter((word) => !stages.some(({ name }) => name.includes(word)));
  const named = stages.filter(({ name }) => words.some((word) => name.includes(word)));
  return files.length === 0 ? named : [...named, vitest("files", `the files with ${files.join(" or ")} in their name`, ["edge", "npm", "web"], files)];
}

async function runStage({ name, what, command, counts, prepare, wasm }) {
  console.log(`\n→ ${name}: ${what} (${command.join(" ")})`);
  prepare?.();
  const began = Date.now();
  const { code, output } = await shown(command, wasm ? wasmEnv() : {});
  const { passed, failed } = counts?.(output) ?? { passed: code === 0 ? 1 : 0, failed: 0 };
  // What ended badly has failed, whatever it counted: it may not have come as far as counting.
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), took: duration(Date.now() - began) };
}

/** Runs a command with its output in view, and keeps the output. */
async function shown([command, ...args], env) {
  const color = process.stdout.isTTY ? { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" } : { CARGO_TERM_COLOR: "never", NO_COLOR: "1" };
  const child = spawn(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path, ...color, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => {
      process.stdout.write(text);
      output += text;
    });
  }
  const code = await exit(child);
  if (typeof code === "string") console.log(`${command} ended with ${code}`);
  return { code, output };
}

/** Cargo says a line for each binary of tests. */
function cargoCounts(output) {
  const lines = [...output.matchAll(/test result: .*?(\d+) passed; (\d+) failed/g)];
  const sum = (group) => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { passed: sum(1), failed: sum(2) };
}

function vitestCounts(report) {
  try {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, "utf8"));
    const broken = testResults.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
    return { passed: numPassedTests, failed: numFailedTests + broken.length };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

await main(test);

// `npm test`: everything, from formatting to a fresh clone. `npm test -- lint` runs the stages whose
// name has "lint" in it, `npm test -- lint-js` the stage of this name; a word that no stage has, as in
// `npm test -- people`, names files of tests against the real Worker. `npm test -- --list lint` prints
// the stages' names as JSON, for the matrix of a workflow, and runs nothing.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure, main, print } from "../cli/failure.mjs";
import { exit } from "../cli/run/process.mjs";
import { build } from "./build.mjs";
import { logs, path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { duration } from "./step.mjs";
import { wasmEnv, wasmTarget } from "./toolchain.mjs";

/** In a file, colours are noise. */
const plain = !process.stdout.isTTY;

/** Tests that read Intercom's example bodies are ignored, and so counted as skipped, where these are absent. */
const ignored = existsSync(join(root, "../shared/intercom")) ? "-- --include-ignored" : "";

/**
 * `counts` reads how many tests passed, failed and were skipped; a stage without it is one test. `built`: it tests
 * what `npm run build` makes. `wasm`: it needs the compiler that makes WebAssembly. `fuzzer`: it needs
 * schemathesis.
 */
const stages = [
  {
    name: "format-rust",
    what: "Rust's formatting",
    command: words(`cargo fmt --check --all ${plain ? "-- --color never" : ""}`),
  },
  { name: "format-js", what: "TypeScript's and JavaScript's formatting", command: words("biome format") },
  {
    name: "lint-js",
    what: "Biome's rules for TypeScript, JavaScript and style sheets",
    command: words("biome lint --error-on-warnings"),
  },
  { name: "format-width", what: "no line has more than 120 columns", command: words("node scripts/line-width.mjs") },
  clippy("lint-crate", "--all-targets"),
  clippy("lint-types", "--features types --all-targets"),
  clippy("lint-features", "--all-features --all-targets"),
  clippyWasm("lint-package-wasm", "--no-default-features --features package"),
  clippyWasm("lint-checks-wasm", "--no-default-features --features checks"),
  clippyWasm("lint-directory-wasm", "--no-default-features --features directory"),
  clippyWasm("lint-edge-wasm", "--features edge"),
  // All features but `types`, which is for the host only.
  clippyWasm("lint-features-wasm", "--features package,checks,directory,edge"),
  clippy("lint-bindgen", "-p intercom-edge-bindgen --all-targets"),
  clippy("lint-sandbox", "-p intercom-edge-sandbox --all-targets"),
  clippyWasm("lint-sandbox-wasm", "-p intercom-edge-sandbox"),
  {
    name: "reach",
    what: "all code of calls, client and directory is reached by the Worker, the package or a front end in Rust",
    command: words(
      `cargo rustc --locked --lib --target ${wasmTarget} --features package,checks,directory,edge --crate-type rlib \
      -- --cfg closed -D warnings`,
    ),
    wasm: true,
  },
  {
    name: "core",
    what: "the pure crate, and the examples of its pages",
    command: words(`cargo test --locked --features browser ${ignored}`),
    counts: cargoCounts,
  },
  {
    name: "edge-lib",
    what: "the Worker's pure decisions",
    command: words(`cargo test --locked --features edge --lib ${ignored}`),
    counts: cargoCounts,
  },
  {
    name: "directory",
    what: "the directory, compared with a naive one",
    command: words("cargo test --locked --features directory --lib --test directory"),
    counts: cargoCounts,
  },
  {
    name: "sandbox-lib",
    what: "the sandbox's pure decisions",
    command: words(`cargo test --locked -p intercom-edge-sandbox ${ignored}`),
    counts: cargoCounts,
  },
  { name: "types-js", what: "the package's types", command: words("tsc --noEmit -p js"), built: true },
  {
    name: "types-package",
    what: "the package's types, as a consumer meets them",
    command: words("tsc -p tests/types"),
    built: true,
  },
  { name: "types-www", what: "the dashboard's types", command: words("tsc --noEmit -p www"), built: true },
  { name: "reference", what: "every export documented, every link right", command: words("npm run docs"), built: true },
  vitest("edge", "the Worker, with the sandbox behind it"),
  vitest("npm", "the npm package, in its consumers"),
  vitest("cli", "the command intercom-edge, from the packed file and without Rust"),
  vitest("web", "the dashboard, in Chromium"),
  { name: "deploy", what: "a dry run of npm run deploy", command: words("npm run deploy -- --dry-run"), built: true },
  {
    name: "bench",
    what: "the contestants of the bench, which must give the same answers",
    command: words("node scripts/bench.mjs --smoke"),
    built: true,
    counts: closingCounts,
  },
  {
    name: "fuzz",
    what: "the Worker against its own /edge/openapi.json",
    command: words("node scripts/fuzz.mjs"),
    counts: closingCounts,
    built: true,
    fuzzer: true,
  },
  vitest("fresh-clone", "a fresh clone, as a person meets it"),
];

function clippy(name, options) {
  return { name, what: `clippy with ${options}`, command: words(`cargo clippy --locked ${options} -- -D warnings`) };
}

function clippyWasm(name, options) {
  return { ...clippy(name, `${options} --lib --target ${wasmTarget}`), wasm: true };
}

function vitest(project, what, files = []) {
  const report = join(logs, `vitest-${project}.json`);
  return {
    name: project,
    what,
    built: true,
    command: [
      ...words(`vitest run --project=${project} --reporter=default --reporter=json`),
      `--outputFile.json=${report}`,
      ...files,
    ],
    prepare: () => rmSync(report, { force: true }),
    counts: () => vitestCounts(report),
  };
}

async function test() {
  const [list, ...others] = process.argv.slice(2);
  if (list === "--list") {
    console.log(JSON.stringify(choose(others).map(({ name }) => name)));
    return;
  }
  const chosen = choose(process.argv.slice(2));
  await setUp({ rust: true, browser: chosen.some(({ built }) => built), fuzzer: chosen.some(({ fuzzer }) => fuzzer) });
  const broken = chosen.some(({ built }) => built) && (await buildFails());
  mkdirSync(logs, { recursive: true });

  const results = [];
  for (const stage of chosen) {
    const result = stage.built && broken ? { passed: 0, failed: 1, took: "not built" } : await runStage(stage);
    results.push({ name: stage.name, ...result });
  }

  console.log("");
  for (const { name, failed, took, ...counts } of results) {
    console.log(`${failed ? "✗" : "✓"} ${name}: ${summary({ failed, ...counts })} (${took})`);
  }
  const sum = (key) => results.reduce((total, result) => total + (result[key] ?? 0), 0);
  const [passed, failed] = [sum("passed"), sum("failed")];
  console.log(`\n${summary({ passed, failed, skipped: sum("skipped") })}`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}

function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ""}`;
}

function choose(wanted) {
  if (wanted.length === 0) return stages;
  const stagesOf = (word) => {
    const exact = stages.filter(({ name }) => name === word);
    return exact.length > 0 ? exact : stages.filter(({ name }) => name.includes(word));
  };
  const named = stages.filter((stage) => wanted.some((word) => stagesOf(word).includes(stage)));
  const unnamed = wanted.filter((word) => stagesOf(word).length === 0);
  const files = ["edge", "npm", "cli", "web"].flatMap((project) => {
    const found = unnamed.filter((word) =>
      readdirSync(join(root, "tests", project)).some((file) => file.includes(word)),
    );
    return found.length > 0 ? [vitest(project, `files with ${found.join(" or ")} in their name`, found)] : [];
  });
  if (named.length + files.length > 0) return [...named, ...files];
  const todo = `name a file of tests, or any of ${stages.map(({ name }) => name).join(", ")}`;
  throw new Failure(`Nothing to test is called ${wanted.join(" or ")}`, { todo });
}

/** What needs no build is worth knowing all the same. */
async function buildFails() {
  try {
    await build();
    return false;
  } catch (failure) {
    print(failure);
    return true;
  }
}

async function runStage({ name, what, command, counts, prepare, wasm }) {
  console.log(`\n→ ${name}: ${what} (${command.join(" ")})`);
  prepare?.();
  const began = Date.now();
  const { code, output } = await shown(command, wasm ? wasmEnv() : {});
  const { failed, ...others } = counts?.(output) ?? { passed: code === 0 ? 1 : 0, failed: 0 };
  // What ended badly has failed, whatever it counted: it may not have come as far as counting.
  return { ...others, failed: code === 0 ? failed : Math.max(failed, 1), took: duration(Date.now() - began) };
}

/** Runs a command with its output in view, and keeps the output. */
async function shown([command, ...args], env) {
  const color = plain ? { CARGO_TERM_COLOR: "never", NO_COLOR: "1" } : { CARGO_TERM_COLOR: "always", FORCE_COLOR: "1" };
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
  const lines = [...output.matchAll(/test result: .*?(\d+) passed; (\d+) failed; (\d+) ignored/g)];
  const sum = (group) => lines.reduce((total, line) => total + Number(line[group]), 0);
  return { passed: sum(1), failed: sum(2), skipped: sum(3) };
}

/** A script's own last line, "12 passed, 0 failed". */
function closingCounts(output) {
  const [, passed, failed] = output.match(/^(\d+) passed, (\d+) failed$/m) ?? [0, 0, 1];
  return { passed: Number(passed), failed: Number(failed) };
}

function vitestCounts(report) {
  try {
    const {
      numPassedTests,
      numFailedTests,
      numPendingTests,
      testResults: files,
    } = JSON.parse(readFileSync(report, "utf8"));
    const unread = files.filter(({ status, assertionResults }) => status === "failed" && assertionResults.length === 0);
    return { passed: numPassedTests, failed: numFailedTests + unread.length, skipped: numPendingTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
}

function words(command) {
  return command.trim().split(/ +/);
}

await main(test);

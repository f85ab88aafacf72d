// Compares the directory with arrays and search libraries that hold the same people: in Node and in Chromium, all of
// them in one process, in turns.
import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { Failure } from "../../cli/failure.mjs";
import { exit } from "../../cli/run/process.mjs";
import { unlessFresh } from "../../scripts/freshness.mjs";
import { root } from "../../scripts/paths.mjs";
import { run as runCommand, step } from "../../scripts/step.mjs";
import { inChromium } from "./chromium.mjs";
import { CONTESTANTS, DIRECTORY, FILES, LARGEST, LIBRARIES, PROGRAM, SAME_ANSWER } from "./contestants.mjs";
import { companies, tags, writePeople } from "./people.mjs";
import { queries, SEEDS } from "./queries.mjs";

const HERE = import.meta.dirname;
const NODE = join(root, "node_modules/.bin/node");
const SMOKE_PEOPLE = 2_000;
/** Node's limit of the heap, for a million objects. */
const HEAP_MB = 12_000;
/** The queries of each class; with as many people as this, a third of them. */
const EACH = 30;
const MANY = 500_000;

/** Checks that the directory and the array give the same answers. */
export async function checks() {
  const names = [DIRECTORY, SAME_ANSWER];
  return withPeople({ count: SMOKE_PEOPLE, seed: SEEDS.tuning, names }, async (parts) => {
    const { loads, same, sameTasks } = await inNode(parts, { rounds: 0, report: () => {} });
    const { contacts } = loads[DIRECTORY].stats;
    const stored = {
      what: "the directory stores every person",
      wrong: contacts === SMOKE_PEOPLE ? undefined : `it has ${contacts} of ${SMOKE_PEOPLE}`,
    };
    const counts = { ...same[SAME_ANSWER], ...sameTasks };
    const answers = Object.entries(counts).map(([kind, { of, first, same: equal = first }]) => ({
      what: `the directory and an array give the same answers: ${kind}`,
      wrong: equal === of ? undefined : `${of - equal} of ${of} differ`,
    }));
    return [stored, ...answers];
  });
}

/** Measures. `isTuning`: with the queries for choosing between versions of the directory, not those for reporting. */
export async function directories({ count, rounds, isTuning, names = CONTESTANTS }) {
  const taking = names.filter((name) => count <= (LARGEST[name]?.people ?? count));
  const leftOut = names.filter((name) => !taking.includes(name)).map((name) => ({ name, why: LARGEST[name].why }));
  const seed = isTuning ? SEEDS.tuning : SEEDS.reporting;
  return withPeople({ count, seed, names: taking }, async (parts) => {
    console.log("→ In Node");
    const node = await inNode(parts, { rounds, report: reported });
    console.log("→ In Chromium");
    const settings = { names: taking, reference: parts.reference, rounds };
    const { figures, version } = await inChromium({ ...parts, folder: parts.page, settings, report: reported });
    return { count, rounds, seed, leftOut, chromium: version, places: { node, chromium: figures } };
  });
}

const reported = (line) => console.log(`  ${line}`);

/** Runs the contestants in a process of Node. */
async function inNode({ names, reference, file, inputFile, programFile, node }, { rounds, report }) {
  const settings = JSON.stringify({ names, reference, file, inputFile, programFile, rounds });
  const args = ["--expose-gc", `--max-old-space-size=${HEAP_MB}`, join(node, "node.js"), settings];
  const child = spawn(NODE, args, { stdio: ["ignore", "pipe", "pipe"] });
  const lines = createInterface({ input: child.stderr });
  const errors = [];
  lines.on("line", (line) => (/^(Loading|Comparing|Round)/.test(line) ? report(line) : errors.push(line)));
  const [output, code] = await Promise.all([text(child.stdout), exit(child)]);
  if (code !== 0)
    throw new Failure(`The contestants in Node ended with ${code}`, { why: errors.slice(-20).join("\n") });
  return JSON.parse(output);
}

/** Writes people, queries and bundles for some contestants, and does the work. */
async function withPeople({ count, seed, names }, work) {
  const isAlone = names.every((name) => [DIRECTORY, SAME_ANSWER].includes(name));
  if (!isAlone) await libraries();
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-directory-"));
  try {
    const [file, inputFile] = [join(folder, "people.ndjson"), join(folder, "input.json")];
    await writePeople(count, file);
    writeFileSync(
      inputFile,
      JSON.stringify({
        companies: companies(count),
        tags,
        queries: queries(count, seed, count < MANY ? EACH : EACH / 3),
      }),
    );
    const [node, page] = [join(folder, "node"), join(folder, "page")];
    await Promise.all([bundle("node", node, names), bundle("browser", page, names)]);
    const reference = names.includes(DIRECTORY) ? DIRECTORY : SAME_ANSWER;
    const programFile = names.includes(DIRECTORY) ? PROGRAM : undefined;
    return await work({ names, reference, file, inputFile, programFile, node, page });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs the libraries, which only this bench needs. */
async function libraries() {
  const source = "bench/directory";
  const files = ["package.json", "package-lock.json", ".npmrc"];
  const inputs = files.map((name) => `${source}/${name}`);
  await unlessFresh("directory-libraries", { inputs, outputs: ["build/directory/node_modules"] }, () =>
    step("Installing the search libraries", { takes: "5 s" }, async () => {
      mkdirSync(LIBRARIES, { recursive: true });
      for (const name of files) cpSync(join(root, source, name), join(LIBRARIES, name));
      await runCommand("npm", ["ci", "--ignore-scripts"], { log: "directory-libraries", cwd: LIBRARIES });
    }),
  );
}

/** Bundles what runs the contestants, for `platform`, into a folder. */
async function bundle(platform, folder, names) {
  const entries = platform === "node" ? ["node"] : ["page", "worker"];
  const absent = Object.keys(FILES).filter((name) => !names.includes(name));
  await build({
    entryPoints: entries.map((name) => join(HERE, `${name}.mjs`)),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform,
    nodePaths: [join(LIBRARIES, "node_modules")],
    external: absent.map((name) => join(HERE, FILES[name])),
    logLevel: "error",
  });
  if (platform === "browser") writeFileSync(join(folder, "page.html"), PAGE);
  if (names.includes("sqlite")) {
    copyFileSync(
      join(LIBRARIES, "node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm"),
      join(folder, "sqlite3.wasm"),
    );
  }
}

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>';

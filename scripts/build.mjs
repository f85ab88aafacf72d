// Builds what has changed: the two Workers, the npm package and the dashboard. `npm run build`
// builds all of them, `npm run build -- edge` one.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { unlessFresh } from "./freshness.mjs";
import { alone } from "./lock.mjs";
import { cargoHome, root, rustupHome } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main, run, step } from "./step.mjs";
import { programs, targetFolder, wasmCompiler, wasmEnv, wasmTarget } from "./toolchain.mjs";

const features = ["browser", "checks", "edge", "sandbox"];

/** In the order in which they need each other. */
export const targets = {
  edge: {
    title: "the Worker",
    takes: "3 min from nothing, 1 min after a change",
    inputs: crate("edge"),
    outputs: ["build/edge/entry.js", "build/edge/index.js", "build/edge/index_bg.wasm"],
    build: async () => {
      await worker("edge", "--no-opt");
      // worker-build has exceptions of JavaScript's caught in WebAssembly.
      await shrink(join(root, "build/edge/index_bg.wasm"), "build-edge-opt", "--enable-exception-handling");
      copyFileSync(join(root, "src/edge/entry.js"), join(root, "build/edge/entry.js"));
    },
  },
  sandbox: {
    title: "the sandbox",
    takes: "2 min from nothing, 30 s after a change",
    inputs: crate("sandbox"),
    outputs: ["build/sandbox/index.js", "build/sandbox/index_bg.wasm"],
    build: () => worker("sandbox"),
  },
  wasm: {
    title: "the npm package's WebAssembly",
    takes: "1 min from nothing, 20 s after a change",
    inputs: crate("browser", "checks"),
    outputs: ["browser", "checks"].flatMap((name) => [`dist/wasm/${name}.js`, `dist/wasm/${name}.wasm`, `dist/wasm/${name}.inline.js`]),
    build: packageWasm,
  },
  types: {
    title: "the npm package's types",
    takes: "30 s from nothing, 5 s after a change",
    inputs: ["Cargo.toml", "Cargo.lock", "src/bin", "src/model"],
    outputs: ["dist/model.d.ts"],
    build: packageTypes,
  },
  package: {
    title: "the npm package",
    takes: "5 s",
    inputs: ["js", "dist/wasm", "dist/model.d.ts", "package.json"],
    outputs: ["dist/index.js", "dist/index.d.ts"],
    build: packageJs,
  },
  dashboard: {
    title: "the dashboard",
    takes: "5 s",
    inputs: ["www", "dist", "package-lock.json"],
    outputs: ["build/assets/dashboard/index.html"],
    build: () => run("vite", ["build", "www"], { log: "build-dashboard" }),
  },
};

export async function build(names = Object.keys(targets)) {
  await alone(root, async () => {
    const compiler = wasmCompiler();
    for (const name of names) {
      const { title, takes, inputs, outputs, build } = targets[name];
      const facts = [compiler.version, ...Object.values(programs)];
      await unlessFresh(name, { inputs: [...inputs, "scripts/build.mjs"], outputs, facts }, () =>
        step(`Building ${title}`, { takes }, build));
    }
  });
}

/** What a build of the crate is made from: not the code of other features, which exclude it. */
function crate(...chosen) {
  const others = features.filter((other) => !chosen.includes(other));
  const source = readdirSync(join(root, "src")).filter((name) => !others.includes(name));
  return ["Cargo.toml", "Cargo.lock", ...source.map((name) => `src/${name}`)];
}

/** Cargo's profile of the same name says how it is optimised. */
function worker(feature, ...options) {
  const args = ["--out-dir", `build/${feature}`, "--profile", feature, ...options, "--features", feature];
  return run(programs.workerBuild, args, { log: `build-${feature}`, env: wasmEnv() });
}

/** The calls' rules, and what is loaded besides where messages are checked. */
async function packageWasm() {
  const staged = join(root, "build/browser");
  rmSync(staged, { recursive: true, force: true });
  // Until they are here, crates have no folder to leave out.
  await run("cargo", ["fetch", "--target", wasmTarget], { log: "fetch-crates", env: wasmEnv() });
  for (const feature of ["browser", "checks"]) await packagePart(feature, staged);

  const place = join(root, "dist/wasm");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(root, "dist"), { recursive: true });
  renameSync(staged, place);
}

async function packagePart(feature, staged) {
  const log = `build-${feature}`;
  // The size of what people download is settled by one profile.
  const cargo = ["build", "--lib", "--target", wasmTarget, "--profile", "browser", "--features", feature];
  await run("cargo", [...cargo, "--config", anonymous()], { log, env: wasmEnv() });

  const made = join(targetFolder, wasmTarget, "browser/intercom_edge.wasm");
  const bindgen = ["--target", "web", "--omit-default-module-path", "--out-dir", staged, "--out-name", feature, made];
  await run(programs.wasmBindgen, bindgen, { log: `${log}-bindgen` });

  mend(join(staged, `${feature}.js`));
  const wasm = join(staged, `${feature}.wasm`);
  renameSync(join(staged, `${feature}_bg.wasm`), wasm);
  rmSync(join(staged, `${feature}_bg.wasm.d.ts`));
  await shrink(wasm, `${log}-opt`);
  writeFileSync(join(staged, `${feature}.inline.js`), inline(readFileSync(wasm)));
}

/** wasm-bindgen's glue keeps what doesn't start, and would never take another. */
function mend(glue) {
  const start = "    wasm.__wbindgen_start();\n";
  const [before, after, ...more] = readFileSync(glue, "utf8").split(start);
  if (after === undefined || more.length > 0) throw new Failure(`${glue} doesn't start as expected`);
  const mended = "    try {\n        wasm.__wbindgen_start();\n    } catch (error) {\n        wasm = undefined;\n        throw error;\n    }\n";
  writeFileSync(glue, before + mended + after);
}

/** Where a panic stands is compiled in: as a crate's own path, not where this machine keeps crates. */
function anonymous() {
  const crates = join(cargoHome, "registry/src");
  const registries = readdirSync(crates).map((name) => join(crates, name));
  const flags = [...registries, join(rustupHome, "toolchains")].map((folder) => `--remap-path-prefix=${folder}/=`);
  return `target.${wasmTarget}.rustflags=${JSON.stringify(flags)}`;
}

/**
 * WebAssembly as a module of JavaScript, which every bundler and runtime finds by itself. Deflated
 * first, it travels in hardly more bytes than the file itself.
 */
function inline(bytes) {
  const text = deflateRawSync(bytes, { level: 9 }).toString("base64");
  return `// Made by scripts/build.mjs: deflated WebAssembly, in Base64.\nexport default "${text}";\n`;
}

/** What Rust's compiler uses without being asked, in every browser since 2023; nothing newer. */
const WASM_FEATURES = [
  "mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types",
].map((feature) => `--enable-${feature}`);

/** Makes a program small as it travels, compressed: functions that are alike stay so, and stand together. */
function shrink(wasm, log, ...features) {
  const alike = ["--one-caller-inline-max-function-size=20", "--skip-pass=local-cse", "--reorder-functions-by-name"];
  // The first kilobyte is the stack's end, which has no constant address: offsets can be folded.
  const fold = "--low-memory-unused";
  // Functions' names are a tenth of it, and no log shows them.
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  return run(programs.wasmOpt, ["-Oz", fold, ...alike, ...strip, ...WASM_FEATURES, ...features, wasm, "-o", wasm], { log });
}

/** Writes what the Rust models are to TypeScript. */
async function packageTypes() {
  mkdirSync(join(root, "dist"), { recursive: true });
  const cargo = ["run", "--features", "types", "--bin", "types", "--", "dist/model.d.ts"];
  await run("cargo", cargo, { log: "build-types" });
}

/** Compiles js/ beside the WebAssembly and the models' types, whose declarations it reads. */
async function packageJs() {
  const dist = join(root, "dist");
  // A file that js/ no longer has must not stay in the package.
  const stale = readdirSync(dist).filter((name) => !["wasm", "model.d.ts"].includes(name));
  for (const name of stale) rmSync(join(dist, name), { recursive: true });
  await run("tsc", ["-p", "js"], { log: "build-package" });
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const names = argv.slice(2);
    const unknown = names.find((name) => !(name in targets));
    if (unknown) {
      const todo = `name any of ${Object.keys(targets).join(", ")}`;
      throw new Failure(`There is nothing called ${unknown} to build`, { todo });
    }
    await setUp();
    await build(names.length > 0 ? names : undefined);
    console.log("Everything is built.");
  });
}

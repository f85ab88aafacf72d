// Builds what has changed: the two Workers, the npm package and the dashboard. `npm run build`
// builds all of them, `npm run build -- edge` one.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { billOfMaterials, compiledCrates, notices } from "./components.mjs";
import { unlessFresh } from "./freshness.mjs";
import { alone } from "./lock.mjs";
import { cargoHome, root, rustupHome } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { Failure, main, run, step } from "./step.mjs";
import { programs, targetFolder, wasmCompiler, wasmEnv, wasmTarget } from "./toolchain.mjs";

/** The licences of what is compiled in, beside each product. */
const NOTICES = "THIRD-PARTY-NOTICES.txt";

/** In the order in which they need each other. */
export const targets = {
  edge: {
    title: "the Worker",
    takes: "3 min from nothing, 1 min after a change",
    inputs: crate({ without: ["browser", "checks"] }),
    outputs: ["build/edge/entry.js", "build/edge/index.js", "build/edge/index_bg.wasm", `build/edge/${NOTICES}`],
    build: async () => {
      await worker("edge", "--no-opt", "--locked", "--features", "edge");
      // worker-build has exceptions of JavaScript's caught in WebAssembly.
      await shrink(join(root, "build/edge/index_bg.wasm"), "build-edge-opt", "--enable-exception-handling", ...ALIKE);
      copyFileSync(join(root, "src/edge/entry.js"), join(root, "build/edge/entry.js"));
      writeFileSync(join(root, "build/edge", NOTICES), notices(compiledCrates("--features", "edge")));
    },
  },
  sandbox: {
    title: "the sandbox",
    takes: "2 min from nothing, 30 s after a change",
    inputs: ["Cargo.toml", "Cargo.lock", "sandbox"],
    outputs: ["build/sandbox/index.js", "build/sandbox/index_bg.wasm"],
    build: () => worker("sandbox", "sandbox", "--locked"),
  },
  wasm: {
    title: "the npm package's WebAssembly",
    takes: "1 min from nothing, 20 s after a change",
    inputs: crate({ without: ["edge"] }),
    outputs: [
      "dist/wasm/program.d.ts",
      ...["browser", "checks"].flatMap((name) => [
        `dist/wasm/${name}.js`,
        `dist/wasm/${name}.wasm`,
        `dist/wasm/${name}.inline.js`,
      ]),
    ],
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
    inputs: ["Cargo.toml", "Cargo.lock", "js", "dist/wasm", "dist/model.d.ts", "package.json"],
    outputs: ["dist/index.js", "dist/index.d.ts", `dist/${NOTICES}`],
    build: packageJs,
  },
  dashboard: {
    title: "the dashboard",
    takes: "5 s",
    inputs: ["www", "dist", "package-lock.json"],
    outputs: ["build/assets/dashboard/index.html"],
    build: async () => {
      await run("vite", ["build", "www"], { log: "build-dashboard" });
      copyFileSync(join(root, "dist", NOTICES), join(root, "build/assets/dashboard", NOTICES));
    },
  },
  example: {
    title: "the example of a front end in Rust",
    takes: "40 s from nothing, 10 s after a change",
    inputs: [...crate({ without: ["edge", "checks"] }), "examples/front-end"],
    outputs: ["build/example/front_end.js", "build/example/front_end_bg.wasm"],
    build: frontEnd,
  },
  sbom: {
    title: "the bill of materials",
    takes: "5 s",
    inputs: [
      "Cargo.toml",
      "Cargo.lock",
      "package.json",
      "package-lock.json",
      "sandbox/Cargo.toml",
      "examples/front-end/Cargo.toml",
    ],
    outputs: ["build/sbom.cdx.json"],
    build: () => writeFileSync(join(root, "build/sbom.cdx.json"), `${JSON.stringify(billOfMaterials(), null, 2)}\n`),
  },
};

export async function build(names = Object.keys(targets)) {
  await alone(root, async () => {
    const compiler = wasmCompiler();
    for (const name of names) {
      const { title, takes, inputs, outputs, build } = targets[name];
      const facts = [compiler.version, ...Object.values(programs)];
      await unlessFresh(
        name,
        { inputs: [...inputs, "scripts/build.mjs", "scripts/components.mjs"], outputs, facts },
        () => step(`Building ${title}`, { takes }, build),
      );
    }
  });
}

/** Lists what a build of the crate is made from. `without` names folders of `src/` that it does not compile. */
function crate({ without }) {
  const source = readdirSync(join(root, "src")).filter((name) => !without.includes(name));
  return ["Cargo.toml", "Cargo.lock", ...source.map((name) => `src/${name}`)];
}

/**
 * Builds a Worker into `build/`. Cargo's profile of the same name says how it is optimised. `options`
 * are worker-build's: flags, then a crate's folder unless it is the root, then Cargo's own flags.
 */
function worker(name, ...options) {
  // worker-build reads a relative path from the crate's folder.
  const args = ["--out-dir", join(root, "build", name), "--profile", name, ...options];
  return run(programs.workerBuild, args, { log: `build-${name}`, env: wasmEnv() });
}

/** The calls' rules, and what is loaded besides where messages are checked. */
async function packageWasm() {
  const staged = join(root, "build/browser");
  rmSync(staged, { recursive: true, force: true });
  // Until they are here, crates have no folder to leave out.
  await run("cargo", ["fetch", "--locked", "--target", wasmTarget], { log: "fetch-crates", env: wasmEnv() });
  await packagePart("browser", "package", staged);
  await packagePart("checks", "checks", staged);
  writeFileSync(join(staged, "program.d.ts"), PROGRAM_TYPES);

  const place = join(root, "dist/wasm");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(join(root, "dist"), { recursive: true });
  renameSync(staged, place);
}

/** Builds the example as its readers would: cargo, then wasm-bindgen. */
async function frontEnd() {
  const cargo = ["build", "--locked", "--package", "front-end", "--target", wasmTarget];
  await run("cargo", cargo, { log: "build-example", env: wasmEnv() });
  const made = join(targetFolder, wasmTarget, "debug/front_end.wasm");
  await run(programs.wasmBindgen, ["--target", "web", "--out-dir", join(root, "build/example"), made], {
    log: "build-example-bindgen",
  });
}

/** What a program is to those who import it as a module. */
const PROGRAM_TYPES = `/** The compiled program, or its address where WebAssembly is not imported as a module. */
declare const program: WebAssembly.Module;
export default program;
`;

/** Builds the WebAssembly `name` with a feature of Cargo's. */
async function packagePart(name, feature, staged) {
  const log = `build-${name}`;
  // The profile of the same name settles the size of what people download. JavaScript has parsed the numbers that come
  // here: to keep their digits would cost the checks 8 KB.
  const cargo = [
    "build",
    "--locked",
    "--lib",
    "--target",
    wasmTarget,
    "--profile",
    name,
    "--no-default-features",
    "--features",
    feature,
  ];
  await run("cargo", [...cargo, "--config", anonymous()], { log, env: wasmEnv() });

  const made = join(targetFolder, wasmTarget, name, "intercom_edge.wasm");
  const bindgen = ["--target", "web", "--omit-default-module-path", "--out-dir", staged, "--out-name", name, made];
  await run(programs.wasmBindgen, bindgen, { log: `${log}-bindgen` });

  connectable(join(staged, `${name}.js`));
  const wasm = join(staged, `${name}.wasm`);
  renameSync(join(staged, `${name}_bg.wasm`), wasm);
  rmSync(join(staged, `${name}_bg.wasm.d.ts`));
  await shrink(wasm, `${log}-opt`, ...(name === "checks" ? ALIKE : []));
  writeFileSync(join(staged, `${name}.inline.js`), inline(readFileSync(wasm)));
}

/**
 * Makes a function of wasm-bindgen's glue, which as it comes serves one instance and never another.
 * Each call of `connect` serves an instance of its own, by the platform's functions that it is given.
 */
function connectable(glue) {
  const [before, after, ...more] = readFileSync(glue, "utf8").split("let wasmModule, wasmInstance, wasm;\n");
  if (after === undefined || more.length > 0) throw new Failure(`${glue} isn't written as expected`);
  const names = [...before.matchAll(/^export (?:function|class) (\w+)/gm)].map(([, name]) => name);
  writeFileSync(
    glue,
    `// Made by scripts/build.mjs from what wasm-bindgen wrote.
export function connect({ fetch }) {
${before.replace(/^export /gm, "").replace(/^\/\* @ts-self-types.*\n/, "")}
let wasm;
const start = (exports) => {
    wasm = exports;
    wasm.__wbindgen_start();
    return { ${names.join(", ")} };
};
return { imports: __wbg_get_imports(), start };
}
`,
  );
  const types = glue.replace(/js$/, "d.ts");
  const [declared] = readFileSync(types, "utf8").split(/^export type InitInput/m);
  const classes = [];
  const methods = declared
    .replace(/^\/\* (?:tslint|eslint).*\n/gm, "")
    .replace(/^export class (\w+) \{\n([^}]*)\}\n/gm, (_, name, body) => {
      classes.push(`export interface ${name} {\n${body.replace(UNDECLARED, "")}}\n`);
      return "";
    })
    .replace(/^export function /gm, "");
  writeFileSync(
    types,
    `${classes.join("\n")}
/** What the program exports. */
export interface Exports {
${methods.trim().replace(/^(?=.)/gm, "  ")}
}

/** What the program needs of its platform. */
export interface Platform {
  fetch(request: Request): Promise<Response>;
}

/** Serves an instance: what it imports, and, once it is there, what it exports. */
export function connect(platform: Platform): {
  imports: WebAssembly.Imports;
  start(exports: WebAssembly.Exports): Exports;
};
`,
  );
}

/** What a class of wasm-bindgen's declares beside its methods; `Symbol.dispose` is unknown to TypeScript 5.0. */
const UNDECLARED = /^ *(?:private constructor\(\)|\[Symbol\.dispose\]\(\): void);\n/gm;

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
  "mutable-globals",
  "sign-ext",
  "nontrapping-float-to-int",
  "bulk-memory",
  "multivalue",
  "reference-types",
].map((feature) => `--enable-${feature}`);

/**
 * What helps a program that Rust's compiler made small, with `opt-level = "z"`: functions that are alike
 * stay so, and stand together. It saves the Worker 50 KB gzipped, and costs the package 1.
 */
const ALIKE = ["--one-caller-inline-max-function-size=20", "--skip-pass=local-cse", "--reorder-functions-by-name"];

/** Makes a program small as it travels, compressed. */
function shrink(wasm, log, ...options) {
  // The first kilobyte is the stack's end, which has no constant address: offsets can be folded.
  const fold = "--low-memory-unused";
  // Functions' names are a tenth of it, and no log shows them.
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  return run(programs.wasmOpt, ["-Oz", fold, ...options, ...strip, ...WASM_FEATURES, wasm, "-o", wasm], { log });
}

/** Writes what the Rust models are to TypeScript. */
async function packageTypes() {
  mkdirSync(join(root, "dist"), { recursive: true });
  const cargo = ["run", "--locked", "--features", "types", "--bin", "types", "--", "dist/model.d.ts"];
  await run("cargo", cargo, { log: "build-types" });
}

/** Compiles js/ beside the WebAssembly and the models' types, whose declarations it reads. */
async function packageJs() {
  const dist = join(root, "dist");
  // A file that js/ no longer has must not stay in the package.
  const stale = readdirSync(dist).filter((name) => !["wasm", "model.d.ts"].includes(name));
  for (const name of stale) rmSync(join(dist, name), { recursive: true });
  await run("tsc", ["-p", "js"], { log: "build-package" });
  writeFileSync(join(dist, NOTICES), notices(compiledCrates("--no-default-features", "--features", "package,checks")));
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

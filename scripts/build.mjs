// Builds what has changed: the two Workers, the npm package and the dashboard. `npm run build`
// builds all of them, `npm run build -- edge` one.
import { copyFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import { Failure, main } from "../cli/failure.mjs";
import { billOfMaterials, compiledCrates, notices } from "./components.mjs";
import { unlessFresh } from "./freshness.mjs";
import { alone } from "./lock.mjs";
import { root } from "./paths.mjs";
import { rustReady, setUp } from "./setup.mjs";
import { run, step } from "./step.mjs";
import { hostEnv, targetFolder, versions, wasmCompiler, wasmEnv, wasmTarget } from "./toolchain.mjs";
import { bind, bundleEntry, compile, EXCEPTIONS, shrink, SIMD } from "./webassembly.mjs";

/** The licences of what is compiled in, beside each product. */
const NOTICES = "THIRD-PARTY-NOTICES.txt";

/** In the order in which they need each other. */
export const targets = {
  edge: {
    title: "the Worker",
    takes: "3 min from nothing, 1 min after a change",
    inputs: crate({ without: ["browser", "checks", "directory"] }),
    outputs: ["build/edge/entry.js", "build/edge/program_bg.wasm", "build/edge/scopes.json", `build/edge/${NOTICES}`],
    build: () =>
      worker("edge", {
        options: ["--features", "edge"],
        crate: "intercom_edge",
        entry: "src/edge/entry.js",
        finish: async (folder, wasm) => {
          await shrink(wasm, [EXCEPTIONS, ...ALIKE], { log: "build-edge" });
          writeFileSync(join(folder, NOTICES), notices(compiledCrates("--features", "edge")));
          copyFileSync(join(root, "src/edge/entry.d.ts"), join(folder, "entry.d.ts"));
          writeFileSync(join(folder, "scopes.json"), `${JSON.stringify(scopeNames(), null, 2)}\n`);
        },
      }),
  },
  sandbox: {
    title: "the sandbox",
    takes: "2 min from nothing, 30 s after a change",
    inputs: ["Cargo.toml", "Cargo.lock", "sandbox", "src/edge/restart.js"],
    outputs: ["build/sandbox/entry.js", "build/sandbox/program_bg.wasm", `build/sandbox/${NOTICES}`],
    build: () =>
      worker("sandbox", {
        options: ["--package", "intercom-edge-sandbox"],
        crate: "intercom_edge_sandbox",
        entry: "sandbox/entry.js",
        finish: async (folder, wasm) => {
          await shrink(wasm, [EXCEPTIONS], { log: "build-sandbox" });
          const crates = compiledCrates("--manifest-path", "sandbox/Cargo.toml");
          writeFileSync(join(folder, NOTICES), notices(crates));
        },
      }),
  },
  wasm: {
    title: "the npm package's WebAssembly",
    takes: "1 min from nothing, 20 s after a change",
    inputs: crate({ without: ["edge"] }),
    outputs: [
      "dist/wasm/program.d.ts",
      ...["browser", "checks", "directory"].flatMap((name) => [
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
    inputs: [...crate({ without: ["edge", "checks", "directory"] }), "examples/front-end"],
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

/** What all builds are made by. */
const BUILDERS = ["scripts/build.mjs", "scripts/components.mjs", "scripts/webassembly.mjs", "scripts/bindgen"];

export async function build(names = Object.keys(targets)) {
  await alone(root, async () => {
    const facts = versions();
    const compiler = () => wasmCompiler()?.version;
    for (const name of names) {
      const { title, takes, inputs, outputs, build } = targets[name];
      await unlessFresh(name, { inputs: [...inputs, ...BUILDERS], outputs, facts, compiler }, async () => {
        await rustReady();
        await step(`Building ${title}`, { takes }, build);
      });
    }
  });
}

/** Lists what a build of the crate is made from. `without` names folders of `src/` that it does not compile. */
function crate({ without }) {
  const source = readdirSync(join(root, "src")).filter((name) => !without.includes(name));
  return ["Cargo.toml", "Cargo.lock", ...source.map((name) => `src/${name}`)];
}

/**
 * Builds a Worker into `build/<name>`: its program and one file of JavaScript, the entry. `finish` adds to the folder
 * before it replaces the last build's.
 */
async function worker(name, { crate, options, entry, finish = () => {} }) {
  const log = `build-${name}`;
  const [place, staged, bound] = [name, `.${name}`, `.${name}/bound`].map((folder) => join(root, "build", folder));
  rmSync(staged, { recursive: true, force: true });
  await bind("worker", await compile(crate, options, { log }), bound, "program", { log });
  await bundleEntry(entry, bound, join(staged, "entry.js"), { log });
  const wasm = join(staged, "program_bg.wasm");
  renameSync(join(bound, "program_bg.wasm"), wasm);
  rmSync(bound, { recursive: true });
  await finish(staged, wasm);
  rmSync(place, { recursive: true, force: true });
  renameSync(staged, place);
}

/** Returns the names of all scopes, for the command `key`. */
function scopeNames() {
  const source = readFileSync(join(root, "src/edge/access/scope.rs"), "utf8");
  return [...source.matchAll(/^ {4}\w+ "([a-z_]+:[a-z]+)",$/gm)].map(([, name]) => name);
}

/** The calls' rules, and what is loaded besides where messages are checked. */
async function packageWasm() {
  const staged = join(root, "build/browser");
  rmSync(staged, { recursive: true, force: true });
  // Measured gzipped: 33.4 KB at "z", 35.8 at "s", 36.6 at 2.
  await packagePart("browser", "package", "z", staged, { shrinks: [] });
  // A page that sends messages loads it besides: 41 KB gzipped at "z". When both were measured, 48 at "z" and 65 at 2.
  await packagePart("checks", "checks", "z", staged, { shrinks: ALIKE });
  // A search takes two to three times as long at "z". At 3 it takes as long as at "s", and has 4 KB more.
  await packagePart("directory", "directory", "s", staged, { simd: true, shrinks: [SIMD] });
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
  await bind("page", made, join(root, "build/example"), "front_end", { log: "build-example" });
}

/** What a program is to those who import it as a module. */
const PROGRAM_TYPES = `/** The compiled program, or its address where WebAssembly is not imported as a module. */
declare const program: WebAssembly.Module;
export default program;
`;

/** Builds the WebAssembly `name` with a feature of Cargo's. `shrinks` are options of wasm-opt. */
async function packagePart(name, feature, optLevel, staged, { simd, shrinks }) {
  const log = `build-${name}`;
  // JavaScript has parsed the numbers that come here: to keep their digits would cost the checks 8 KB.
  const options = ["--no-default-features", "--features", feature];
  const made = await compile("intercom_edge", options, { log, optLevel, simd });
  await bind("package", made, staged, name, { log });

  connectable(join(staged, `${name}.js`));
  const wasm = join(staged, `${name}.wasm`);
  renameSync(join(staged, `${name}_bg.wasm`), wasm);
  rmSync(join(staged, `${name}_bg.wasm.d.ts`));
  await shrink(wasm, shrinks, { log });
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

/**
 * WebAssembly as a module of JavaScript, which every bundler and runtime finds by itself. Deflated
 * first, it travels in hardly more bytes than the file itself.
 */
function inline(bytes) {
  const text = deflateRawSync(bytes, { level: 9 }).toString("base64");
  return `// Made by scripts/build.mjs: deflated WebAssembly, in Base64.\nexport default "${text}";\n`;
}

/**
 * What helps a program that Rust's compiler made small, with `opt-level = "z"`: functions that are alike
 * stay so, and stand together. It saves the Worker 50 KB gzipped, and costs the package 1.
 */
const ALIKE = ["--one-caller-inline-max-function-size=20", "--skip-pass=local-cse", "--reorder-functions-by-name"];

/** Writes what the Rust models are to TypeScript. */
async function packageTypes() {
  mkdirSync(join(root, "dist"), { recursive: true });
  const cargo = ["run", "--locked", "--features", "types", "--bin", "types", "--", "dist/model.d.ts"];
  await run("cargo", cargo, { log: "build-types", env: hostEnv() });
}

/** Compiles js/ beside the WebAssembly and the models' types, whose declarations it reads. */
async function packageJs() {
  const dist = join(root, "dist");
  // A file that js/ no longer has must not stay in the package.
  const stale = readdirSync(dist).filter((name) => !["wasm", "model.d.ts"].includes(name));
  for (const name of stale) rmSync(join(dist, name), { recursive: true });
  await run("tsc", ["-p", "js"], { log: "build-package" });
  const features = ["--no-default-features", "--features", "package,checks,directory"];
  writeFileSync(join(dist, NOTICES), notices(compiledCrates(...features)));
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

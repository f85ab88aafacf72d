// Makes WebAssembly: cargo compiles a program, wasm-bindgen's library writes the JavaScript that loads it, and wasm-opt
// makes it smaller. All programs are compiled with one profile of Cargo's, so that they share their dependencies.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../cli/failure.mjs";
import { cargoHome, root, rustupHome } from "./paths.mjs";
import { run } from "./step.mjs";
import { hostEnv, targetFolder, wasmEnv, wasmTarget } from "./toolchain.mjs";

/**
 * Compiles the library `crate` and returns the program's path. `options` are Cargo's. `optLevel` replaces the one in
 * Cargo.toml. `simd` allows instructions for vectors.
 */
export async function compile(crate, options, { log, optLevel, simd = false }) {
  // Until the crates are here, `rustFlags` has no folder to name.
  await run("cargo", ["fetch", "--locked", "--target", wasmTarget], { log: "fetch-crates", env: wasmEnv() });
  const level = optLevel ? ["--config", `profile.release.opt-level=${JSON.stringify(optLevel)}`] : [];
  // As one kind of library only: its dependencies are then compiled for linking across crates and nothing else, and
  // serve every program.
  const kind = ["--lib", "--crate-type", "cdylib"];
  const cargo = ["rustc", "--locked", "--release", "--target", wasmTarget, ...kind, ...options, ...level];
  await run("cargo", [...cargo, "--config", rustFlags(simd)], { log, env: wasmEnv() });
  return join(targetFolder, wasmTarget, "release", `${crate}.wasm`);
}

/** Returns the compiler's flags, which also replace this machine's folders in the places of panics. */
function rustFlags(simd) {
  const crates = join(cargoHome, "registry/src");
  const registries = readdirSync(crates).map((name) => join(crates, name));
  const flags = [...registries, join(rustupHome, "toolchains")].map((folder) => `--remap-path-prefix=${folder}/=`);
  if (simd) flags.push("-Ctarget-feature=+simd128");
  return `target.${wasmTarget}.rustflags=${JSON.stringify(flags)}`;
}

/**
 * Writes `<name>.js`, which loads the compiled `program`, and `<name>_bg.wasm` into `folder`. `kind` is `worker`,
 * `package` or `page`: scripts/bindgen says what they mean.
 */
export function bind(kind, program, folder, name, { log }) {
  const cargo = ["run", "--locked", "--package", "intercom-edge-bindgen", "--", kind, program, folder, name];
  return run("cargo", cargo, { log: `${log}-bindgen`, env: hostEnv() });
}

/** Puts the entry of a Worker and the JavaScript of its program, in `bound`, into one file. */
export async function bundleEntry(entry, bound, outfile, { log }) {
  const glue = join(bound, "program.js");
  const parts = readFileSync(glue, "utf8").split("import source wasmModule from");
  if (parts.length !== 2) throw new Failure(`${glue} isn't written as expected`);
  // workerd gives the module without the keyword, and does not know it.
  writeFileSync(glue, parts.join("import wasmModule from"));
  const options = ["--bundle", "--minify", "--format=esm", "--external:*.wasm", "--log-level=warning"];
  await run("esbuild", [join(root, entry), ...options, `--alias:program=${glue}`, `--outfile=${outfile}`], {
    log: `${log}-bundle`,
  });
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

/** What a Worker's program uses besides: wasm-bindgen catches JavaScript's exceptions in it. */
export const EXCEPTIONS = "--enable-exception-handling";

/** What the directory's program uses besides: instructions for vectors, in Safari since 16.4. */
export const SIMD = "--enable-simd";

/** Makes the program `wasm` small as it travels, compressed. `options` are wasm-opt's. */
export function shrink(wasm, options, { log }) {
  // The first kilobyte is the stack's end, which has no constant address: offsets can be folded.
  const fold = "--low-memory-unused";
  // Functions' names are a tenth of it, and no log shows them.
  const strip = ["--strip-debug", "--strip-producers", "--strip-target-features"];
  return run("wasm-opt", ["-Oz", fold, ...options, ...strip, ...WASM_FEATURES, wasm, "-o", wasm], {
    log: `${log}-opt`,
  });
}

// Which compiler and tools make the WebAssembly, and how they are told about each other.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { cache, path, root, rustupHome } from "./paths.mjs";

export const wasmTarget = "wasm32-unknown-unknown";

/** wasm-bindgen's command and library must be of one version; worker-build goes with `worker`. */
const wasmBindgen = tool("wasm-bindgen-cli", {
  program: "wasm-bindgen",
  version: lockedVersion("wasm-bindgen"),
  // The lock file of wasm-bindgen-cli 0.2.130 names a version of webpki-roots that was withdrawn.
  locked: false,
});
const workerBuild = tool("worker-build", { program: "worker-build", version: lockedVersion("worker"), locked: true });
export const wasmTools = [wasmBindgen, workerBuild];

export const programs = {
  wasmBindgen: wasmBindgen.file,
  workerBuild: workerBuild.file,
  wasmOpt: join(root, "node_modules/.bin/wasm-opt"),
};

function tool(crate, { program, version, locked }) {
  const folder = join(cache, "tools", `${crate}-${version}`);
  return { crate, version, locked, folder, file: join(folder, "bin", program) };
}

function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(new RegExp(`name = "${crate}"\nversion = "(.+)"`))[1];
}

/**
 * Debian's compiler, the second way to the wasm target. Its standard library for wasm is built by
 * scripts/setup/debian-rust.mjs, which says beside it which compiler that was.
 */
export const debian = {
  rustc: "/usr/bin/rustc",
  cargo: "/usr/bin/cargo",
  standardLibrary: `/usr/lib/rustlib/${wasmTarget}/lib`,
  builtBy: `/usr/lib/rustlib/${wasmTarget}/lib/built-by`,
  linker: "/usr/lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld",
  /** The name under which rustup knows it. */
  toolchain: "debian",
  link: join(rustupHome, "toolchains/debian"),
};

/**
 * The compiler that can make WebAssembly here: its version, and the rustup toolchain to ask for
 * when it is not the default. Undefined when there is none yet.
 */
export function wasmCompiler() {
  const folder = ask("rustc", "--print", "target-libdir", "--target", wasmTarget);
  if (folder && existsSync(folder) && readdirSync(folder).some((file) => file.startsWith("libstd-"))) {
    return { version: ask("rustc", "--version") };
  }
  const version = debianVersion();
  const ready = version && read(debian.builtBy) === version && existsSync(debian.linker) && linked();
  return ready ? { version, toolchain: debian.toolchain } : undefined;
}

export function debianVersion() {
  return existsSync(debian.rustc) ? ask(debian.rustc, "--version") : undefined;
}

export function linked() {
  try {
    return readlinkSync(debian.link) === "/usr";
  } catch {
    return false;
  }
}

/** The environment in which cargo, worker-build and wasm-bindgen make WebAssembly. */
export function wasmEnv() {
  const toolchain = wasmCompiler()?.toolchain;
  return {
    ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }),
    CARGO_TARGET_DIR: targetFolder,
    // With these worker-build downloads nothing.
    WASM_BINDGEN_BIN: programs.wasmBindgen,
    WASM_OPT_BIN: programs.wasmOpt,
    ESBUILD_BIN: join(root, "node_modules/.bin/esbuild"),
    // A tool's own stack says nothing about the project, and hides the reason above it.
    RUST_BACKTRACE: "0",
  };
}

/** Cargo's output folder. */
export const targetFolder = resolve(root, process.env.CARGO_TARGET_DIR || "target");

/** What a quick command prints; undefined when it fails. */
export function ask(command, ...args) {
  const env = { ...process.env, PATH: path };
  const { status, stdout } = spawnSync(command, args, { cwd: root, env, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

export function read(file) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

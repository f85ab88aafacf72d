// Which compiler and tools make the WebAssembly, and how they are told about each other.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { path, root, rustupHome } from "./paths.mjs";

export const wasmTarget = "wasm32-unknown-unknown";

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

/** The environment in which cargo makes WebAssembly. */
export function wasmEnv() {
  const toolchain = wasmCompiler()?.toolchain;
  return { ...hostEnv(), ...(toolchain && { RUSTUP_TOOLCHAIN: toolchain }) };
}

/** The environment in which cargo makes programs that run here. */
export function hostEnv() {
  // A tool's own stack says nothing about the project, and hides the reason above it.
  return { CARGO_TARGET_DIR: targetFolder, RUST_BACKTRACE: "0" };
}

/**
 * Returns what decides a build besides its files and its compiler: the versions of npm's tools, and the settings of
 * Cargo's in the environment. No path is among them, so that a moved or copied checkout is as fresh as it was.
 */
export function versions() {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const tools = ["binaryen", "esbuild", "typescript", "vite"].map((name) => packages[`node_modules/${name}`].version);
  const settings = Object.entries(process.env).filter(([name]) => /^(CARGO_PROFILE_|RUSTFLAGS$)/.test(name));
  return [...tools, ...settings.flat()];
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

// The wasm target where rustup's server is out of reach: Debian's compiler, its standard library
// built for wasm from Debian's source package, known to rustup as the toolchain `debian`.
// It does not disturb rustup's own. Each part is done only where it is missing, so that a run that
// was stopped half-way goes on, and an upgrade of Debian's compiler builds the library again.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { cache } from "../paths.mjs";
import { run, step } from "../step.mjs";
import { ask, debian, debianVersion, linked, read, wasmTarget } from "../toolchain.mjs";
import { aptInstall, asRoot } from "./apt.mjs";

const packages = ["rustc-web", "cargo-web", "rust-web-clippy", "rust-web-src", "lld-19"];

export async function debianRust() {
  await aptInstall(packages, { what: "Debian's Rust compiler", takes: "40 s", log: "apt-rust" });
  // The linker, under the name that the target asks for.
  await asRoot("install", ["-d", join(debian.linker, "..")], { log: "debian-rust" });
  await asRoot("ln", ["-sfn", "/usr/bin/lld-19", debian.linker], { log: "debian-rust" });

  const version = debianVersion();
  if (read(debian.builtBy) !== version) {
    // Somebody may have built it by hand; whether it works is what counts.
    if (!works()) {
      await step("Building Rust's standard library for WebAssembly", { takes: "1 min" }, buildStandardLibrary);
      if (!works())
        throw new Failure("Debian's compiler does not make WebAssembly, though its standard library was built");
    }
    await asRoot("sh", ["-c", 'echo "$1" > "$2"', "sh", version, debian.builtBy], { log: "debian-rust" });
  }
  if (!linked()) await run("rustup", ["toolchain", "link", debian.toolchain, "/usr"], { log: "debian-rust" });
}

/** Builds a small library the way the Worker is built: std for wasm, optimised across crates. */
function works() {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-"));
  try {
    const source = join(folder, "probe.rs");
    writeFileSync(source, 'pub fn probe() -> String { format!("{}", 1) }\n');
    const flags = ["--crate-type", "cdylib", "-O", "-Clto", "-Cpanic=abort", "--out-dir", folder];
    return ask(debian.rustc, "--target", wasmTarget, ...flags, source) !== undefined;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function buildStandardLibrary() {
  const folder = join(cache, "standard-library");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, "src"), { recursive: true });
  writeFileSync(join(folder, "Cargo.toml"), '[package]\nname = "empty"\nedition = "2024"\n');
  writeFileSync(join(folder, "src/lib.rs"), "#![no_std]\n");
  // Without --locked: the crate depends on nothing, and std has its own lock file in Debian's source package.
  await run(
    debian.cargo,
    ["build", "--release", "-Zbuild-std=std,panic_abort,panic_unwind,test", "--target", wasmTarget],
    {
      log: "standard-library",
      cwd: folder,
      env: {
        CARGO_TARGET_DIR: join(folder, "target"),
        RUSTC: debian.rustc,
        RUSTC_BOOTSTRAP: "1",
        // Without bitcode inside, optimising across crates fails: "Can't find section .llvmbc".
        RUSTFLAGS: "-Cembed-bitcode=yes",
      },
    },
  );
  const made = join(folder, "target", wasmTarget, "release/deps");
  const libraries = readdirSync(made).filter((file) => file.endsWith(".rlib") && !file.startsWith("libempty-"));
  // Copied beside, then put in place at once: a build never sees half a library.
  const staged = `${debian.standardLibrary}.new`;
  await asRoot("rm", ["-rf", staged], { log: "debian-rust" });
  await asRoot("install", ["-d", staged], { log: "debian-rust" });
  await asRoot("install", ["-m", "644", "-t", staged, ...libraries.map((file) => join(made, file))], {
    log: "debian-rust",
  });
  await asRoot("rm", ["-rf", debian.standardLibrary], { log: "debian-rust" });
  await asRoot("mv", ["-T", staged, debian.standardLibrary], { log: "debian-rust" });
  rmSync(folder, { recursive: true });
}

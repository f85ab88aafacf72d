// Random contacts, changes and queries on the directory have the answers of a naive reference. The comparison is
// Rust: tests/directory/soak.rs.

import { spawn } from "node:child_process";
import { Failure } from "../../cli/failure.mjs";
import { exit } from "../../cli/run/process.mjs";
import { path, root } from "../../scripts/paths.mjs";

const TEST = ["--features", "directory", "--test", "directory", "--", "--ignored", "--exact", "--nocapture"];

/**
 * Compares for some minutes, with sequences from `seed` on.
 *
 * @throws {Failure} if an answer differs
 */
export async function soakDirectory({ minutes, seed, running }) {
  const cargo = spawn("cargo", ["test", "--locked", "--release", ...TEST, "soak::soak"], {
    cwd: root,
    env: {
      ...process.env,
      PATH: path,
      // The profile is for small WebAssembly. Without it, compiling takes half as long.
      CARGO_PROFILE_RELEASE_LTO: "off",
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
      DIRECTORY_MINUTES: minutes,
      DIRECTORY_SEED: seed,
    },
    stdio: "inherit",
  });
  running.add(() => cargo.kill());
  const code = await exit(cargo);
  if (code !== 0) throw new Failure("The directory and the reference differ", { why: "The sequence is above." });
}

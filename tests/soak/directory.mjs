// Random contacts, changes and queries on the directory have the answers of a naive reference: on the host, and in
// WebAssembly. The reference is Rust: tests/directory/.

import { spawn } from "node:child_process";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { exit } from "../../cli/run/process.mjs";
import { path, root } from "../../scripts/paths.mjs";
import { compareInWebAssembly } from "./directory-wasm.mjs";

const TEST = ["--features", "directory", "--test", "directory", "--", "--ignored", "--exact", "--nocapture"];

/**
 * Compares some sequences in WebAssembly, and then, for some minutes, sequences from `seed` on, on the host. `folder`
 * has the package's WebAssembly, `state` is a folder for a file.
 *
 * @throws {Failure} if an answer differs
 */
export async function soakDirectory({ minutes, wasm, seed, folder, state, running, say }) {
  const file = join(state, "directory.jsonl");
  const env = { DIRECTORY_SEED: seed, DIRECTORY_SEQUENCES: wasm, DIRECTORY_WRITE: file, DIRECTORY_MINUTES: minutes };
  await test("soak::write", env, running);
  const { sequences, operations } = await compareInWebAssembly(file, folder);
  say(`WebAssembly: ${sequences} sequences, ${operations} operations: no difference`);
  await test("soak::soak", env, running);
}

/** Runs one of the tests that take long. */
async function test(name, env, running) {
  const cargo = spawn("cargo", ["test", "--locked", "--release", ...TEST, name], {
    cwd: root,
    // The profile is for small WebAssembly. Without its optimisation at link time, compiling takes half as long.
    env: {
      ...process.env,
      PATH: path,
      CARGO_PROFILE_RELEASE_LTO: "off",
      CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
      ...env,
    },
    stdio: "inherit",
  });
  const stop = () => cargo.kill();
  running.add(stop);
  const code = await exit(cargo);
  running.delete(stop);
  if (code !== 0) throw new Failure("The directory and the reference differ", { why: "The reason is above." });
}

// The compiler's WebAssembly target: from rustup's server, or else from Debian's packages.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { run, step } from "../step.mjs";
import { targetFolder, wasmCompiler, wasmTarget } from "../toolchain.mjs";
import { onDebian } from "./apt.mjs";
import { debianRust } from "./debian-rust.mjs";

export async function wasmTargetReady() {
  if (wasmCompiler()) return;
  const refusal = await addByRustup();
  if (refusal) {
    if (!onDebian()) throw refusal;
    console.log("  rustup's server doesn't give it: Debian's compiler is the second way");
    await debianRust();
  }
  // What another compiler left there gives "can't find crate".
  rmSync(join(targetFolder, wasmTarget), { recursive: true, force: true });
}

/** Returns why it could not be had. */
async function addByRustup() {
  const todo = `rustup target add ${wasmTarget}`;
  try {
    await step("Adding WebAssembly to Rust", { takes: "20 s", todo }, async () => {
      await run("rustup", ["target", "add", wasmTarget], { log: "rustup-target" });
      if (!wasmCompiler()) throw new Failure("rustup says that it is there, and the compiler does not find it");
    });
  } catch (failure) {
    if (failure instanceof Failure) return failure;
    throw failure;
  }
}

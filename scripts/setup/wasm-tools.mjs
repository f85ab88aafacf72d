// wasm-bindgen and worker-build, of exactly the versions that go with the crates in Cargo.lock.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { isExecutable, which } from "../paths.mjs";
import { Failure, run, step } from "../step.mjs";
import { ask, wasmTools } from "../toolchain.mjs";
import { aptInstall, mayInstall } from "./apt.mjs";

export async function wasmToolsReady() {
  for (const tool of wasmTools) {
    if (isExecutable(tool.file)) continue;
    if (tool.crate === "worker-build") await openSsl();
    await step(`Compiling ${tool.crate} ${tool.version}, once for this machine`, { takes: "4 min" }, () =>
      install(tool),
    );
  }
}

async function install({ crate, version, folder, locked }) {
  const unfinished = `${folder}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const options = ["--version", `=${version}`, "--root", unfinished, ...(locked ? ["--locked"] : [])];
  await run("cargo", ["install", crate, ...options], { log: crate });
  rmSync(folder, { recursive: true, force: true });
  renameSync(unfinished, folder);
}

/** worker-build links to the system's OpenSSL. */
async function openSsl() {
  if (process.platform !== "linux" || (which("pkg-config") && ask("pkg-config", "--modversion", "openssl"))) return;
  if (!mayInstall()) {
    throw new Failure("worker-build needs OpenSSL's headers and pkg-config to compile", {
      todo: "install them (Debian: libssl-dev and pkg-config; Fedora: openssl-devel and pkgconf), then run this again.",
    });
  }
  await aptInstall(["libssl-dev", "pkg-config"], { what: "OpenSSL's headers", takes: "20 s", log: "apt-openssl" });
}

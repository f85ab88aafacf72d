// What a person has to install: Node, rustup's Rust and a C linker. The scripts install everything else.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { root, which } from "../paths.mjs";
import { ask } from "../toolchain.mjs";

/** Linux only needs a Node that starts these scripts: the npm packages contain the one that runs the tools. */
const NODE = process.platform === "linux" ? "20.0" : "22.12";

/** Checks the Node that runs this. */
export function checkNode() {
  if (older(process.versions.node, NODE)) {
    throw new Failure(`Node ${NODE} or newer is needed; this is ${process.versions.node}`, {
      todo: "install Node 24 from https://nodejs.org, then run this again.",
    });
  }
}

/** Checks Rust and the linker, which builds need. */
export function checkRust() {
  if (!which("rustup") || !which("cargo")) {
    throw new Failure("Rust is needed, by rustup", {
      why: "Only a built checkout whose sources have not changed since can do without it.",
      todo: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh",
    });
  }
  const needed = readFileSync(join(root, "Cargo.toml"), "utf8").match(/^rust-version = "(.+)"/m)[1];
  const version = ask("rustc", "--version")?.match(/^rustc (\d+\.\d+)/)?.[1];
  if (!version) throw new Failure("rustup has no compiler yet", { todo: "rustup default stable" });
  if (Number(version.split(".")[1]) < Number(needed.split(".")[1])) {
    throw new Failure(`Rust ${needed} or newer is needed; this is ${version}`, { todo: "rustup update stable" });
  }
  if (!which("cc")) {
    throw new Failure("A C linker is needed: there is no cc", {
      todo: "sudo apt-get install build-essential (macOS: xcode-select --install)",
    });
  }
}

/** Compares major and minor versions. */
function older(version, needed) {
  const [[major, minor], [neededMajor, neededMinor]] = [version, needed].map((text) => text.split(".").map(Number));
  return major < neededMajor || (major === neededMajor && minor < neededMinor);
}

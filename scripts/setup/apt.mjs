// Debian's packages.

import { Failure } from "../../cli/failure.mjs";
import { which } from "../paths.mjs";
import { run, step } from "../step.mjs";
import { ask, read } from "../toolchain.mjs";

/** Not its relatives: Ubuntu has no rustc-web, and its chromium is not a package but a snap. */
export const onDebian = () => /^ID=debian$/m.test(read("/etc/os-release") ?? "");

/** Whether there is a way to install a package; sudo may still ask for a password. */
export const mayInstall = () => onDebian() && (isRoot() || which("sudo") !== undefined);

/** Another apt may be at work, on a machine that has just started above all. */
const PATIENT = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

export async function aptInstall(packages, { what, takes, log }) {
  const missing = packages.filter((name) => !installed(name));
  if (missing.length === 0) return;
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  const todo = `sudo apt-get ${install.join(" ")}`;
  await step(`Installing ${what} (Debian's ${missing.join(", ")})`, { takes, todo }, async () => {
    await asRoot("apt-get", [...PATIENT, "update"], { log: `${log}-update` });
    await asRoot("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", ...PATIENT, ...install], { log });
  });
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills it in
const installed = (name) => ask("dpkg-query", "-W", "-f", "${Status}", name) === "install ok installed";

/** Runs a command as root: as it is, or by sudo, which asks for a password only where one can be typed. */
export async function asRoot(command, args, options) {
  if (isRoot()) return run(command, args, options);
  if (!which("sudo")) {
    const todo = `as root: ${[command, ...args].join(" ")}`;
    throw new Failure(`${command} needs root, and there is no sudo`, { todo });
  }
  try {
    await run("sudo", [...(process.stdin.isTTY ? [] : ["-n"]), command, ...args], options);
  } catch (failure) {
    if (/password is required/.test(failure.why)) failure.todo = "run this in a terminal, where sudo can ask for it";
    throw failure;
  }
}

const isRoot = () => process.getuid?.() === 0;

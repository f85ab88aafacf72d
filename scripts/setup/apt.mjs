// Debian's packages.
import { which } from "../paths.mjs";
import { Failure, run, step } from "../step.mjs";
import { ask, read } from "../toolchain.mjs";

/** Not its relatives: Ubuntu has no rustc-web, and its chromium is not a package but a snap. */
export const onDebian = () => /^ID=debian$/m.test(read("/etc/os-release") ?? "");

/** Whether this person may install packages without being asked for a password that nobody types. */
export const mayInstall = () => onDebian() && (isRoot() || which("sudo") !== undefined);

export async function aptInstall(packages, { what, takes, log }) {
  const missing = packages.filter((name) => !installed(name));
  if (missing.length === 0) return;
  const install = ["install", "-y", "--no-install-recommends", ...missing];
  await step(`Installing ${what} (Debian's ${missing.join(", ")})`, { takes, todo: `sudo apt-get ${install.join(" ")}` }, async () => {
    await asRoot("apt-get", [...PATIENT, "update"], { log: `${log}-update` });
    await asRoot("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", ...PATIENT, ...install], { log });
  });
}

/** Another apt may be at work, on a machine that has just started above all. */
const PATIENT = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"];

const installed = (name) => ask("dpkg-query", "-W", "-f", "${Status}", name) === "install ok installed";

/** Runs a command as root: as it is, or by sudo, which asks for a password only where one can be typed. */
export async function asRoot(command, args, options) {
  if (isRoot()) return run(command, args, options);
  if (!which("sudo")) {
    throw new Failure(`${command} needs root, and there is no sudo`, { todo: `as root: ${[command, ...args].join(" ")}` });
  }
  return run("sudo", [...(process.stdin.isTTY ? [] : ["-n"]), command, ...args], options);
}

const isRoot = () => process.getuid?.() === 0;

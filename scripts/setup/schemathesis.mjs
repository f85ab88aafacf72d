// schemathesis, the fuzzer of `npm test -- fuzz`: a Python program, in a virtual environment of its
// own. tests/fuzz/requirements.txt pins it and all it needs, by version and hash.
import { createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root, which } from "../paths.mjs";
import { Failure, run, step } from "../step.mjs";
import { ask, read } from "../toolchain.mjs";
import { aptInstall, mayInstall } from "./apt.mjs";

/** The oldest Python 3 that schemathesis runs on. */
const MINOR = 11;

const requirements = join(root, "tests/fuzz/requirements.txt");
const version = readFileSync(requirements, "utf8").match(/^schemathesis==(\S+)/m)[1];
const folder = join(cache, "tools", `schemathesis-${version}`);
const python = join(folder, "bin/python");
const installedFrom = join(folder, "installed-from");

export const schemathesis = join(folder, "bin/schemathesis");

export async function schemathesisReady() {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  // An environment belongs to one Python: an upgrade of the system's leaves it without its packages.
  const state = () => `${wanted} ${ask(python, "--version")}`;
  if (read(installedFrom) === state()) return;
  const base = findPython() ?? (await installPython());
  await step(`Installing schemathesis ${version}, for the tests`, { takes: "30 s" }, async () => {
    // Its programs name the folder that they were installed in, so it can't be made elsewhere and moved.
    rmSync(folder, { recursive: true, force: true });
    await run(base, ["-m", "venv", folder], { log: "python-venv" });
    const install = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", requirements];
    await run(python, install, { log: "schemathesis" });
    writeFileSync(installedFrom, state());
  });
}

/** A Python that is new enough and can make environments. */
function findPython() {
  const newer = Array.from({ length: 9 }, (_, at) => `python3.${MINOR + at}`);
  // A version manager's stand-in may come before the system's own, and know no Python.
  const known = ["python3", ...newer].map(which).filter(Boolean);
  return [...known, "/usr/bin/python3"].find(fits);
}

function fits(file) {
  // Debian's python3 comes without ensurepip, which is in python3-venv.
  const minor = ask(file, "-c", "import ensurepip, sys, venv; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)");
  return Number(minor) >= MINOR;
}

async function installPython() {
  if (mayInstall()) await aptInstall(["python3-venv"], { what: "Python, for the tests", takes: "20 s", log: "apt-python" });
  const found = findPython();
  if (found) return found;
  throw new Failure(`Python 3.${MINOR} or newer is needed to test, with its venv and ensurepip`, {
    todo: "install it (Ubuntu: sudo apt-get install python3-venv; Fedora: sudo dnf install python3; macOS: brew install python), then run this again.",
  });
}

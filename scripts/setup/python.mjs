// Python programs that only tests need: each in a virtual environment of its own, from a file that pins
// all packages by version and hash.
import { rmSync } from "node:fs";
import { basename, join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { which } from "../paths.mjs";
import { run } from "../step.mjs";
import { ask } from "../toolchain.mjs";
import { aptInstall, mayInstall } from "./apt.mjs";

/** The oldest Python 3 that these programs run on. */
const MINOR = 11;

/** Makes the environment `folder` anew, with the packages of the file `requirements`. */
export async function python(folder, requirements) {
  const base = findPython() ?? (await installPython());
  const log = basename(requirements, ".txt");
  // Its programs name the folder that they were installed in, so it can't be made elsewhere and moved.
  rmSync(folder, { recursive: true, force: true });
  await run(base, ["-m", "venv", folder], { log: "python-venv" });
  const install = ["-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", requirements];
  await run(join(folder, "bin/python"), install, { log: `pip-${log}` });
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
  const minor = ask(
    file,
    "-c",
    "import ensurepip, sys, venv; print(sys.version_info[1] if sys.version_info[0] == 3 else 0)",
  );
  return Number(minor) >= MINOR;
}

async function installPython() {
  if (mayInstall())
    await aptInstall(["python3-venv"], { what: "Python, for the tests", takes: "20 s", log: "apt-python" });
  const found = findPython();
  if (found) return found;
  throw new Failure(`Python 3.${MINOR} or newer is needed to test, with its venv and ensurepip`, {
    todo:
      "install it (Ubuntu: sudo apt-get install python3-venv; Fedora: sudo dnf install python3; " +
      "macOS: brew install python), then run this again.",
  });
}

// schemathesis, the fuzzer of `npm test -- fuzz`: a Python program, kept for all checkouts.
// tests/fuzz/requirements.txt pins it and all it needs, by version and hash.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root } from "../paths.mjs";
import { step } from "../step.mjs";
import { ask, read } from "../toolchain.mjs";
import { python } from "./python.mjs";

const requirements = join(root, "tests/fuzz/requirements.txt");
const version = readFileSync(requirements, "utf8").match(/^schemathesis==(\S+)/m)[1];
const folder = join(cache, "tools", `schemathesis-${version}`);
const installedFrom = join(folder, "installed-from");

export const schemathesis = join(folder, "bin/schemathesis");

export async function schemathesisReady() {
  const wanted = createHash("sha256").update(readFileSync(requirements)).digest("hex");
  // An environment belongs to one Python: an upgrade of the system's leaves it without its packages.
  const state = () => `${wanted} ${ask(join(folder, "bin/python"), "--version")}`;
  if (read(installedFrom) === state()) return;
  await step(`Installing schemathesis ${version}, for the tests`, { takes: "30 s" }, async () => {
    await python(folder, requirements);
    writeFileSync(installedFrom, state());
  });
}

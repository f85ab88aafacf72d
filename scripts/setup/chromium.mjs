// A Chromium for the tests of the dashboard and of the package in a page.

import { Failure } from "../../cli/failure.mjs";
import { isExecutable, root, which } from "../paths.mjs";
import { run, step } from "../step.mjs";
import { ask } from "../toolchain.mjs";
import { aptInstall, mayInstall } from "./apt.mjs";

const WHAT_TO_DO = "install Chromium and set CHROMIUM to its path";

/** The path of a Chromium, installed first where there is none. */
export async function chromium() {
  const found = findChromium();
  if (found) return found;
  // Debian's comes with the libraries it needs; Playwright's leaves them to the system.
  if (mayInstall()) {
    await aptInstall(["chromium"], { what: "Chromium, for the tests", takes: "1 min", log: "apt-chromium" });
  } else {
    await step("Installing Chromium, for the tests", { takes: "1 min", todo: WHAT_TO_DO }, () =>
      run("playwright-core", ["install", "chromium"], { log: "playwright-chromium" }),
    );
  }
  const installed = findChromium();
  if (!installed) throw new Failure("There is no Chromium", { todo: WHAT_TO_DO });
  return installed;
}

/** The path of a Chromium that is here already, if any. */
export function findChromium() {
  const { CHROMIUM } = process.env;
  if (CHROMIUM && !isExecutable(CHROMIUM)) {
    throw new Failure(`CHROMIUM names ${CHROMIUM}, which cannot be run`, { todo: "unset it, or set it to a Chromium" });
  }
  if (CHROMIUM) return CHROMIUM;
  return which("chromium") ?? playwrights();
}

function playwrights() {
  const file = ask(
    "node",
    "--input-type=module",
    "--eval",
    `
    import { chromium } from "${root}node_modules/playwright-core/index.mjs";
    console.log(chromium.executablePath());`,
  );
  return file && isExecutable(file) ? file : undefined;
}

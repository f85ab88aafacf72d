// What the scripts of this folder share: where the Worker is, and how a check reports.
// `npm run clients` starts them, with the Worker's address and keys in the environment.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { reset as resetSandbox } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY, OTHER_CALLER_KEY, API_VERSION = "", NPM_PACKAGES } = process.env;

export { API_VERSION, CALLER_KEY, OTHER_CALLER_KEY, WORKER_URL };

/** Where the clients are installed. */
export const packages = NPM_PACKAGES;
export const require = createRequire(join(NPM_PACKAGES, "clients.cjs"));

/** What the sandbox has with every seed: docs/sandbox.md. */
export const known = JSON.parse(readFileSync(new URL("known.json", import.meta.url), "utf8"));

const CHECK_MS = 60_000;
let failed = 0;

/** Reports whether `work` resolves: the client got what it asked for. */
export async function check(name, work) {
  await report("got", name, work);
}

/**
 * Reports what the client cannot get, with the reason. `work` must prove that it does not get it, and
 * how it learns of that; once the client gets it, the check fails.
 */
export async function cannot(name, reason, work) {
  await report("cannot", name, work, reason);
}

async function report(outcome, check, work, reason) {
  const line = { check, outcome, reason };
  let timer;
  try {
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no result after ${CHECK_MS / 1000} s`)), CHECK_MS);
    });
    await Promise.race([Promise.resolve().then(work), late]);
  } catch (error) {
    failed += 1;
    Object.assign(line, { outcome: "failed", reason: brief(error?.message ?? error) });
  } finally {
    clearTimeout(timer);
  }
  console.log(JSON.stringify(line));
}

/** Throws unless `condition` holds; `seen` says what was there instead. */
export function expect(condition, seen = "") {
  if (!condition) throw new Error(brief(seen));
}

/** The error with which `work` rejects. */
export async function rejection(work) {
  let result;
  try {
    result = await work();
  } catch (error) {
    return error;
  }
  throw new Error(`it was answered: ${brief(result)}`);
}

/** Expects each id once, and at least `least` of them. */
export function expectEach(ids, least) {
  const different = new Set(ids).size;
  expect(different === ids.length && ids.length >= least, `${ids.length} ids, of which ${different} differ`);
}

function brief(value) {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.replace(/\s+/g, " ").slice(0, 300);
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Search finds what was written two seconds late, as Intercom's does. */
export const SEARCH_DELAY_MS = 2500;

/** Puts the sandbox back. Its limit is out of the way: these scripts test what clients get, not how fast. */
export const reset = () => resetSandbox({ contacts: known.contacts, limit_per_10s: 100_000 });

export const finish = () => process.exit(failed > 0 ? 1 : 0);

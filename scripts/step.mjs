// Steps a person can follow: each says what it does and how long that takes, what runs inside it
// shows that it is alive, and a failure says what failed, why, and what to type.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { finished } from "node:stream/promises";
import { logs, path, root } from "./paths.mjs";

const HEARTBEAT_MS = 30_000;
const LAST_LINES = 25;

/** What a person needs to know when something fails. */
export class Failure extends Error {
  constructor(what, { why, todo } = {}) {
    super(what);
    this.why = why;
    this.todo = todo;
  }
}

/** Runs a script's `work`; what fails is told in words, and by the exit code. */
export async function main(work) {
  // As in `npm start | head`: nobody reads the output any more. What was started ends with this process.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => process.exit(1));
  try {
    await work();
  } catch (error) {
    tell(error);
    process.exit(1);
  }
}

/** Anything but a Failure is a mistake in these scripts, and needs its stack. */
export function tell(error) {
  console.error(`\n✗ ${error instanceof Failure ? error.message : error.stack}`);
  if (error.why) console.error(indent(error.why));
  if (error.todo) console.error(`\n  What to do: ${error.todo}`);
}

/** Announces `title`, does the `work`, and says how long it took. */
export async function step(title, { takes, todo }, work) {
  console.log(`→ ${title}${takes ? ` (about ${takes})` : ""}`);
  const began = Date.now();
  try {
    const result = await work();
    console.log(`✓ ${title}: ${duration(Date.now() - began)}`);
    return result;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const why = [error.message, error.why].filter(Boolean).join("\n");
    throw new Failure(`${title}: failed after ${duration(Date.now() - began)}`, { why, todo: error.todo ?? todo });
  }
}

/**
 * Runs a command to its end. A terminal shows its output as it comes; anywhere else the output goes
 * to `logs/<log>.log`, a line now and then tells that it is still at work, and the command and what it
 * starts end with this process. (A terminal's Ctrl-C reaches them all by itself.)
 */
export async function run(command, args, { log, cwd = root, env = {} } = {}) {
  const options = { cwd, env: { ...process.env, PATH: path, ...env } };
  if (process.stdout.isTTY) {
    const code = await exit(spawn(command, args, { ...options, stdio: "inherit" }));
    if (code !== 0) throw new Failure(ended(command, args, code), { why: "The reason is above." });
    return;
  }
  mkdirSync(logs, { recursive: true });
  const file = join(logs, `${log}.log`);
  const output = createWriteStream(file);
  const tethered = [join(root, "scripts/tether.mjs"), command, ...args];
  const child = spawn(process.execPath, tethered, { ...options, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const began = Date.now();
  const heartbeat = setInterval(() => {
    console.log(`  … still at it after ${duration(Date.now() - began)}: ${lastLines(file, 1)}`);
  }, HEARTBEAT_MS);
  const code = await exit(child);
  clearInterval(heartbeat);
  output.end();
  await finished(output);
  if (code !== 0) {
    throw new Failure(ended(command, args, code), { why: lastOf(file) });
  }
}

/** The exit code of a child, or the signal that ended it; its output has been read by then. */
export function exit(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
}

/** How a log ends, for a Failure. */
export const lastOf = (file) => `The last lines of ${relative(root, file)}:\n${lastLines(file, LAST_LINES)}`;

function lastLines(file, count) {
  // Progress bars write over their line; what stood there last is what counts.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  const text = readFileSync(file, "utf8").replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
  const lines = text
    .split("\n")
    .map((line) => line.trimEnd().split("\r").at(-1))
    .filter(Boolean);
  return lines.slice(-count).join("\n");
}

export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const ended = (command, args, code) => `${[basename(command), ...args].join(" ")} ended with ${code}`;
const indent = (text) => text.replace(/^/gm, "  | ");

// Steps that a person can follow: each prints what it does and how long that takes. Long work prints a line now and
// then, and a failure says what failed, why, and what to type.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { basename, join } from "node:path";
import { finished } from "node:stream/promises";
import { Failure } from "../cli/failure.mjs";
import { exit, lastLines, lastOf, tether } from "../cli/run/process.mjs";
import { logs, path, root } from "./paths.mjs";

const HEARTBEAT_MS = 30_000;

/** Announces `title`, does the `work`, and prints how long it took. */
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
 * Runs a command to its end. A terminal shows its output. Without a terminal the output goes to `logs/<log>.log`, a
 * line is printed every 30 seconds, and the command and its child processes end with this process. (A terminal's
 * Ctrl-C reaches them all.)
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
  const [program, ...tethered] = [...tether, command, ...args];
  const child = spawn(program, tethered, { ...options, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.on("error", () => {});
  child.stdout.pipe(output, { end: false });
  child.stderr.pipe(output, { end: false });
  const began = Date.now();
  const heartbeat = setInterval(() => {
    console.log(`  … still running after ${duration(Date.now() - began)}: ${lastLines(file, 1)}`);
  }, HEARTBEAT_MS);
  const code = await exit(child);
  clearInterval(heartbeat);
  output.end();
  await finished(output);
  if (code !== 0) {
    throw new Failure(ended(command, args, code), { why: lastOf(file) });
  }
}

export function duration(ms) {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

const ended = (command, args, code) => `${[basename(command), ...args].join(" ")} ended with ${code}`;

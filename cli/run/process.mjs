// Child processes that end with this process, however it ends.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.mjs";

const STOP_MS = 6000;
const LAST_LINES = 25;
const windows = process.platform === "win32";

/** The command that runs another command, and ends it when its standard input is closed. */
export const tether = [process.execPath, fileURLToPath(new URL("tether.mjs", import.meta.url))];

/**
 * Starts `command` in the background, with its output in the file `log`. The child leads a process group of its own,
 * so that Ctrl-C reaches this process only, which then stops the child in order.
 *
 * Returns the group's `pid`; `died`, which resolves to a {@link Failure} if the child ends by itself; and `stop`.
 * `name` is for messages.
 */
export function start(name, command, log, { cwd, env = process.env } = {}) {
  mkdirSync(dirname(log), { recursive: true });
  const output = openSync(log, "w");
  const [program, ...args] = [...tether, ...command.map(String)];
  const child = spawn(program, args, {
    cwd,
    detached: !windows,
    windowsHide: true,
    env,
    stdio: ["pipe", output, output],
  });
  closeSync(output);
  child.stdin.on("error", () => {});

  let stopping = false;
  const ended = exit(child).then((code) => {
    killTree(child.pid);
    return code;
  });
  const died = ended.then((code) => {
    if (stopping) return new Promise(() => {});
    return new Failure(`${name} ended with ${code}`, { why: lastOf(log) });
  });
  const stop = async () => {
    stopping = true;
    child.stdin.end();
    await Promise.race([ended, sleep(STOP_MS, undefined, { ref: false })]);
    killTree(child.pid);
  };
  return { pid: child.pid, died, stop };
}

/** Kills a process that leads a group, and all processes that it started. */
export function killTree(pid) {
  if (windows) {
    spawnSync("taskkill", ["/pid", String(pid), "/t", "/f"], { stdio: "ignore" });
    return;
  }
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // They have ended.
  }
}

/** Resolves to the exit code of a child, or to the signal that ended it, when all its output has been read. */
export function exit(child) {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(code ?? signal));
  });
}

/** Returns the last lines of a log, for a {@link Failure}. */
export const lastOf = (file) => `The last lines of ${file}:\n${lastLines(file, LAST_LINES)}`;

/** Returns the last `count` lines of a file, as a terminal shows them. */
export function lastLines(file, count) {
  // Progress bars write over their line; what stood there last is what counts.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  const text = readFileSync(file, "utf8").replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
  const lines = text
    .split("\n")
    .map((line) => line.trimEnd().split("\r").at(-1))
    .filter(Boolean);
  return lines.slice(-count).join("\n");
}

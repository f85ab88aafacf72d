// What the kernel knows of a process: the time its threads ran, and the most memory it held.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Failure } from "../cli/failure.mjs";

/** The process called `command` that `pid` started, itself or through another. */
export function descendant(pid, command) {
  if (read(`/proc/${pid}/comm`).trim() === command) return pid;
  const children = read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean);
  return children.map((child) => descendant(child, command)).find(Boolean);
}

/**
 * Microseconds of processor time so far, over all threads, of the user's and the kernel's code. Not
 * from /proc/<pid>/stat, which counts in ticks of 10 ms.
 */
export function processorTime(pid) {
  const ran = readdirSync(`/proc/${pid}/task`).map((task) => read(`/proc/${pid}/task/${task}/schedstat`).split(" ")[0]);
  return ran.reduce((sum, nanoseconds) => sum + Number(nanoseconds), 0) / 1000;
}

/** From here on the most memory is counted anew. */
export function forgetPeakMemory(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

/** Bytes: what it holds now, and the most it held. */
export function memory(pid) {
  const status = read(`/proc/${pid}/status`);
  const of = (name) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, "m"))[1]) * 1024;
  return { now: of("VmRSS"), peak: of("VmHWM") };
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = process.platform === "linux" ? error.message : "Times are read from Linux's /proc.";
    throw new Failure(`The kernel doesn't tell ${file}`, { why });
  }
}

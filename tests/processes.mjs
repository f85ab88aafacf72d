// What this machine says of its processes; Linux only.
import { existsSync, readdirSync, readFileSync } from "node:fs";

export const known = existsSync("/proc/self/status");

/** The processes that descend from this one and run a program: their numbers. */
export function descendants(program, of = process.pid) {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .flatMap(read);
  const below = (parent) => all.filter((each) => each.parent === parent).flatMap((each) => [each, ...below(each.pid)]);
  return below(of)
    .filter(({ name }) => name === program)
    .map(({ pid }) => pid);
}

/** Returns true if a process runs. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** How much memory processes have, together, in MiB. */
export function memory(pids) {
  const kib = (pid) => Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
  return pids.reduce((sum, pid) => sum + kib(pid), 0) / 1024;
}

function read(pid) {
  try {
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return [{ pid, name, parent: Number(parent) }];
  } catch {
    // It ended meanwhile.
    return [];
  }
}

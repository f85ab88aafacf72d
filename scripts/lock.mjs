// One at a time: two runs that set up or build at once wait for each other.
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

/**
 * Holds the lock on `what` (a path) during `work`. The lock is a listening socket: the system closes
 * it with the process, however that ends, so no lock is ever left behind; and who waits is told by
 * the connection's end, without asking again and again.
 */
export async function alone(what, work) {
  const name = createHash("sha256").update(`${userInfo().uid}:${what}`).digest("hex").slice(0, 16);
  // Linux keeps such a name in memory; elsewhere it is a file, which outlives a killed process.
  const address = process.platform === "linux" ? `\0intercom-edge-${name}` : join(tmpdir(), `intercom-edge-${name}`);
  const server = await take(address, what);
  try {
    return await work();
  } finally {
    server.close();
    for (const waiting of server.waiting) waiting.destroy();
  }
}

async function take(address, what) {
  for (let told = false; ; ) {
    const server = await listen(address);
    if (server) return server;
    if (!told) console.log(`  Another run is at work on ${what}: waiting for it`);
    told = true;
    const held = await untilReleased(address);
    if (!held && !address.startsWith("\0")) rmSync(address, { force: true });
  }
}

function listen(address) {
  const server = createServer((waiting) => {
    server.waiting.add(waiting);
    waiting.on("error", () => {}).on("close", () => server.waiting.delete(waiting));
  });
  server.waiting = new Set();
  return new Promise((resolve, reject) => {
    server.once("error", (error) => (error.code === "EADDRINUSE" ? resolve() : reject(error)));
    server.listen(address, () => resolve(server));
  });
}

/** Whether anybody held the lock; resolves once nobody does. */
function untilReleased(address) {
  return new Promise((resolve) => {
    let held = false;
    const socket = connect(address, () => (held = true)).resume();
    socket.on("error", () => {}).on("close", () => resolve(held));
  });
}

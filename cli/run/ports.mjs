// Ports of localhost.
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../failure.mjs";

const READY_MS = 60_000;

/**
 * Finds a free port for each name in `wanted`: the given number, or any if it is 0 or undefined. Holds all of them
 * until all are found, so that no two are the same. A port in use is a {@link Failure}.
 */
export async function claimPorts(wanted) {
  const held = [];
  try {
    const ports = {};
    for (const [name, port] of Object.entries(wanted)) {
      const server = await listen(name, port || 0);
      held.push(server);
      ports[name] = server.address().port;
    }
    return ports;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

function listen(name, port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      const todo = `end the program that uses it, or choose another port, for example ${name}=${port + 10}`;
      reject(error.code === "EADDRINUSE" ? new Failure(`Port ${port} is in use`, { todo }) : error);
    });
    server.listen(port, "localhost", () => resolve(server));
  });
}

/**
 * Returns a port and the name of where it comes from: an `option` among the `given` ones, an environment `variable`, or
 * the default.
 */
export function portOf(given, option, variable, byDefault) {
  const name = given[option] ? `--${option}` : variable;
  const text = given[option] ?? (process.env[variable] || String(byDefault));
  const port = Number(text);
  if (/^\d+$/.test(text) && port > 0 && port < 65536) return [name, port];
  throw new Failure(`${name}=${text} is not a port`, { todo: "use a number from 1 to 65535" });
}

/** Resolves when a URL answers with a 2xx. */
export async function answering(url) {
  const deadline = Date.now() + READY_MS;
  let last;
  while (Date.now() < deadline) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
      await response.body?.cancel();
      if (response.ok) return;
      last = `it answers ${response.status}`;
    } catch (error) {
      last = error.cause?.message ?? error.message;
    }
    await sleep(50);
  }
  throw new Failure(`${url} did not answer with a 2xx within ${READY_MS / 1000} s`, { why: last });
}

// The Worker of a soak test, which is killed and restarted.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";

/** Starts the Worker with its objects on disk, at one address through all restarts. */
export async function restartable({ sandbox, logs, state, vars, running }) {
  const { port } = await claimPorts({ port: 0 });
  const settings = {
    INTERCOM_API_URL: sandbox.url,
    INTERCOM_ACCESS_TOKEN: sandbox.token,
    REQUEST_LOG: "false",
    ...vars,
  };
  let starts = 0;
  let worker;
  const begin = async () => {
    worker = await startWorkerd({
      name: "The Worker",
      port,
      vars: settings,
      state,
      log: join(logs, `worker-${starts++}.log`),
    });
  };
  const stop = () => worker.stop();
  await begin();
  running.add(stop);
  return {
    url: worker.url,
    /** Kills it, does the `work` on what it has stored, and starts it again. */
    async restart(work) {
      await worker.kill();
      await work();
      await begin();
    },
    stop: () => stop().finally(() => running.delete(stop)),
  };
}

/** Returns the lines of the Worker's logs about failures of its own. */
export const broken = (logs) =>
  readdirSync(logs)
    .filter((file) => file.startsWith("worker-"))
    .flatMap((file) =>
      readFileSync(join(logs, file), "utf8")
        .split("\n")
        .filter((line) => /panic|uncaught|unreachable|internal error/i.test(line))
        .map((line) => `${file}: ${line}`),
    );

// Serves the Worker and the sandbox, on free ports and with state of their own, for one project of
// tests. Tests find them in the environment: WORKER_URL, SANDBOX_URL, CALLER_KEY, and CHROMIUM.
import { join } from "node:path";
import { logs } from "../scripts/paths.mjs";
import { startWorker } from "../scripts/serve.mjs";
import { findChromium } from "../scripts/setup/chromium.mjs";
import { tell } from "../scripts/step.mjs";

export default async function setup({ config }) {
  const { url, sandboxUrl, callerKey, died, stop } = await startWorker({ logs: join(logs, "tests", config.name) });
  died.then(tell);
  Object.assign(process.env, { WORKER_URL: url, SANDBOX_URL: sandboxUrl, CALLER_KEY: callerKey });
  const chromium = findChromium();
  if (chromium) process.env.CHROMIUM = chromium;
  return stop;
}

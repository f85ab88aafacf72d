// Serves the Worker and the sandbox, on free ports and with state of their own, for one project of
// tests. Tests find them in the environment: WORKER_URL, SANDBOX_URL, CALLER_KEY, CLIENT_SECRET, and CHROMIUM. When
// they are done, the access token, random in every run, must stand in nothing that was written.
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { print } from "../cli/failure.mjs";
import { startWorker } from "../cli/serve/worker.mjs";
import { logs, root } from "../scripts/paths.mjs";
import { findChromium } from "../scripts/setup/chromium.mjs";
import { filesWith } from "./canary.mjs";

export default async function setup({ config }) {
  const folder = join(logs, "tests", config.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
  const token = randomBytes(32).toString("base64url");
  const leaks = join(folder, "leaks.txt");

  const { url, sandboxUrl, callerKey, clientSecret, died, stop } = await startWorker({
    config: join(root, "wrangler.toml"),
    logs: folder,
    state,
    sandboxToken: token,
  });
  died.then(print);
  Object.assign(process.env, {
    WORKER_URL: url,
    SANDBOX_URL: sandboxUrl,
    CALLER_KEY: callerKey,
    CLIENT_SECRET: clientSecret,
    ACCESS_TOKEN: token,
    LEAKS: leaks,
  });
  const chromium = findChromium();
  if (chromium) process.env.CHROMIUM = chromium;

  return async () => {
    try {
      await stop();
      const made = ["dist", "build/assets", "build/edge"].map((name) => join(root, name));
      // Beside these is the file of settings, the one place where the token has to be.
      const kept = ["worker", "sandbox"].map((name) => join(state, name));
      const found = filesWith([token, callerKey], [folder, ...made, ...kept]);
      // The sandbox stores the secret of a subscription.
      found.push(...filesWith([clientSecret], [folder, ...made, join(state, "worker")]));
      const shown = existsSync(leaks) ? readFileSync(leaks, "utf8") : "";
      if (found.length > 0 || shown) {
        const places = [...found, ...shown.split("\n")].filter(Boolean);
        throw new Error(`The access token or the caller key stands in: ${places.join(", ")}`);
      }
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  };
}

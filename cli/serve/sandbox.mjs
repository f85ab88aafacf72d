// The sandbox: its Worker in workerd, and before it a process that can cut connections, which a Worker can't.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { built, packageFolder } from "../package.mjs";
import { answering, claimPorts } from "../run/ports.mjs";
import { start } from "../run/process.mjs";
import { startWorkerd } from "./workerd.mjs";

/** The access token that the sandbox accepts. */
export const SANDBOX_TOKEN = "sandbox-token";

const front = fileURLToPath(new URL("sandbox-front.mjs", import.meta.url));

/**
 * Starts the sandbox on `port`, and resolves when it answers: to its `url`, `died` and `stop`.
 *
 * - `token`: an access token that it accepts in addition to {@link SANDBOX_TOKEN}.
 * - `webhook`: `{ url, secret }`: where it sends webhooks, and the client secret that signs them.
 * - `state`: the folder of its data. Without it the data is removed at the end.
 * - `logs`: the folder of its logs.
 */
export async function startSandbox({ port, token = SANDBOX_TOKEN, webhook, state, logs }) {
  built("sandbox", "entry.js");
  const { behind } = await claimPorts({ behind: 0 });
  const url = `http://localhost:${port}`;
  const command = [process.execPath, front, "--listen", port, "--to", behind];
  const env = { ...process.env, SANDBOX_TOKEN: token };
  const parts = [start("The sandbox's proxy", command, join(logs, "sandbox-front.log"), { env })];
  const stop = () => Promise.all(parts.map((part) => part.stop()));
  try {
    parts.push(
      await startWorkerd({
        name: "The sandbox",
        config: join(packageFolder, "wrangler.sandbox.toml"),
        port: behind,
        vars: webhook ? { SANDBOX_WEBHOOK_URL: webhook.url, SANDBOX_WEBHOOK_SECRET: webhook.secret } : {},
        state,
        log: join(logs, "sandbox.log"),
        health: "/_sandbox/health",
      }),
    );
    const died = Promise.race(parts.map((part) => part.died));
    const failure = await Promise.race([died, answering(`${url}/_sandbox/health`).then(() => undefined)]);
    if (failure) throw failure;
    return { url, died, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

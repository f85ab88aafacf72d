// `npm run deploy`: the Worker and the dashboard, to your Cloudflare account.
import { build, targets } from "./build.mjs";
import { path, root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { Failure, exit, main } from "./step.mjs";
import { spawn } from "node:child_process";

await main(async () => {
  await setUp();
  await build(Object.keys(targets).filter((name) => name !== "sandbox"));
  console.log(`→ Deploying
  The Worker answers 401 until it has its secrets. Once for an account, before or after, type:
    npx wrangler secret put INTERCOM_ACCESS_TOKEN   from Intercom's Developer Hub
    npx wrangler secret put CALLER_KEYS             the line that npm run key prints`);
  // Wrangler asks for a login where there is none, so it gets the terminal as it is.
  const wrangler = spawn("wrangler", ["deploy", "--config", "wrangler.toml", ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, PATH: path },
    stdio: "inherit",
  });
  const code = await exit(wrangler);
  if (code !== 0) throw new Failure(`wrangler deploy ended with ${code}`, { why: "The reason is above." });
});

// `npm run deploy`: builds what has changed, and runs `intercom-edge deploy`.
import { argv, chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { help, run } from "../cli/commands/deploy.mjs";
import { Failure, main } from "../cli/failure.mjs";
import { build } from "./build.mjs";
import { root } from "./paths.mjs";
import { setUp } from "./setup.mjs";

/**
 * The Worker's maximum size in bytes, gzipped. A cold start has to load it. A sixth of it are templates; the limit of
 * Cloudflare's free plan is 3 MB.
 */
export const BUDGET = 1024 * 1024;

async function deploy() {
  chdir(root);
  // The command needs the npm packages, too.
  await setUp();
  await run(argv.slice(2), { prepare, budget: BUDGET });
}

async function prepare() {
  try {
    await build(["edge", "wasm", "types", "package", "dashboard"]);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const why = [error.message, error.why].filter(Boolean).join("\n");
    throw new Failure("The build failed, so nothing was deployed", { why, todo: error.todo });
  }
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  if (argv.includes("--help") || argv.includes("-h")) {
    console.log(`${help("npm run deploy --")}\n\nnpm run deploy first builds what has changed.`);
  } else await main(deploy);
}

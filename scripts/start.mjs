// `npm start`: builds what has changed, and runs `intercom-edge dev`.
import { argv, chdir } from "node:process";
import { help, run } from "../cli/commands/dev.mjs";
import { main } from "../cli/failure.mjs";
import { build, targets } from "./build.mjs";
import { root } from "./paths.mjs";
import { setUp } from "./setup.mjs";

async function start() {
  chdir(root);
  // The command needs the npm packages, too.
  await setUp();
  await run(argv.slice(2), {
    async prepare({ sandbox }) {
      await build(Object.keys(targets).filter((name) => !isForTests(name) && (name !== "sandbox" || sandbox)));
    },
  });
  process.exit();
}

const isForTests = (name) => ["example", "sbom"].includes(name);

if (argv.includes("--help") || argv.includes("-h")) {
  console.log(`${help("npm start --")}\n\nnpm start first installs what is missing, and builds what has changed.`);
} else await main(start);

#!/usr/bin/env node
// The command `intercom-edge`, which the package installs.
import { Failure, main } from "./failure.mjs";
import { version } from "./package.mjs";

/** Each command is a module of the folder `commands` with `summary`, `help` and `run`. */
const COMMANDS = ["dev", "sandbox", "init", "upgrade", "deploy", "key", "export"];

await main(async () => {
  let [name, ...args] = process.argv.slice(2);
  if (name === "help" && args.length > 0) [name, args] = [args[0], ["--help"]];
  if (name === "--version" || name === "-v") return console.log(version);
  if (name === undefined || name === "--help" || name === "-h" || name === "help") return console.log(await usage());
  if (!COMMANDS.includes(name)) {
    throw new Failure(`There is no command ${name}`, { todo: `use one of ${COMMANDS.join(", ")}` });
  }
  const command = await import(`./commands/${name}.mjs`);
  if (args.includes("--help") || args.includes("-h")) return console.log(command.help(`intercom-edge ${name}`));
  await command.run(args);
  process.exit(process.exitCode ?? 0);
});

async function usage() {
  const lines = [];
  for (const name of COMMANDS) {
    const { summary } = await import(`./commands/${name}.mjs`);
    lines.push(`  ${name.padEnd(10)} ${summary}`);
  }
  return `intercom-edge ${version}: Intercom's API without its access token in pages and scripts

npx intercom-edge <command> [options]

${lines.join("\n")}

npx intercom-edge <command> --help describes a command.`;
}

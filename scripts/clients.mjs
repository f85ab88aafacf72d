// `npm run clients`: runs third-party clients of Intercom against the Worker of this build.
// docs/clients.md has the results.
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argv } from "node:process";
import { createInterface } from "node:readline";
import { callerKeyEntry, newCallerKey } from "../cli/keys/caller-key.mjs";
import { Failure, main } from "../cli/failure.mjs";
import { exit } from "../cli/run/process.mjs";
import { startWorker } from "../cli/serve/worker.mjs";
import { clients } from "../tests/clients/clients.mjs";
import { build, targets } from "./build.mjs";
import { alone } from "./lock.mjs";
import { logs as allLogs, path, root } from "./paths.mjs";
import { clientPackages } from "./setup/clients.mjs";
import { setUp } from "./setup.mjs";
import { duration } from "./step.mjs";

const HELP = `npm run clients [-- --write] [-- <part of a client's name> …]
  Installs the clients of tests/clients/ at their locked versions into build/clients. Builds and starts
  two Workers (DEFAULT_VERSION 1.4 and 2.14), each with its own sandbox, and runs each client against the
  Worker of its recipe. Needs npm and Python 3.11 or newer.

  <name>      runs only the clients whose name contains this text
  --write     writes the results to docs/clients.md; needs the results of all clients, so no names`;

const logs = join(allLogs, "clients");
const PAGE = join(root, "docs/clients.md");
const [BEGIN, END] = ["<!-- npm run clients -- --write: begin -->", "<!-- end -->"];

async function runClients() {
  const write = argv.includes("--write");
  const wanted = argv.slice(2).filter((word) => word !== "--write");
  const chosen = clients.filter(
    ({ name, as }) => wanted.length === 0 || wanted.some((word) => `${name} ${as}`.includes(word)),
  );
  if (chosen.length === 0)
    throw new Failure(`No client has the name ${wanted.join(" or ")}`, {
      todo: `use one of ${[...new Set(clients.map(({ name }) => name))].join(", ")}`,
    });
  if (write && wanted.length > 0)
    throw new Failure("--write needs the results of all clients", { todo: "npm run clients -- --write" });

  await setUp();
  await build(Object.keys(targets).filter((name) => !["example", "sbom"].includes(name)));
  const packages = await alone(root, () => clientPackages(chosen));

  const results = [];
  // Some clients behave differently with a key in the format of Intercom's access tokens, so both formats are tested.
  const callerKey = Buffer.from(`tok:${newCallerKey()}`).toString("base64");
  const otherKey = newCallerKey();
  for (const version of [...new Set(chosen.map(({ defaultVersion }) => defaultVersion))]) {
    const worker = await startWorker({
      callerKey,
      logs: join(logs, version),
      vars: {
        DEFAULT_VERSION: version,
        CALLER_KEYS_2: JSON.stringify([callerKeyEntry("other", otherKey, { scopes: ["*"] })]),
      },
    });
    try {
      for (const client of chosen.filter(({ defaultVersion }) => defaultVersion === version)) {
        results.push({ client, ...(await runClient(client, { worker, otherKey, packages })) });
      }
    } finally {
      await worker.stop();
    }
  }

  console.log("");
  for (const { client, passed, failed } of results)
    console.log(`${failed ? "✗" : "✓"} ${client.name} ${client.as}: ${passed} passed, ${failed} failed`);
  if (write) writeTable(results);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  console.log(`\n${sum("passed")} passed, ${sum("failed")} failed`);
  process.exitCode = sum("failed") > 0 ? 1 : 0;
}

/** Runs a client's script, which prints one check per line. */
async function runClient(client, { worker, otherKey, packages }) {
  console.log(`\n→ ${client.name} ${client.as}`);
  const began = Date.now();
  const script = join(root, "tests/clients", client.script);
  const child = spawn(script.endsWith(".py") ? packages.python(client) : "node", [script], {
    cwd: packages.folder,
    env: {
      ...process.env,
      PATH: path,
      PYTHONDONTWRITEBYTECODE: "1",
      WORKER_URL: worker.url,
      SANDBOX_URL: worker.sandboxUrl,
      CALLER_KEY: worker.callerKey,
      OTHER_CALLER_KEY: otherKey,
      NPM_PACKAGES: packages.folder,
      API_VERSION: client.pin ?? "",
      PACKAGE: client.package ?? "",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const checks = [];
  const said = [];
  const lines = createInterface({ input: child.stdout }).on("line", (line) => {
    const check = parsed(line);
    if (check) checks.push(check);
    else said.push(line);
    if (check?.outcome === "failed") console.log(`  ✗ ${check.check}: ${check.reason}`);
  });
  child.stderr.setEncoding("utf8").on("data", (text) => said.push(text));
  const code = await exit(child);
  lines.close();
  const failed = checks.filter(({ outcome }) => outcome === "failed").length;
  // A script that stops early reports no failed check.
  const broken = failed === 0 && (code !== 0 || checks.length === 0) ? 1 : 0;
  if (broken) console.log(`  ✗ the script exited with ${code}: ${said.join("\n").slice(-2000)}`);
  const passed = checks.length - failed;
  console.log(`  ${passed} passed, ${failed + broken} failed (${duration(Date.now() - began)})`);
  return { checks, passed, failed: failed + broken };
}

function parsed(line) {
  try {
    const check = JSON.parse(line);
    return check?.outcome ? check : undefined;
  } catch {
    return undefined;
  }
}

/** Writes the results to the page, between its two markers. */
function writeTable(results) {
  const page = readFileSync(PAGE, "utf8");
  const [before, rest] = page.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Failure(`${PAGE} does not have the markers of the table`);
  const count = (checks, outcome) => checks.filter((check) => check.outcome === outcome).length;
  const cell = (text) => text.replaceAll("|", "\\|");
  const rows = results.map(
    ({ client, checks, failed }) =>
      `| ${client.name} | ${client.recipe} | ${count(checks, "got")} | ${count(checks, "cannot")} | ${failed} |`,
  );
  const listed = (outcome) => {
    const found = new Map();
    for (const { client, checks } of results) {
      for (const { check, reason } of checks.filter((each) => each.outcome === outcome)) {
        const key = `${cell(check)} | ${cell(reason)}`;
        found.set(key, new Set([...(found.get(key) ?? []), client.name]));
      }
    }
    // Requests of the same clients with the same reason share a row.
    const rows = Map.groupBy(found, ([key, names]) => `${[...names].join(", ")} | ${key.split(" | ")[1]}`);
    return [...rows].map(([key, entries]) => {
      const [names, why] = key.split(" | ");
      return `| ${names} | ${entries.map(([entry]) => entry.split(" | ")[0]).join("; ")} | ${why} |`;
    });
  };
  const failures = listed("failed");
  const text = [
    "| client | what to set | gets | cannot get | fails |",
    "|---|---|---|---|---|",
    ...rows,
    "",
    "What they cannot get, and why:",
    "",
    "| client | request | reason |",
    "|---|---|---|",
    ...listed("cannot"),
    ...(failures.length > 0
      ? ["", "What fails:", "", "| client | request | seen |", "|---|---|---|", ...failures]
      : []),
  ];
  writeFileSync(PAGE, `${before}${BEGIN}\n${text.join("\n")}\n${END}${after}`);
}

if (argv.includes("--help") || argv.includes("-h")) console.log(HELP);
else await main(runClients);

// The clients of `npm run clients`, at the versions and hashes of the lock files in tests/clients/.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../../cli/failure.mjs";
import { unlessFresh } from "../freshness.mjs";
import { root } from "../paths.mjs";
import { run, step } from "../step.mjs";
import { python } from "./python.mjs";

const source = "tests/clients";
const folder = join(root, "build/clients");

/**
 * n8n's nodes have 90 dependencies, and the Intercom node needs one of them (n8n-workflow, in npm/):
 * its files are taken out of the package.
 */
const n8n = {
  name: "n8n-nodes-base@2.41.2",
  integrity: "sha512-qUItyawxR1aR/t6Fgk0whYwBSDR+VOu5RkgAI3AElVI3dqPLLcCAawAMFc/N3GFG35//quOVRUwuc7a3mVLC0g==",
  files: "package/dist/nodes/Intercom",
};

/** Installs what these clients need. Returns the folder of the npm packages, and a client's Python. */
export async function clientPackages(clients) {
  mkdirSync(folder, { recursive: true });
  await npm();
  for (const name of new Set(clients.filter(({ script }) => script.endsWith(".py")).map((client) => client.package))) {
    await environment(name);
  }
  return { folder, python: (client) => join(folder, client.package, "bin/python") };
}

async function npm() {
  const files = ["package.json", "package-lock.json", ".npmrc"].map((name) => `${source}/npm/${name}`);
  const outputs = ["build/clients/node_modules", "build/clients/n8n"];
  await unlessFresh("clients-npm", { inputs: [...files, "scripts/setup/clients.mjs"], outputs }, () =>
    step("Installing the npm clients", { takes: "30 s" }, async () => {
      cpSync(join(root, source, "npm"), folder, { recursive: true });
      // No client needs its packages' install scripts.
      await run("npm", ["ci", "--ignore-scripts"], { log: "clients-npm", cwd: folder });
      await n8nNode();
    }),
  );
}

async function n8nNode() {
  const place = join(folder, "n8n");
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place);
  await run("npm", ["pack", n8n.name, "--silent"], { log: "clients-n8n", cwd: place });
  const file = join(place, `${n8n.name.replace("@", "-")}.tgz`);
  const integrity = `sha512-${createHash("sha512").update(readFileSync(file)).digest("base64")}`;
  if (integrity !== n8n.integrity)
    throw new Failure(`${n8n.name} is not the package that was locked`, { why: `Its hash is ${integrity}.` });
  await run("tar", ["-xzf", file, "-C", place, n8n.files], { log: "clients-n8n" });
  rmSync(file);
}

async function environment(name) {
  const requirements = `${source}/python/${name}.txt`;
  await unlessFresh(`clients-${name}`, { inputs: [requirements], outputs: [`build/clients/${name}/bin/python`] }, () =>
    step(`Installing ${name}`, { takes: "30 s" }, () => python(join(folder, name), join(root, requirements))),
  );
}

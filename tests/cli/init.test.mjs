// `intercom-edge init`: the project that it writes, and the folders that it leaves alone.
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { run } from "../../cli/commands/init.mjs";
import { root } from "../../scripts/paths.mjs";
import { contentsOf, installIn, intercomEdge, scratchFolder } from "./scratch.mjs";

const FILES = [".github/workflows/deploy.yml", ".gitignore", "package.json", "src/index.js", "wrangler.toml"];
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const ownConfig = readFileSync(join(root, "wrangler.toml"), "utf8");

/** A project that init has written, in which the package is installed. */
async function project(files) {
  const folder = scratchFolder(files);
  const { code, stdout, stderr } = await intercomEdge(folder, "init");
  expect([code, stderr]).toEqual([0, ""]);
  installIn(folder);
  return { folder, stdout };
}

/** Checks that init is refused for the reason `why`, and changes nothing. */
async function refused(folder, why, ...args) {
  const before = contentsOf(folder);
  const { code, stdout, stderr } = await intercomEdge(folder, "init", ...args);
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toMatch(why);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(contentsOf(folder)).toEqual(before);
}

test("writes the files of a project and prints the next steps", async () => {
  const { folder, stdout } = await project();
  const files = contentsOf(folder);
  expect(Object.keys(files)).toEqual(FILES);
  expect(JSON.parse(files["package.json"])).toEqual({
    private: true,
    type: "module",
    scripts: { dev: "intercom-edge dev", deploy: "intercom-edge deploy", key: "intercom-edge key" },
    dependencies: { "intercom-edge": `^${own.version}` },
    devDependencies: { wrangler: own.peerDependencies.wrangler },
  });
  for (const step of ["npm install", "npx intercom-edge dev", "npx intercom-edge deploy --env staging"]) {
    expect(stdout).toContain(step);
  }
  for (const path of ["node_modules", ".wrangler", ".dev.vars*", ".intercom-edge", "caller-keys*.json"]) {
    expect(files[".gitignore"]).toContain(path);
  }
});

test("creates the folder that it is given, and prints its name", async () => {
  const folder = scratchFolder();
  const { code, stdout } = await intercomEdge(folder, "init", "services/my worker");
  expect(code).toBe(0);
  expect(Object.keys(contentsOf(join(folder, "services/my worker")))).toEqual(FILES);
  expect(stdout).toContain('cd "services/my worker"');
});

test("says where the workflow belongs if the project is not at the root of its repository", async () => {
  const folder = scratchFolder({ ".git/HEAD": "ref: refs/heads/main" });
  const { stdout } = await intercomEdge(folder, "init", "services/worker");
  expect(stdout).toContain("The repository begins in this folder: move the workflow");
  expect(stdout).toContain('working-directory: "services/worker"');
  const atRoot = scratchFolder({ ".git/HEAD": "ref: refs/heads/main" });
  expect((await intercomEdge(atRoot, "init")).stdout).toMatch(/CLOUDFLARE_ACCOUNT_ID\.\n$/);
});

test("its wrangler.toml is this package's, except for paths and what describes them", async () => {
  const { folder } = await project();
  const lines = (text) => text.split("\n");
  const written = lines(contentsOf(folder)["wrangler.toml"]);
  const changed = written.filter((line) => !lines(ownConfig).includes(line));
  expect(changed).toEqual([
    "# The Worker's configuration. docs/deploy.md explains it; the README and the folder docs are in",
    "# node_modules/intercom-edge. Never write secrets into this file:",
    expect.stringContaining("`npm run dev` serves it on localhost"),
    "# Your module, which exports the Worker of the package.",
    'main = "src/index.js"',
    "# The date of the runtime's behaviour. The tests of the package ran with this date.",
    "# The dashboard of the package; its files are in the folder `dashboard`.",
    'directory = "node_modules/intercom-edge/build/assets"',
  ]);
  expect(lines(ownConfig).filter((line) => !written.includes(line))).toHaveLength(changed.length - 1);
  const { scripts } = JSON.parse(contentsOf(folder)["package.json"]);
  for (const [, name] of written.join("\n").matchAll(/npm run (\w+)/g)) expect(scripts).toHaveProperty(name);
});

test("wrangler bundles the project with all bindings, also with routes of its own", async () => {
  const { folder } = await project();
  const dryRun = async (...args) => {
    const { code, stdout, stderr } = await intercomEdge(folder, "deploy", "--dry-run", ...args);
    expect([code, stderr]).toEqual([0, ""]);
    return stdout;
  };
  for (const args of [[], ["--env", "staging"]]) {
    const output = await dryRun(...args);
    expect(output.match(/ Durable Object$/gm)).toHaveLength(8);
    expect(output).toContain("env.CALLER_LIMIT");
    expect(Number(output.match(/has ([\d.]+) KB gzipped/)[1])).toBeGreaterThan(100);
  }
  const index = join(folder, "src/index.js");
  const [head, comment] = readFileSync(index, "utf8").split("\nexport { default }");
  const routes = comment
    .split("\n//\n")
    .slice(1)
    .join("\n")
    .replace(/^\/\/ ?/gm, "");
  expect(routes).toMatch(/^import worker from "intercom-edge\/worker";/);
  writeFileSync(index, `${head}\n${routes}`);
  expect((await dryRun()).match(/ Durable Object$/gm)).toHaveLength(8);
});

describe("the workflow", () => {
  const workflow = readFileSync(join(root, "cli/project/deploy.yml"), "utf8");
  const job = (name) => workflow.split(`\n  ${name}:\n`)[1].split(/\n {2}\w+:\n/)[0];
  const commandsIn = (text) => [...text.matchAll(/^ +- run: (.*)$/gm)].map(([, command]) => command);

  test("deploys staging from main and production from a tag or by hand, and has secrets only there", () => {
    expect(commandsIn(job("check"))).toEqual([
      "npm ci",
      "npx intercom-edge upgrade --check",
      "npx intercom-edge deploy --dry-run",
      "npx intercom-edge deploy --dry-run --env staging",
    ]);
    expect(commandsIn(job("staging"))).toEqual(["npm ci", "npx intercom-edge deploy --env staging"]);
    expect(commandsIn(job("production"))).toEqual(["npm ci", "npx intercom-edge deploy"]);
    expect(job("staging")).toMatch(/if: .*refs\/heads\/main/);
    expect(job("production")).toMatch(/if: .*workflow_dispatch.*refs\/tags\//);
    expect(job("check")).not.toContain("secrets.");
    for (const name of ["staging", "production"]) {
      expect(job(name).match(/secrets\.\w+/g)).toEqual([
        "secrets.CLOUDFLARE_API_TOKEN",
        "secrets.CLOUDFLARE_ACCOUNT_ID",
      ]);
    }
    expect(workflow).toContain("\npermissions:\n  contents: read\n");
    expect(workflow).not.toContain("\t");
  });

  test("runs commands that succeed in the project", async () => {
    const { folder } = await project();
    for (const command of new Set(commandsIn(workflow).filter((each) => each.startsWith("npx intercom-edge ")))) {
      const args = command.split(" ").slice(2);
      // Without an account nothing can be deployed.
      const harmless = args[0] === "deploy" ? [...new Set([...args, "--dry-run"])] : args;
      const { code, stderr } = await intercomEdge(folder, ...harmless);
      expect([command, code, stderr]).toEqual([command, 0, ""]);
    }
  });

  test("uses the actions of this project's own workflows, at the same commits", () => {
    const uses = (text) => [...text.matchAll(/uses: (.+@.+)$/gm)].map(([, action]) => action);
    const folder = join(root, ".github/workflows");
    const known = readdirSync(folder).flatMap((name) => uses(readFileSync(join(folder, name), "utf8")));
    expect(uses(workflow)).toHaveLength(6);
    for (const action of uses(workflow)) expect(known).toContain(action);
  });
});

describe("a package.json that exists", () => {
  test("keeps what it has, and gets what it lacks", async () => {
    const text = `{
\t"name": "mine",
\t"type": "commonjs",
\t"scripts": { "dev": "vite" },
\t"dependencies": { "intercom-edge": "file:intercom-edge-0.1.0.tgz" },
\t"devDependencies": { "wrangler": "4.156.0" }
}`;
    const { folder, stdout } = await project({
      "package.json": text,
      "package-lock.json": "{}",
      "README.md": "# Mine",
    });
    const written = readFileSync(join(folder, "package.json"), "utf8");
    expect(JSON.parse(written)).toEqual({
      name: "mine",
      type: "commonjs",
      scripts: { dev: "vite", deploy: "intercom-edge deploy", key: "intercom-edge key" },
      dependencies: { "intercom-edge": "file:intercom-edge-0.1.0.tgz" },
      devDependencies: { wrangler: "4.156.0" },
    });
    expect(written).toContain('\n\t"name"');
    expect(stdout).toContain("Its own scripts stay: dev.");
    // The main module is an ES module, and wrangler bundles it in a CommonJS package too.
    expect((await intercomEdge(folder, "deploy", "--dry-run")).code).toBe(0);
  });

  test.each(["{", "[]", '{ "scripts": [] }'])("%j is refused", async (text) => {
    await refused(scratchFolder({ "package.json": text }), /package\.json is invalid/);
  });
});

test.each(FILES.filter((path) => path !== "package.json"))("never overwrites %s", async (path) => {
  await refused(scratchFolder({ [path]: "mine" }), new RegExp(`${path.replaceAll(".", "\\.")} already exists`));
});

test("refuses a folder with another configuration of wrangler, or with a file in the place of a folder", async () => {
  await refused(scratchFolder({ "wrangler.jsonc": "{}" }), /wrangler\.jsonc already exists/);
  await refused(scratchFolder({ src: "a file" }), /src already exists/);
  await refused(scratchFolder({ ".github": "a file" }), /\.github already exists/);
  const folder = scratchFolder({ file: "" });
  await refused(folder, /file is not a folder/, "file");
  symlinkSync(join(folder, "nowhere"), join(folder, "wrangler.toml"));
  await refused(folder, /wrangler\.toml already exists/);
  await refused(folder, /Unexpected argument 'b'/, "a", "b");
});

test("without a terminal, refuses a folder that contains other files, and names them", async () => {
  const folder = scratchFolder({ "notes.txt": "", "app/main.js": "" });
  await refused(folder, /Other files are in this folder: app, notes\.txt/);
});

describe("in a folder with other files, it asks", () => {
  /** Runs init with a terminal that answers; returns the question. */
  async function asked(folder, answer) {
    const [input, output] = [new PassThrough(), new PassThrough()];
    Object.assign(input, { isTTY: true, setRawMode: () => {} });
    Object.assign(output, { isTTY: true, columns: 200 });
    let question = "";
    output.on("data", (data) => {
      if (question === "") setImmediate(() => input.write(answer));
      question += data;
    });
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    try {
      await run([folder], { input, output });
    } finally {
      log.mockRestore();
      process.exitCode = undefined;
    }
    return question;
  }

  test("and writes the project after yes", async () => {
    const folder = scratchFolder({ "notes.txt": "mine" });
    expect(await asked(folder, "y\r")).toMatch(/Other files are in .*: notes\.txt/);
    expect(Object.keys(contentsOf(folder))).toEqual([...FILES, "notes.txt"].sort());
  });

  test.each([
    ["Enter", "\r"],
    ["no", "no\r"],
    ["Ctrl-C", "\x03"],
    ["Ctrl-D", "\x04"],
  ])("and changes nothing after %s", async (_, keys) => {
    const folder = scratchFolder({ "notes.txt": "mine" });
    await asked(folder, keys);
    expect(contentsOf(folder)).toEqual({ "notes.txt": "mine" });
  });

  test.runIf(existsSync("/proc/self"))("and leaves nothing behind if a file can't be written", async () => {
    const folder = scratchFolder();
    // src/index.js is not the first file. Nobody can write into this folder, not even root.
    symlinkSync("/proc/self", join(folder, "src"));
    await expect(asked(folder, "y\r")).rejects.toThrow("nothing was changed");
    expect(readdirSync(folder)).toEqual(["src"]);
  });
});

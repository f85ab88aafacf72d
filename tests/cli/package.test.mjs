// The packed file on a machine without Rust: the Worker and the sandbox run from it, and it deploys.

import { once } from "node:events";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServer as createVite } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { root } from "../../scripts/paths.mjs";
import { descendants, isAlive, known } from "../processes.mjs";
import { launch } from "../web/chromium.mjs";
import { callerKeyIn, freshMachine, nodeOf } from "./fresh-machine.mjs";

let machine;
let packed;
let folder;

beforeAll(() => {
  machine = freshMachine();
  const { code, stdout, stderr } = machine.run("npm", ["pack", "--json", "--pack-destination", machine.folder], {
    cwd: root,
  });
  expect(code, stderr).toBe(0);
  packed = join(machine.folder, Object.values(JSON.parse(stdout))[0].filename);
  folder = machine.project("empty");
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
});
afterAll(() => machine.remove());

const seconds = (began) => ((Date.now() - began) / 1000).toFixed(1);

/** Two free ports as options of `intercom-edge dev`. */
async function ports() {
  const { worker, sandbox } = await claimPorts({ worker: 0, sandbox: 0 });
  return ["--port", worker, "--sandbox-port", sandbox].map(String);
}

/** The installed command, without npx, which has an exit code of its own. */
const COMMAND = "node_modules/.bin/intercom-edge";

const refuses = (url) => expect(fetch(url)).rejects.toThrow();

test("Rust is out of reach", () => {
  for (const name of ["cargo", "rustc", "rustup", "cc"]) {
    expect(machine.run("sh", ["-c", `command -v ${name}`]).code, name).not.toBe(0);
  }
});

test("npm install, and npx intercom-edge dev", async () => {
  const began = Date.now();
  const installed = machine.run("npm", ["install", packed], { cwd: folder });
  expect(installed.code, installed.stderr).toBe(0);
  const [installing, size] = [seconds(began), Math.round(statSync(packed).size / 1024)];
  const dev = await machine.serve("npx", ["intercom-edge", "dev", ...(await ports())], { cwd: folder });
  console.log(`${size} KB packed; installed after ${installing} s, Ready after ${seconds(began)} s, with no cache`);
  try {
    const authorization = `Bearer ${callerKeyIn(folder)}`;
    const response = await fetch(`${dev.url}/admins`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect((await response.json()).admins[0].id).toBe("1234567");
    expect((await fetch(`${dev.url}/admins`)).status).toBe(401);
    expect(dev.printed()).toContain(`${dev.url}/dashboard/#key=`);
    expect(readFileSync(join(folder, ".intercom-edge/.gitignore"), "utf8")).toBe("*\n");
  } finally {
    await dev.interrupt();
  }
});

describe("a Worker in workerd alone", () => {
  let dev;
  let sandbox;
  beforeAll(async () => {
    const options = await ports();
    sandbox = `http://localhost:${options.at(-1)}`;
    dev = await machine.serve("node", [COMMAND, "dev", ...options], { cwd: folder });
  });
  afterAll(() => dev.interrupt());
  const get = (path, init) => fetch(dev.url + path, { redirect: "manual", ...init });

  test("has a dashboard, served with the headers of Cloudflare's", async () => {
    const page = await get("/dashboard/");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const expected = readFileSync(join(root, "www/_headers"), "utf8").match(/Content-Security-Policy: (.+)/)[1];
    expect(page.headers.get("content-security-policy")).toBe(expected);
    const html = await page.text();
    const [, script] = html.match(/<script[^>]+src="([^"]+)"/);
    const code = await get(new URL(script, "http://a/dashboard/").pathname);
    expect([code.status, code.headers.get("content-type")]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await get("/dashboard", {})).headers.get("location")).toBe("/dashboard/");
  });

  test.each(["/dashboard/assets", "/dashboard/assets/", "/dashboard/none.js", "/dashboard/..%2f_headers"])(
    "has no dashboard file at %s",
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  test("npx intercom-edge export has the key that dev saved", () => {
    const options = ["export", "leads", "--url", dev.url, "--fields", "email"];
    const { code, stdout, stderr } = machine.run("npx", ["intercom-edge", ...options], { cwd: folder });
    expect([code, stderr]).toEqual([0, expect.stringContaining("✓ 100 rows")]);
    expect(JSON.parse(stdout.split("\n")[0])).toHaveProperty("email");
  });

  test("gets the sandbox's webhooks", async () => {
    const { subscription } = await (await fetch(`${sandbox}/_sandbox/webhooks`)).json();
    expect(subscription).toMatchObject({ url: `${dev.url}/edge/webhooks/intercom`, topics: ["*"] });
  });

  test("takes no writes, and all other paths are the Worker's", async () => {
    expect((await get("/dashboard/", { method: "POST" })).status).toBe(405);
    expect((await get("/_headers")).headers.get("x-intercom-edge")).toBe("edge");
    expect((await get("/assets/")).status).toBe(401);
  });
});

test("Ctrl-C ends dev in order", async () => {
  const dev = await machine.serve("node", [COMMAND, "dev", ...(await ports())], { cwd: folder });
  expect(await dev.interrupt()).toBe(0);
  await refuses(`${dev.url}/edge/health`);
});

test.runIf(known)("what dev started ends with it, even after SIGKILL", async () => {
  const dev = await machine.serve("node", [COMMAND, "dev", ...(await ports())], { cwd: folder });
  const started = descendants("workerd", dev.pid);
  expect(started).toHaveLength(2);
  await dev.kill();
  for (let tries = 0; tries < 100 && started.some(isAlive); tries++) await sleep(100);
  expect(started.filter(isAlive)).toEqual([]);
});

test("npx intercom-edge sandbox is a test double with the data that one asks for", async () => {
  const { port } = await claimPorts({ port: 0 });
  const options = [COMMAND, "sandbox", "--port", String(port), "--contacts", "20", "--seed", "7"];
  const sandbox = await machine.serve("node", options, { cwd: folder });
  try {
    expect(sandbox.url).toBe(`http://localhost:${port}`);
    const headers = { authorization: "Bearer sandbox-token", "intercom-version": "2.14" };
    const { total_count: total } = await (await fetch(`${sandbox.url}/contacts`, { headers })).json();
    expect(total).toBe(20);
    const { seed } = await (await fetch(`${sandbox.url}/_sandbox/health`)).json();
    expect(seed).toBe(7);
  } finally {
    expect(await sandbox.interrupt()).toBe(0);
  }
  await refuses(sandbox.url);
});

test.each([
  [["sandbox", "--contacts", "many"], "--contacts must be a whole number from 0 to 200000, not many"],
  [["sandbox", "--seed", "-1"], "--seed"],
  [["sandbox", "--port", "0"], "--port=0 is not a port"],
  [["sandbox", "--webhook-url", "hooks"], "--webhook-url must be an http or https URL, not hooks"],
  [["sandbox", "--webhook-url", "http://localhost:3000"], "set SANDBOX_WEBHOOK_SECRET in the environment"],
  [["dev", "--port", "70000"], "--port=70000 is not a port"],
  [["dev", "--ports", "1"], "Unknown option '--ports'"],
  [["dev", "--env", "staging"], "wrangler.toml can't be read"],
  [["serve"], "There is no command serve"],
])("npx intercom-edge %j is refused in words", (args, why) => {
  const { code, stderr } = machine.run("npx", ["intercom-edge", ...args], { cwd: folder });
  expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  expect(stderr).not.toContain("    at ");
});

test("--help and --version print, and do nothing else", () => {
  const run = (...args) => machine.run("npx", ["intercom-edge", ...args], { cwd: folder });
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect(run("--version").stdout).toBe(`${version}\n`);
  for (const name of ["dev", "sandbox", "init", "upgrade", "deploy", "key", "export"]) {
    expect(run().stdout).toContain(`  ${name} `);
    expect(run(name, "--help").stdout).toContain(`intercom-edge ${name}`);
    expect(run("help", name).stdout).toBe(run(name, "--help").stdout);
  }
});

test("with an access token, no sandbox starts, and its port may be in use", async () => {
  const other = createServer().listen(0, "localhost");
  await once(other, "listening");
  const [, port] = await ports();
  const dev = await machine.serve("node", [COMMAND, "dev", "--port", port], {
    cwd: folder,
    more: {
      SANDBOX_PORT: String(other.address().port),
      INTERCOM_ACCESS_TOKEN: "a-token",
      INTERCOM_API_URL: `http://127.0.0.1:${other.address().port}`,
    },
  });
  expect(dev.printed()).toContain("with http://127.0.0.1:");
  expect(await dev.interrupt()).toBe(0);
  other.close();
});

test("one port for both is refused", () => {
  const { code, stderr } = machine.run("node", [COMMAND, "dev", "--port", "9900", "--sandbox-port", "9900"], {
    cwd: folder,
  });
  expect([code, stderr]).toEqual([1, expect.stringContaining("--port and --sandbox-port are both 9900")]);
});

test("the local data is readable for this user only", () => {
  expect(statSync(join(folder, ".intercom-edge")).mode & 0o777).toBe(0o700);
});

test("init writes the file that this package was installed from as the dependency", () => {
  expect(machine.run("node", [COMMAND, "init", "fresh"], { cwd: folder }).code).toBe(0);
  const { dependencies } = JSON.parse(readFileSync(join(folder, "fresh/package.json"), "utf8"));
  expect(dependencies["intercom-edge"]).toBe(`file:${packed}`);
});

test("a port in use is named, and nothing starts", async () => {
  const free = await ports();
  const dev = await machine.serve("node", [COMMAND, "dev", ...free], { cwd: folder });
  try {
    const { code, stderr } = machine.run("npx", ["intercom-edge", "dev", ...free], { cwd: folder });
    expect([code, stderr]).toEqual([1, expect.stringContaining(`Port ${free[1]} is in use`)]);
  } finally {
    await dev.interrupt();
  }
});

test.each([
  ["main = 5", "main must be a text in quotes"],
  ["env = 3", "env must be a table"],
  ["[env]\nstaging = 3", "[env.staging]: a section must be a table"],
  ["migrations = 1", "migrations must be a list of tables"],
  ["[durable_objects]\nbindings = [1]", "durable_objects.bindings must be a list of tables"],
  ["main = ", "not valid TOML"],
])("a wrangler.toml with %j is refused in words", (text, why) => {
  writeFileSync(join(folder, "wrangler.toml"), text);
  try {
    for (const command of ["dev", "deploy", "upgrade"]) {
      const { code, stderr } = machine.run("node", [COMMAND, command], { cwd: folder });
      expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
      expect(stderr).not.toMatch(/\n\s+at /);
    }
  } finally {
    rmSync(join(folder, "wrangler.toml"));
  }
});

test("a setting that the Worker rejects is named at the start", async () => {
  const dev = await machine.serve("node", [COMMAND, "dev", ...(await ports())], {
    cwd: folder,
    more: { TOKEN_ISSUERS: "[" },
  });
  expect(dev.printed()).toContain("The Worker rejects requests: TOKEN_ISSUERS is malformed");
  expect(await dev.interrupt()).toBe(0);
});

test("a file in the place of the local folder is named", () => {
  const place = machine.project("taken");
  writeFileSync(join(place, ".intercom-edge"), "");
  const { code, stderr } = machine.run("node", [join(folder, COMMAND), "sandbox"], { cwd: place });
  expect([code, stderr]).toEqual([1, expect.stringContaining(".intercom-edge can't be written")]);
});

test("without wrangler, deploy prints the one command that installs it", () => {
  writeFileSync(join(folder, "wrangler.toml"), readFileSync(join(root, "wrangler.toml")));
  try {
    for (const command of ["deploy", "dev"]) {
      const { code, stderr } = machine.run("npx", ["intercom-edge", command], { cwd: folder });
      expect(code).toBe(1);
      expect(stderr).toMatch(/wrangler is not installed[\s\S]*What to do: npm install --save-dev "wrangler@\^4/);
    }
  } finally {
    rmSync(join(folder, "wrangler.toml"));
  }
});

test.each([["edge"], ["sandbox"]])("a package without its built part %s says what to run", (part) => {
  const place = join(folder, "node_modules/intercom-edge/build", part);
  renameSync(place, `${place}-away`);
  try {
    const { code, stderr } = machine.run("npx", ["intercom-edge", "dev"], { cwd: folder });
    expect(code).toBe(1);
    expect(stderr).toContain(`This package lacks its built part build/${part}/entry.js`);
    expect(stderr).toContain("install the package again");
  } finally {
    renameSync(`${place}-away`, place);
  }
});

describe("a project of npx intercom-edge init", () => {
  let project;
  beforeAll(() => {
    project = machine.project("worker");
    writeFileSync(join(project, "package.json"), JSON.stringify({ dependencies: { "intercom-edge": packed } }));
    const began = Date.now();
    for (const [command, ...args] of [
      ["npm", "install"],
      ["npx", "intercom-edge", "init"],
      ["npm", "install"],
    ]) {
      const { code, stderr } = machine.run(command, args, { cwd: project });
      expect(code, stderr).toBe(0);
    }
    console.log(`init with wrangler: ${seconds(began)} s`);
  });

  test("serves its Worker by wrangler", async () => {
    const began = Date.now();
    const dev = await machine.serve("node", [COMMAND, "dev", ...(await ports())], { cwd: project });
    console.log(`Ready by wrangler after ${seconds(began)} s`);
    try {
      const headers = { authorization: `Bearer ${callerKeyIn(project)}` };
      expect((await fetch(`${dev.url}/admins`, { headers })).status).toBe(200);
      expect((await fetch(`${dev.url}/dashboard/`)).headers.get("content-type")).toContain("text/html");
    } finally {
      expect(await dev.interrupt()).toBe(0);
    }
    await refuses(`${dev.url}/edge/health`);
  });

  test.each([[[]], [["--env", "staging"]]])("deploys in a dry run, with the options %j", (options) => {
    const { code, stdout, stderr } = machine.run("npm", ["run", "deploy", "--", "--dry-run", ...options], {
      cwd: project,
    });
    expect(code, stderr).toBe(0);
    for (const { name } of JSON.parse(OBJECTS)) expect(stdout).toContain(`env.${name} `);
    expect(stdout).toContain("Nothing was deployed");
  });

  test("names an environment that wrangler.toml lacks, and does nothing", () => {
    for (const command of ["deploy", "dev"]) {
      const { code, stderr } = machine.run("npx", ["intercom-edge", command, "--env", "prod"], { cwd: project });
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining("The environment prod is missing from wrangler.toml"),
      ]);
    }
  });

  test("makes, rotates and removes keys, with the secret's line in a file", () => {
    const key = (...args) =>
      machine.run("npm", ["run", "--silent", "key", "--", ...args, "--file", "keys.json"], { cwd: project });
    const line = () => JSON.parse(readFileSync(join(project, "keys.json"), "utf8")).map(({ name }) => name);
    expect(key("--name", "desk", "--preset", "support").code).toBe(0);
    expect(key("--rotate", "desk").code).toBe(0);
    expect(line()).toEqual(["desk", "desk-2"]);
    expect(key("--list").stdout).toMatch(/desk-2/);
    expect(key("--remove", "desk").code).toBe(0);
    expect(line()).toEqual(["desk-2"]);
    expect(key("--rotate", "nobody").stderr).toContain("nobody");
    expect(line()).toEqual(["desk-2"]);
  });

  test("needs no upgrade", () => {
    const { code, stdout, stderr } = machine.run("npx", ["intercom-edge", "upgrade", "--check"], { cwd: project });
    expect(code, stdout + stderr).toBe(0);
  });
});

/** The Durable Objects that a Worker needs. */
const OBJECTS = JSON.stringify(
  ["CURSORS", "OUTBOX", "SENDERS", "AUDIT", "DASHBOARD", "EXPORTERS", "LIVE", "WEBHOOKS"].map((name) => ({ name })),
);

test("the README's quickstart shows users in a page", async () => {
  const [, page] = readFileSync(join(root, "README.md"), "utf8").match(/^```html\n([\s\S]*?)^```$/m);
  const dev = await machine.serve("node", [COMMAND, "dev", ...(await ports())], { cwd: folder });
  writeFileSync(
    join(folder, "index.html"),
    page.replace("http://localhost:8787", dev.url).replace("YOUR_CALLER_KEY", callerKeyIn(folder)),
  );
  // The usual port of Vite is an allowed origin. If it is in use, Vite's preview port is one, too.
  const port = await claimPorts({ vite: 5173 }).then(
    ({ vite }) => vite,
    () => 4173,
  );
  const vite = await createVite({ root: folder, logLevel: "silent", server: { port, strictPort: true } });
  const browser = await launch();
  try {
    await vite.listen();
    const tab = await browser.newPage();
    await tab.goto(`http://localhost:${port}/`);
    await tab.waitForFunction(() => document.querySelectorAll("li").length === 20);
    expect(await tab.locator("li").allTextContents()).toContainEqual(expect.stringMatching(/^\w+ \w+$/));
  } finally {
    await browser.close();
    await vite.close();
    await dev.interrupt();
  }
});

test.runIf(process.platform === "linux")("dev and sandbox run on Node 22, too", async () => {
  const older = freshMachine(nodeOf(22, join(machine.folder, "node-22")));
  try {
    expect(older.run("node", ["--version"]).stdout).toMatch(/^v22\./);
    const dev = await older.serve("node", [COMMAND, "dev", ...(await ports())], {
      cwd: folder,
      more: { XDG_CACHE_HOME: join(machine.home, ".cache") },
    });
    expect((await fetch(`${dev.url}/edge/health`)).status).toBe(200);
    expect(await dev.interrupt()).toBe(0);
  } finally {
    older.remove();
  }
});

test("the built checkout deploys without Rust", () => {
  const { code, stdout, stderr } = machine.run("npm", ["run", "deploy", "--", "--dry-run"], { cwd: root });
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).not.toContain("Building");
  expect(stdout).toContain("Nothing was deployed");
});

test("it has packed itself without Rust, with everything that runs", () => {
  const place = join(folder, "node_modules/intercom-edge");
  for (const file of [
    "build/edge/entry.js",
    "build/edge/program_bg.wasm",
    "build/edge/THIRD-PARTY-NOTICES.txt",
    "build/sandbox/entry.js",
    "build/sandbox/THIRD-PARTY-NOTICES.txt",
    "build/assets/dashboard/index.html",
    "build/assets/_headers",
    "wrangler.toml",
    "docs/deploy.md",
  ]) {
    expect(existsSync(join(place, file)), file).toBe(true);
  }
});

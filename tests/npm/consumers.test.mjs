// The packed package as its users install it: each consumer is built by its own tool and run. It has no
// plugin and no setting for the package's sake, but what docs/package/start.md gives for it.

import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { exit } from "../../cli/run/process.mjs";
import { startWorker } from "../../cli/serve/worker.mjs";
import { unlessFresh } from "../../scripts/freshness.mjs";
import { logs, root } from "../../scripts/paths.mjs";
import { everybody, messages, reset } from "../sandbox.mjs";

const { ACCESS_TOKEN, CHROMIUM, SANDBOX_URL } = process.env;
const folder = join(root, "build/consumers");
const modules = join(folder, "node_modules");
const versionOf = (name) =>
  JSON.parse(readFileSync(join(root, "tests/npm/consumers/package-lock.json"), "utf8")).packages[`node_modules/${name}`]
    .version;

/** Versions of Node, as packages without an install script: one for each processor. */
const nodes = ["node-20", "node-22", "node-24"]
  .map((name) => `${name}-${process.arch}`)
  .map((name) => [versionOf(name), name]);

const start = readFileSync(join(root, "docs/package/start.md"), "utf8");
/**
 * A file of Jest's recipe in start.md, which names itself in its first line. It is marked `javascript`,
 * not `js`: docs.test.mjs, which runs what is marked `js`, has no Jest.
 */
const recipe = (name) => new RegExp(`^\`\`\`javascript\\n(// ${name}\\n[^]*?)^\`\`\``, "m").exec(start)[1];
const browserArgs = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let port;
let worker;
let browser;

beforeAll(async () => {
  const own = join(root, "tests/npm/consumers");
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) if (name !== "node_modules") rmSync(join(folder, name), { recursive: true });
  cpSync(own, folder, { recursive: true });
  const lock = ["package.json", "package-lock.json"].map((name) => `tests/npm/consumers/${name}`);
  await unlessFresh(
    "consumers",
    { inputs: lock, outputs: ["build/consumers/node_modules/next/package.json"] },
    async () => {
      console.log("Installing the tools that consumers build with (about 1 min, 1 GB)");
      await run("npm", ["ci"]);
    },
  );
  const packed = JSON.parse(
    await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: root }),
  );
  // npm 12 and older lists, newer ones name.
  const [{ filename }] = Object.values(packed);
  rmSync(join(modules, "intercom-edge"), { recursive: true, force: true });
  await run("npm", [
    "install",
    "--no-save",
    "--no-package-lock",
    "--ignore-scripts",
    "--prefix",
    join(folder, "packed"),
    join(folder, filename),
  ]);
  cpSync(join(folder, "packed/node_modules/intercom-edge"), join(modules, "intercom-edge"), { recursive: true });

  ({ page: port } = await claimPorts({ page: undefined }));
  worker = await startWorker({
    logs: join(logs, "tests", "npm-consumers"),
    intercom: { url: SANDBOX_URL, token: ACCESS_TOKEN },
    vars: { ALLOWED_ORIGINS: `http://localhost:${port}` },
  });
  browser = await chromium.launch({ executablePath: CHROMIUM, args: browserArgs });
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await worker?.stop();
});
beforeEach(() => reset());

/** Runs a command in the consumers' folder to its end. */
async function run(command, args, { cwd = folder, env = {} } = {}) {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd,
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", npm_config_loglevel: "error", ...env },
    maxBuffer: 2 ** 26,
    timeout: 600_000,
  });
  return stdout;
}

/** Runs a tool of the consumers' own by this Node. */
const tool = (path, args, options) => run(process.execPath, [join(modules, path), ...args], options);

const given = (consumer) => ({ workerUrl: worker.url, callerKey: worker.callerKey, consumer });

/** What each consumer must have done, once or in so many copies. */
async function expectDone(result, copies = 1) {
  const one = {
    users: (await everybody("user")).length,
    sent: "admin_message",
    refused: "ValidationError",
    batch: "ValidationError",
  };
  expect(result).toEqual(copies === 1 ? one : Array(copies).fill(one));
  expect(await messages()).toHaveLength(copies);
}

/** Opens a page, and gives what it says in its title; nothing else may go wrong on it. */
async function visit(address, context) {
  const own = context ?? (await browser.newContext());
  const page = await own.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  try {
    await page.goto(address);
    await page.waitForFunction(() => document.title.startsWith("{"), undefined, { timeout: 60_000 });
    const result = JSON.parse(await page.title());
    // What a page is refused on purpose, the browser logs by itself.
    expect(problems.filter((problem) => !problem.includes("Content Security Policy"))).toEqual([]);
    return result;
  } finally {
    if (!context) await own.close();
  }
}

/** Loads an extension into a Chromium of its own, opens its panel, and gives what that says. */
async function visitExtension(path) {
  const loaded = [`--disable-extensions-except=${path}`, `--load-extension=${path}`];
  // Without a name the profile is a new one, in a folder that is removed in the end.
  const context = await chromium.launchPersistentContext("", {
    executablePath: CHROMIUM,
    args: [...browserArgs, ...loaded],
  });
  try {
    const background = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
    return await visit(`${new URL("panel.html", background.url())}${hash("extension")}`, context);
  } finally {
    await context.close();
  }
}

/** Gets an answer's JSON. */
async function json(address) {
  const answer = await fetch(address);
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text);
}

const hash = (consumer) => `#${new URLSearchParams(given(consumer))}`;

/** Serves a folder as it is, while `use` runs. */
async function served(path, use, headers = {}) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createServer((request, response) => {
    const file = join(folder, path, normalize(decodeURIComponent(new URL(request.url, "http://x").pathname)));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream", ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, resolve));
  try {
    return await use(`http://localhost:${port}`);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Keeps a server of a tool's running while `use` runs. */
async function running(path, args, use, env = {}) {
  const child = spawn(process.execPath, [join(modules, path), ...args], {
    cwd: folder,
    env: {
      ...process.env,
      NEXT_TELEMETRY_DISABLED: "1",
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      CI: "1",
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  const url = `http://localhost:${port}`;
  try {
    for (let tries = 0; !(await fetch(url).catch(() => undefined)); tries++) {
      if (tries > 300 || child.exitCode !== null) throw new Error(`${path} doesn't serve: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return await use(url);
  } finally {
    const ended = exit(child);
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch {
      // It ended by itself.
    }
    await ended;
  }
}

describe("a page", () => {
  test("as it stands, by an import map", () =>
    served(".", async (url) => expectDone(await visit(`${url}/page/import-map.html${hash("import map")}`))));

  test(`of Vite ${versionOf("vite")}, built`, async () => {
    await tool("vite/bin/vite.js", ["build", "page", "--outDir", "../dist/vite", "--emptyOutDir"]);
    await served("dist/vite", async (url) => expectDone(await visit(`${url}/index.html${hash("Vite")}`)));
  });

  test(`of Vite ${versionOf("vite")}, in development`, () =>
    running(
      "vite/bin/vite.js",
      ["page", "--port", String(port), "--strictPort"],
      async (url) => {
        await expectDone(await visit(`${url}/${hash("Vite, in development")}`));
      },
      { NODE_ENV: "development" },
    ));

  test(`of webpack ${versionOf("webpack")}`, async () => {
    const build = `
      import webpack from "webpack";
      import config from "./webpack/webpack.config.js";
      const output = { ...config.output, path: process.cwd() + "/dist/webpack" };
      webpack({ ...config, output }, (error, stats) => {
        console.log(error ?? stats.toString("errors-warnings"));
        process.exitCode = error || stats.hasErrors() || stats.hasWarnings() ? 1 : 0;
      });`;
    await run(process.execPath, ["--input-type=module", "-e", build]);
    cpSync(join(folder, "page/index.html"), join(folder, "dist/webpack/index.html"));
    await served("dist/webpack", async (url) => expectDone(await visit(`${url}/index.html${hash("webpack")}`)));
  });

  test(`of esbuild ${versionOf("esbuild")}`, async () => {
    await run(join(modules, ".bin/esbuild"), [
      "page/main.js",
      "--bundle",
      "--splitting",
      "--format=esm",
      "--outdir=dist/esbuild",
    ]);
    cpSync(join(folder, "page/index.html"), join(folder, "dist/esbuild/index.html"));
    await served("dist/esbuild", async (url) => expectDone(await visit(`${url}/index.html${hash("esbuild")}`)));
  });

  test(`of Rollup ${versionOf("rollup")}`, async () => {
    await tool("rollup/dist/bin/rollup", ["-c", "rollup/rollup.config.js", "--failAfterWarnings"]);
    cpSync(join(folder, "page/index.html"), join(folder, "dist/rollup/index.html"));
    await served("dist/rollup", async (url) => expectDone(await visit(`${url}/index.html${hash("Rollup")}`)));
  });

  test("under a strict Content-Security-Policy, with 'wasm-unsafe-eval' and without it", async () => {
    const policy = (script) => {
      const sources = `script-src 'self' ${script}; connect-src 'self' ${worker.url}`;
      return { "content-security-policy": `default-src 'none'; img-src data:; ${sources}` };
    };
    await served(
      "dist/rollup",
      async (url) => expectDone(await visit(`${url}/index.html${hash("CSP")}`)),
      policy("'wasm-unsafe-eval'"),
    );
    await served(
      "dist/rollup",
      async (url) => {
        const { error } = await visit(`${url}/index.html${hash("CSP")}`);
        expect(error).toMatch(/^WebAssemblyError: .*'wasm-unsafe-eval'/);
      },
      policy(""),
    );
  });

  test("with a service worker, whose modules aren't bundled", () =>
    served(".", async (url) => expectDone(await visit(`${url}/service-worker/index.html${hash("service worker")}`))));

  test("of an extension, with a background script", async () => {
    const path = join(folder, "dist/extension");
    cpSync(join(folder, "extension"), path, { recursive: true });
    cpSync(join(folder, "dashboard-of.js"), join(path, "dashboard-of.js"));
    cpSync(join(modules, "intercom-edge"), join(path, "intercom-edge"), { recursive: true });
    const documented = JSON.parse(/^```json\n(.*?)^```/ms.exec(start)[1]);
    const manifest = {
      manifest_version: 3,
      name: "Consumer",
      version: "1.0.0",
      ...documented,
      host_permissions: [`${worker.url}/*`],
    };
    writeFileSync(join(path, "manifest.json"), JSON.stringify(manifest));
    await expectDone(await visitExtension(path));

    const { content_security_policy, ...strict } = manifest;
    writeFileSync(join(path, "manifest.json"), JSON.stringify(strict));
    const { error } = await visitExtension(path);
    expect(error).toMatch(/^WebAssemblyError: .*'wasm-unsafe-eval'/);
  });

  test(`of Next.js ${versionOf("next")}: a client component, a server component, the Edge runtime`, async () => {
    const env = { WORKER_URL: worker.url, CALLER_KEY: worker.callerKey };
    const next = "next/dist/bin/next";
    await tool(next, ["build", "next"]);
    await running(
      next,
      ["start", "next", "-p", String(port)],
      async (url) => {
        await expectDone(await visit(`${url}/client${hash("Next.js, client component")}`));
        await reset();
        await expectDone(await visit(`${url}/server`));
        await reset();
        await expectDone(await json(`${url}/edge`));
      },
      { ...env, NODE_ENV: "production" },
    );
    await reset();
    // In development, Next.js rewrites what compiles WebAssembly.
    await running(
      next,
      ["dev", "next", "-p", String(port)],
      async (url) => {
        await expectDone(await json(`${url}/edge`));
      },
      { ...env, NODE_ENV: "development" },
    );
  }, 120_000);
});

describe("a program", () => {
  test(`of TypeScript ${versionOf("typescript-5")}`, async () => {
    // What the types let through, as the newest TypeScript is asked in a stage of its own.
    cpSync(join(root, "tests/types"), join(folder, "types"), { recursive: true });
    const said = await tool("typescript-5/bin/tsc", ["-p", "types"]).catch(({ stdout, message }) => stdout || message);
    expect(said).toBe("");
  });

  const env = () => ({ WORKER_URL: worker.url, CALLER_KEY: worker.callerKey });

  test.each(["jsdom", "happy-dom"])(`of Vitest ${versionOf("vitest")}, in %s`, async (imitation) => {
    const users = (await everybody("user")).length;
    const args = ["run", "--root", "vitest", "--environment", imitation];
    const page = { PAGE_URL: `http://localhost:${port}`, CONSUMER: imitation, USERS: users };
    await tool("vitest/vitest.mjs", args, { env: { ...env(), ...page, NODE_ENV: "test" } });
    expect(await messages()).toHaveLength(1);
  });

  test.each(["node", "jsdom"])(`of Jest ${versionOf("jest")}, in %s`, async (imitation) => {
    const users = (await everybody("user")).length;
    const path = join(folder, "jest");
    rmSync(join(path, "jest.config.js"), { force: true });
    if (imitation === "jsdom")
      for (const name of ["jest.config.js", "jsdom.js"]) writeFileSync(join(path, name), recipe(name));
    const [, NODE_OPTIONS] = /^NODE_OPTIONS=(\S+) npx jest$/m.exec(start);
    await tool("jest/bin/jest.js", ["--rootDir", "."], {
      cwd: path,
      env: { ...env(), NODE_OPTIONS, CONSUMER: `Jest, ${imitation}`, USERS: users, NODE_ENV: "test" },
    });
    // And a batch's.
    expect(await messages()).toHaveLength(2);
  });

  test.each(nodes)("of Node %s, import and require", async (version, name) => {
    const node = join(modules, name, "bin/node");
    expect(await run(node, ["--version"])).toBe(`v${version}\n`);
    await expectDone(JSON.parse(await run(node, ["runtime/import.mjs"], { env: { ...env(), CONSUMER: name } })));
    const required = JSON.parse(await run(node, ["runtime/require.cjs"], { env: env() }));
    expect(required).toEqual({ type: "admin", users: 3, refused: "NotFoundError" });
    const log = `import { IntercomError } from "intercom-edge";
      console.log(new IntercomError("409", { status: 409, errors: [{ message: "Ann" }] }))`;
    expect(await run(node, ["--input-type=module", "-e", log])).toMatch(/^IntercomError: 409.*status: 409(?!.*Ann)/s);
  });

  test.each(nodes)("of Node %s, without WebAssembly", async (_, name) => {
    const node = join(modules, name, "bin/node");
    const said = ["browser", "browser", "checks", "browser", "browser"].map((part) => [
      true,
      "webassembly",
      `${part}.wasm can't be run: this runtime has no WebAssembly`,
    ]);
    for (const flags of [[], ["--jitless"]]) {
      for (const entry of ["intercom-edge", "intercom-edge/static"]) {
        expect(JSON.parse(await run(node, [...flags, "runtime/without-webassembly.mjs", entry]))).toEqual(said);
      }
    }
  });

  test(`of Deno ${versionOf("deno")}`, async () => {
    const args = [
      "run",
      "--allow-net",
      "--allow-env",
      "--no-remote",
      "--node-modules-dir=manual",
      "runtime/import.mjs",
    ];
    await expectDone(
      JSON.parse(
        await run(join(modules, ".bin/deno"), args, { env: { ...env(), CONSUMER: "Deno", DENO_NO_UPDATE_CHECK: "1" } }),
      ),
    );
  });

  test(`of Bun ${versionOf("bun")}`, async () => {
    await expectDone(
      JSON.parse(await run(join(modules, ".bin/bun"), ["runtime/import.mjs"], { env: { ...env(), CONSUMER: "Bun" } })),
    );
  });

  test(`of Cloudflare Workers, wrangler ${versionOf("wrangler")}`, () => {
    const vars = Object.entries(env()).flatMap(([name, value]) => ["--var", `${name}:${value}`]);
    return running(
      "wrangler/bin/wrangler.js",
      [
        "dev",
        "--config",
        "cloudflare/wrangler.toml",
        "--port",
        String(port),
        "--inspector-port",
        "0",
        "--show-interactive-dev-session=false",
        ...vars,
      ],
      async (url) => {
        const answer = await fetch(`${url}/dashboard`);
        await expectDone(await answer.json(), 2);
      },
    );
  });
});

// A directory in Chromium: in a Web Worker and without one, under a strict Content-Security-Policy, kept in the Origin
// Private File System, and in React.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { bundled, installFrameworks } from "./framework-modules.mjs";

const { CHROMIUM } = process.env;
const PEOPLE = 20_000;
const STRICT = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'";

const line = (object) => `${JSON.stringify(object)}\n`;
const person = (index) => ({
  type: "contact",
  id: `5bb2f45a1e099bf2d5${String(index).padStart(6, "0")}`,
  role: index % 10 === 0 ? "lead" : "user",
  name: `Person ${index}`,
  email: `person-${index}@example.com`,
  created_at: 1_700_000_000 + index,
  custom_attributes: { plan: index % 3 === 0 ? "pro" : "free", note: "x".repeat(500) },
  tags: { type: "list", data: [{ type: "tag", id: "7" }], has_more: false },
  companies: { type: "list", data: [], has_more: false },
});
const everyone = Array.from({ length: PEOPLE }, (_, index) => line(person(index))).join("");

let server;
let browser;
/** Requests for exports, by their query. `changes` are lines; `caller` is the name of the caller key. */
let state;
beforeAll(async () => {
  server = createServer(serve);
  await once(server.listen(0, "127.0.0.1"), "listening");
  server.url = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  await installFrameworks();
}, 300_000);
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  state = { exports: [], changes: "", caller: "ann", policy: STRICT, status: 200, files: {} };
});

const TYPES = { ".js": "text/javascript", ".html": "text/html" };

/** Serves the package's own files, a page, and the Worker's responses. */
function serve(request, response) {
  const url = new URL(request.url, "http://page.example");
  const json = (body, status = 200) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (url.pathname === "/" || url.pathname.startsWith("/dist/") || url.pathname in state.files) {
    const type = TYPES[extname(url.pathname)] ?? TYPES[".html"];
    response.writeHead(200, { "content-type": type, "content-security-policy": state.policy });
    const html = '<link rel="icon" href="data:,"><div></div><script type="module" src="/app.js"></script>';
    const own = state.files[url.pathname] ?? (url.pathname === "/" ? html : undefined);
    return response.end(own ?? readFileSync(join(root, url.pathname)));
  }
  if (state.status !== 200) return json({ type: "error.list", errors: [{ code: "unauthorized" }] }, state.status);
  if (url.pathname === "/edge/whoami") return json({ name: state.caller, scopes: ["contacts:read"] });
  const tags = url.pathname === "/tags" ? [{ type: "tag", id: "7", name: "vip" }] : [];
  if (url.pathname !== "/edge/export") return json({ type: "list", data: tags });
  const query = Object.fromEntries(url.searchParams);
  const isFull = query.of !== "companies" && query.since === undefined;
  if (query.of !== "companies") state.exports.push(query);
  const marker = (rows, more) => ({
    type: "edge.export",
    state: "running",
    rows,
    total: PEOPLE,
    ranges_done: 0,
    ranges: 1,
    resume: `r${rows}`,
    next: null,
    ...more,
  });
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  response.write(line(marker(0)));
  if (isFull) response.write(everyone);
  else if (query.since !== undefined) response.write(state.changes);
  const done = { state: "done", resume: null, next: `token-${state.exports.length}`, removals: "complete" };
  return response.end(line(marker(isFull ? PEOPLE : 0, done)));
}

const APP = `
  import { Intercom } from "/dist/index.js";
  const intercom = new Intercom({ baseUrl: "/", auth: "key" });
  globalThis.open = async (options) => {
    globalThis.directory = await intercom.directory({ refreshInterval: 1e6, ...options });
    return directory.progress.state;
  };
  globalThis.names = async (query) => (await (await directory.search(query)).slice(0, 3)).map(({ name }) => name);
  globalThis.files = async () => {
    const names = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
    return names;
  };
  document.title = "ready";`;

/** Opens the page. Pages of one `context` share their files. */
async function open({ context, script = APP, files = {} } = {}) {
  Object.assign(state.files, { "/app.js": script, ...files });
  const page = await (context ?? browser).newPage();
  onTestFinished(() => page.close());
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  await page.goto(server.url);
  if (script === APP) await page.waitForFunction(() => document.title === "ready");
  return page;
}

const newContext = async () => {
  const context = await browser.newContext();
  onTestFinished(() => context.close());
  return context;
};
const loaded = (page, options = {}) =>
  page.evaluate(async (given) => {
    await open(given);
    await directory.loaded();
    return directory.progress;
  }, options);

describe("the thread", () => {
  test("it runs in a Web Worker under a strict policy", async () => {
    const page = await open();
    const whole = { state: "complete", contacts: PEOPLE, inWorker: true, skipped: 0 };
    expect(await loaded(page)).toMatchObject(whole);
    expect(page.workers()).toHaveLength(1);
    expect(await page.evaluate(() => names({ text: "person 19999" }))).toEqual(["Person 19999"]);
    await page.evaluate(() => directory.close());
    await expect.poll(() => page.workers().length).toBe(0);
    expect(page.problems).toEqual([]);
  });

  test("where no Web Worker can be started it runs on the page", async () => {
    state.policy = STRICT.replace("worker-src 'self'", "worker-src 'none'");
    const page = await open();
    expect(await loaded(page)).toMatchObject({ state: "complete", contacts: PEOPLE, inWorker: false });
    expect(page.workers()).toHaveLength(0);
    expect(await page.evaluate(() => names({ text: "person 19999" }))).toEqual(["Person 19999"]);
  });

  test("a policy that forbids WebAssembly is an error that says so", async () => {
    state.policy = STRICT.replace(" 'wasm-unsafe-eval'", "");
    const page = await open();
    const error = await page.evaluate(() => open().catch(({ name, message }) => ({ name, message })));
    expect(error).toEqual({ name: "WebAssemblyError", message: expect.stringContaining("'wasm-unsafe-eval'") });
  });
});

describe("keep", () => {
  const keep = "opfs";

  test("without keep, nothing is written", async () => {
    const page = await open({ context: await newContext() });
    await loaded(page);
    await page.evaluate(() => directory.close());
    expect(await page.evaluate(() => files())).toEqual([]);
  });

  test("a snapshot opens at once and is brought up to date", async () => {
    const context = await newContext();
    const first = await open({ context });
    await loaded(first, { keep });
    await expect.poll(() => first.evaluate(() => files())).toHaveLength(1);
    await first.evaluate(() => directory.close());
    expect(state.exports.map(({ since }) => since)).toEqual([undefined, "token-1"]);
    state.exports = [];
    state.changes = line({ ...person(5), name: "Renamed" });
    const second = await open({ context });
    expect(await loaded(second, { keep })).toMatchObject({ state: "complete" });
    expect(await second.evaluate(() => names("person-19999@example.com"))).toEqual(["Person 19999"]);
    await expect.poll(() => second.evaluate(() => names("renamed"))).toEqual(["Renamed"]);
    expect(state.exports.map(({ since }) => since)).toEqual(["token-2"]);
    expect(await second.evaluate(() => directory.progress.contacts)).toBe(PEOPLE);
  });

  test.each([
    ["another caller", "caller", {}],
    ["other fields", "caller", { fields: ["name"] }],
    ["a broken file", "file", {}],
  ])("the snapshot of %s is deleted, and the contacts are loaded", async (title, part, options) => {
    const context = await newContext();
    const first = await open({ context });
    await loaded(first, { keep });
    await expect.poll(() => first.evaluate(() => files())).toHaveLength(1);
    await first.evaluate(() => directory.close());
    if (title === "another caller") state.caller = "bob";
    const second = await open({ context });
    if (part === "file") {
      await second.evaluate(async () => {
        const [name] = await files();
        const handle = await (await navigator.storage.getDirectory()).getFileHandle(name);
        const stream = await handle.createWritable({ keepExistingData: true });
        await stream.write({ type: "write", position: 100_000, data: "broken\n".repeat(100) });
        await stream.close();
      });
    }
    state.exports = [];
    await loaded(second, { keep, ...options });
    expect(state.exports[0].since).toBeUndefined();
    expect(await second.evaluate(() => directory.progress.contacts)).toBe(PEOPLE);
  });

  test.each([
    ["close({ forget: true })", (page) => page.evaluate(() => directory.close({ forget: true }))],
    [
      "a 401",
      async (page) => {
        state.status = 401;
        await page.evaluate(() => open({ keep: "opfs" }).catch(() => {}));
      },
    ],
  ])("%s deletes it", async (_, end) => {
    const page = await open({ context: await newContext() });
    await loaded(page, { keep });
    await expect.poll(() => page.evaluate(() => files())).toHaveLength(1);
    await end(page);
    await expect.poll(() => page.evaluate(() => files())).toEqual([]);
  });
});

describe("React", () => {
  const REACT = `
    import { Intercom } from "intercom-edge";
    import { useDirectory, useDirectorySearch } from "intercom-edge/react/directory";
    import { StrictMode, useState } from "react";
    import { createRoot } from "react-dom/client";

    const intercom = new Intercom({ baseUrl: "/", auth: "key" });
    function People() {
      const [text, setText] = useState("person-777");
      const { directory, progress, complete, error } = useDirectory(intercom, { refreshInterval: 1e6 });
      const { total, rows } = useDirectorySearch(directory, { text, sort: { field: "created_at" } });
      return <section>
        <input value={text} onChange={({ target }) => setText(target.value)} />
        <i>{error?.message ?? (complete ? progress.contacts : "loading")}</i> <b>{total}</b>
        <ol>{rows(0, 2).map(({ id, name }) => <li key={id}>{name}</li>)}</ol>
      </section>;
    }
    function App() {
      const [isShown, show] = useState(true);
      return <main>{isShown && <People />}<button onClick={() => show(!isShown)}>Toggle</button></main>;
    }
    createRoot(document.querySelector("div")).render(<StrictMode><App /></StrictMode>);`;

  test("it opens once in strict mode, shows what is searched for, and closes", async () => {
    // The two files that a bundler makes: the app, and the program of the Web Worker beside it.
    const script = await bundled({ stdin: { contents: REACT, loader: "jsx", resolveDir: root } }, "development");
    const worker = await build({
      stdin: { contents: 'import "intercom-edge/directory/worker";', resolveDir: root },
      bundle: true,
      format: "esm",
      write: false,
    });
    const page = await open({ script, files: { "/worker.js": worker.outputFiles[0].text } });
    const text = (name) => expect.poll(() => page.locator(name).innerText(), { timeout: 20_000 });
    await text("i").toBe(`${PEOPLE}`);
    await text("b").toBe("11");
    await expect.poll(() => page.locator("li").allInnerTexts()).toEqual(["Person 777", "Person 7770"]);
    expect(page.workers()).toHaveLength(1);
    expect(state.exports.filter(({ since }) => since === undefined)).toHaveLength(1);
    await page.locator("input").fill("person 19999");
    await text("b").toBe("1");
    await expect.poll(() => page.locator("li").allInnerTexts()).toEqual(["Person 19999"]);
    await page.getByRole("button").click();
    await expect.poll(() => page.workers().length).toBe(0);
    await page.getByRole("button").click();
    await text("b").toBe("11");
    expect(page.problems).toEqual([]);
  });
});

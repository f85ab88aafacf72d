// A front end in Rust that uses the crate with the feature `browser`: examples/front-end, in Chromium.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { everybody, messages, reset } from "../sandbox.mjs";
import { launch } from "./chromium.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const TYPES = { js: "text/javascript", wasm: "application/wasm" };
const PAGE = `<link rel="icon" href="data:,"><ul id="users"></ul>
<script type="module">
  import * as front from "/example/front_end.js";
  await front.default();
  window.front = front;
</script>`;
let browser;
let page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser?.close());

beforeEach(async () => {
  await reset();
  page = await browser.newPage();
  await page.route(`${WORKER_URL}/example/**`, (route) => {
    const file = new URL(route.request().url()).pathname.slice("/example/".length);
    if (file === "") return route.fulfill({ contentType: "text/html", body: PAGE });
    return route.fulfill({
      contentType: TYPES[file.split(".").at(-1)],
      body: readFileSync(join(root, "build/example", file)),
    });
  });
  await page.goto(`${WORKER_URL}/example/`);
  await page.waitForFunction(() => window.front);
});

const call = (name, ...args) =>
  page.evaluate(
    ([name, args]) =>
      window.front[name](...args).then(
        (value) => ({ value }),
        (error) => ({ error: String(error) }),
      ),
    [name, args],
  );

test("it lists the users, page by page", async () => {
  const users = await everybody("user");
  expect(await call("list_users", WORKER_URL, CALLER_KEY)).toEqual({ value: users.length });
  expect(await page.locator("#users li").allTextContents()).toEqual(users.map(({ name }) => name ?? ""));
});

test("it sends a message once, however often it is asked to", async () => {
  const { value: id } = await call("greet", WORKER_URL, CALLER_KEY, "john_doe");
  expect(id).toMatch(/^\d+$/);
  expect(await call("greet", WORKER_URL, CALLER_KEY, "john_doe")).toEqual({ value: id });
  expect(await messages()).toHaveLength(1);
});

test("what goes wrong is an error in words, which names nobody", async () => {
  expect(await call("greet", WORKER_URL, CALLER_KEY, "")).toEqual({
    error: expect.stringContaining("external_id: expected a text"),
  });
  expect(await call("greet", WORKER_URL, CALLER_KEY, "nobody-at-all")).toEqual({
    error: expect.stringContaining("status is an error"),
  });
  expect(await call("greet", "ftp://worker.example", CALLER_KEY, "john_doe")).toEqual({
    error: expect.stringContaining("base_url: expected"),
  });
  expect(await call("greet", WORKER_URL, "a key", "john_doe")).toEqual({
    error: expect.stringContaining("caller_key: expected"),
  });
  expect(await call("greet", "http://127.0.0.1:9", CALLER_KEY, "john_doe")).toEqual({
    error: expect.stringContaining("the connection failed"),
  });
  expect(await messages()).toEqual([]);
});

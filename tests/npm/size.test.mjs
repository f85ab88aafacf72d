// What the package weighs, gzipped: the page that it promises, and what is loaded besides.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { everybody, intercom, messages, reset } from "../sandbox.mjs";
import { folder, parts } from "./size/parts.mjs";

const { WORKER_URL, CALLER_KEY, CHROMIUM } = process.env;

/**
 * The sizes that were reached, and what another version of Rust may add to them. A change that needs more says why, in
 * its commit and in the changelog.
 */
const LIMITS = { page: "50.0 kB", checks: "42.5 kB", deferred: "4.2 kB", directory: "140.0 kB" };

test("no part is heavier than it was", async () => {
  const made = await parts();
  const checks = Object.entries(LIMITS).map(([name, limit]) => ({
    name,
    limit,
    gzip: true,
    path: made[name].map((file) => join(folder, file)),
  }));
  writeFileSync(join(folder, ".size-limit.json"), JSON.stringify(checks));
  const run = promisify(execFile)("size-limit", ["--json"], { cwd: folder });
  const { stdout } = await run.catch((error) => error);
  const sizes = JSON.parse(stdout);
  console.log(sizes.map(({ name, size }) => `${name} ${size} bytes`).join(", "));
  const told = readFileSync(join(root, "docs/package/size.md"), "utf8");
  for (const limit of Object.values(LIMITS)) expect(told).toContain(limit);
  expect(sizes).toEqual(Object.keys(LIMITS).map((name) => expect.objectContaining({ name, passed: true })));
});

test("the page loads no other files than those counted", async () => {
  await reset();
  const { page: counted } = await parts();
  const [admin] = (await intercom("GET", "/admins")).admins;
  const { id } = await intercom("GET", "/contacts/find_by_external_id/john_doe");
  const message = {
    message_type: "inapp",
    body: "weighed",
    from: { type: "admin", id: admin.id },
    to: { type: "user", id },
  };
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const page = await browser.newPage();
    const asked = [];
    await page.route(`${WORKER_URL}/size/**`, (route) => {
      const file = new URL(route.request().url()).pathname.slice("/size/".length);
      if (file === "")
        return route.fulfill({
          contentType: "text/html",
          body: '<link rel="icon" href="data:,"><script type="module" src="page.js"></script>',
        });
      asked.push(file);
      return route.fulfill({ contentType: "text/javascript", body: readFileSync(join(folder, file)) });
    });
    await page.addInitScript((given) => Object.assign(window, { given }), { callerKey: CALLER_KEY, message });
    await page.goto(`${WORKER_URL}/size/`);
    await page.waitForFunction(() => window.result, undefined, { timeout: 30_000 });
    expect(await page.evaluate(() => window.result)).toMatchObject({ users: (await everybody("user")).length });
    expect(asked.sort()).toEqual(counted.sort());
  } finally {
    await browser.close();
  }
  expect(await messages()).toHaveLength(1);
});

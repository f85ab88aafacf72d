// What `npm run deploy` looks at before anything leaves this machine.

import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";
import { BUDGET, bundle } from "../../scripts/bundle.mjs";
import { optionsOf } from "../../scripts/deploy.mjs";

const root = new URL("../..", import.meta.url).pathname;
const config = `${root}wrangler.changed.toml`;
const text = readFileSync(`${root}wrangler.toml`, "utf8");

afterAll(() => rmSync(config, { force: true }));

/** Why a wrangler.toml with these words changed is refused. */
function refused(words, others) {
  expect(text).toContain(words);
  writeFileSync(config, text.replace(words, others));
  try {
    bundle({ config });
  } catch (failure) {
    return `${failure.message}: ${failure.why}\n${failure.todo}`;
  }
  return undefined;
}

test("the Worker's weight and its bindings are told", () => {
  const { bytes, bindings } = bundle();
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
  const objects = ["env.CURSORS (Cursors)", "env.OUTBOX (Outbox)", "env.SENDERS (Sender)"];
  for (const binding of [...objects, "env.CALLER_LIMIT (600 requests/10s)", 'env.DEFAULT_VERSION ("1.4")']) {
    expect(bindings.join("\n")).toContain(binding);
  }
  expect(() => bundle({ budget: bytes - 1 })).toThrow(/weighs .* KB gzipped/);
});

test("--help says what it does, and does nothing", async () => {
  const { stdout } = await promisify(execFile)("node", ["scripts/deploy.mjs", "--help"], { cwd: root });
  expect(stdout).toContain("npm run deploy [-- --dry-run]");
  expect(stdout).not.toContain("→");
});

test.each([
  [[], { dry: false, config: "wrangler.toml", more: [] }],
  [["--dry-run", "--name", "test"], { dry: true, config: "wrangler.toml", more: ["--name", "test"] }],
  [["--config", "a.toml", "--dry-run"], { dry: true, config: "a.toml", more: [] }],
  [["-c", "a.toml", "--keep-vars"], { dry: false, config: "a.toml", more: ["--keep-vars"] }],
  [["--config=a=b.toml"], { dry: false, config: "a=b.toml", more: [] }],
])("the options %j name one configuration, and the rest is wrangler's", (options, expected) => {
  expect(optionsOf(options)).toEqual(expected);
});

test("--config without a file is refused", () => {
  expect(() => optionsOf(["--config"])).toThrow("--config needs a file");
});

test.each([
  [
    "a secret among the variables",
    "\n[vars]",
    `\n[vars]\nINTERCOM_ACCESS_TOKEN = "dG9r"`,
    "INTERCOM_ACCESS_TOKEN is a secret",
  ],
  ["a second secret among the variables", "\n[vars]", `\n[vars]\nCALLER_KEYS_2 = "[]"`, "CALLER_KEYS_2 is a secret"],
  ["a misspelt setting", "preview_urls = ", "preview_url = ", "preview_url"],
  ["a binding of another name", 'name = "CURSORS"', 'name = "CURSOR"', "It has no binding CURSORS"],
  ["no outbox", 'name = "OUTBOX"', 'name = "INBOX"', "It has no binding OUTBOX"],
  ["no senders", 'name = "SENDERS"', 'name = "SENDER"', "It has no binding SENDERS"],
])("wrangler.toml with %s is refused", (_, words, others, why) => {
  const refusal = refused(words, others);
  expect(refusal).toContain("is not sound");
  expect(refusal).toContain(why);
});

test("wrangler.toml that can't be read is refused", () => {
  expect(refused("\n[vars]", "\n[vars")).toContain("wrangler can't put the Worker together");
});

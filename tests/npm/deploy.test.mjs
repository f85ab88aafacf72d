// The checks of `npm run deploy` before it uploads anything, and the steps and files that docs/deploy.md describes.

import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { BUDGET, bundle } from "../../cli/bundle.mjs";
import { NEXT_STEPS, optionsOf } from "../../cli/commands/deploy.mjs";

const root = new URL("../..", import.meta.url).pathname;
const config = `${root}wrangler.changed.toml`;
const text = readFileSync(`${root}wrangler.toml`, "utf8");

afterAll(() => rmSync(config, { force: true }));

/** The error for a wrangler.toml with this text replaced. */
function rejected(words, others) {
  expect(text).toContain(words);
  writeFileSync(config, text.replace(words, others));
  try {
    bundle({ config });
  } catch (failure) {
    return `${failure.message}: ${failure.why}\n${failure.todo}`;
  }
  return undefined;
}

test("reports the Worker's size and its bindings", () => {
  const { bytes, bindings } = bundle();
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
  const objects = ["env.CURSORS (Cursors)", "env.OUTBOX (Outbox)", "env.SENDERS (Sender)"];
  for (const binding of [...objects, "env.CALLER_LIMIT (600 requests/10s)", 'env.DEFAULT_VERSION ("1.4")']) {
    expect(bindings.join("\n")).toContain(binding);
  }
  expect(() => bundle({ budget: bytes - 1 })).toThrow(/too large: .* KB gzipped/);
});

test("--help prints the usage and does nothing else", async () => {
  const { stdout } = await promisify(execFile)("node", ["cli/commands/deploy.mjs", "--help"], { cwd: root });
  expect(stdout).toContain("npm run deploy [-- --dry-run]");
  expect(stdout).not.toContain("→");
});

test.each([
  [[], { dry: false, config: "wrangler.toml", more: [] }],
  [["--dry-run", "--name", "test"], { dry: true, config: "wrangler.toml", more: ["--name", "test"] }],
  [["--config", "a.toml", "--dry-run"], { dry: true, config: "a.toml", more: [] }],
  [["-c", "a.toml", "--keep-vars"], { dry: false, config: "a.toml", more: ["--keep-vars"] }],
  [["--config=a=b.toml"], { dry: false, config: "a=b.toml", more: [] }],
])("the options %j select one configuration; the rest go to wrangler", (options, expected) => {
  expect(optionsOf(options)).toEqual(expected);
});

test("--config without a file is rejected", () => {
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
  ["a binding of another name", 'name = "CURSORS"', 'name = "CURSOR"', "The binding CURSORS is missing"],
  ["no outbox", 'name = "OUTBOX"', 'name = "INBOX"', "The binding OUTBOX is missing"],
  ["no senders", 'name = "SENDERS"', 'name = "SENDER"', "The binding SENDERS is missing"],
])("wrangler.toml with %s is rejected", (_, words, others, why) => {
  const error = rejected(words, others);
  expect(error).toContain("is invalid");
  expect(error).toContain(why);
});

test("wrangler.toml with a syntax error is rejected", () => {
  expect(rejected("\n[vars]", "\n[vars")).toContain("wrangler can't bundle the Worker");
});

describe("the docs", () => {
  const section = (file, heading) =>
    readFileSync(`${root}${file}`, "utf8").split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  const blocks = (text, language) =>
    [...text.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code]) => code);
  /** The commands in a text, without what follows two spaces: a comment. */
  const commands = (text) =>
    text
      .split("\n")
      .map((line) => line.trim().split(/ {2,}/)[0])
      .filter((line) => /^(npm|npx) /.test(line));

  test("the README, docs/deploy.md and npm run deploy have the same steps in the same order", () => {
    const guide = commands(blocks(section("docs/deploy.md", "Deploy"), "sh")[0]);
    expect(guide).toHaveLength(6);
    expect(commands(blocks(section("README.md", "Deploy"), "sh")[0])).toEqual(guide);
    expect(commands(NEXT_STEPS)).toEqual(guide.slice(guide.indexOf("npm run deploy") + 1));
  });

  test("a second environment has its own name, region, origins and rate limit", () => {
    const [changes] = blocks(section("docs/deploy.md", "Environments: staging and production"), "toml");
    const lines = changes.split("\n").filter((line) => /^\w+ = /.test(line));
    expect(lines.map((line) => line.split(" ")[0])).toEqual(
      expect.arrayContaining(["name", "INTERCOM_API_URL", "ALLOWED_ORIGINS", "namespace_id"]),
    );
    const staging = lines.reduce((config, line) => {
      const old = new RegExp(`^${line.split(" ")[0]} = .*$`, "m");
      // The binding's names come later: the first line is the Worker's.
      expect(config.match(old)[0]).not.toBe(line);
      return config.replace(old, line);
    }, text);
    writeFileSync(config, staging);
    const { bindings } = bundle({ config });
    expect(bindings.join("\n")).toContain('env.INTERCOM_API_URL ("https://api.eu.intercom.io")');
    const [first, second] = [`${root}wrangler.toml`, config].map((file) => readConfig({ config: file }));
    expect(second.name).not.toBe(first.name);
    expect(second.ratelimits[0].namespace_id).not.toBe(first.ratelimits[0].namespace_id);
  });

  test.each(["README.md", "docs/deploy.md"])("%s deploys no second Worker by its name alone", (file) => {
    const page = readFileSync(`${root}${file}`, "utf8");
    expect(page).not.toMatch(/--name[ =]intercom-edge/);
    const lines = blocks(page, "sh").flatMap(commands);
    expect(lines.filter((line) => /wrangler|deploy/.test(line) && line.includes("--name"))).toEqual([]);
  });
});

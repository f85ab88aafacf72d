// The checks of `npm run deploy` before it uploads anything, and the steps and files that docs/deploy.md describes.

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { unstable_readConfig as readConfig } from "wrangler";
import { bundle } from "../../cli/project/bundle.mjs";
import { nextSteps, optionsOf } from "../../cli/commands/deploy.mjs";
import { BUDGET } from "../../scripts/deploy.mjs";

const root = new URL("../..", import.meta.url).pathname;
const own = `${root}wrangler.toml`;
const config = `${root}wrangler.changed.toml`;
const text = readFileSync(own, "utf8");

afterAll(() => rmSync(config, { force: true }));

/** The error for a wrangler.toml with this text replaced. */
async function rejected(words, others, options) {
  expect(text).toContain(words);
  writeFileSync(config, text.replace(words, others));
  try {
    await bundle({ config, ...options });
  } catch (failure) {
    return `${failure.message}: ${failure.why}\n${failure.todo}`;
  }
  return undefined;
}

/** Runs a script of the project; returns its exit code and its output. */
async function script(...args) {
  const { code = 0, stdout, stderr } = await promisify(execFile)("node", args, { cwd: root }).catch((error) => error);
  return { code, stdout, stderr };
}

test("reports the Worker's size and its bindings", async () => {
  const { bytes, bindings } = await bundle({ config: own });
  expect(bytes).toBeGreaterThan(100_000);
  expect(bytes).toBeLessThanOrEqual(BUDGET);
  const objects = ["env.CURSORS (Cursors)", "env.OUTBOX (Outbox)", "env.SENDERS (Sender)", "env.WEBHOOKS (Webhooks)"];
  for (const binding of [...objects, "env.CALLER_LIMIT (600 requests/10s)", 'env.DEFAULT_VERSION ("1.4")']) {
    expect(bindings.join("\n")).toContain(binding);
  }
  await expect(bundle({ config: own, budget: bytes - 1 })).rejects.toThrow(/too large: .* KB gzipped/);
});

test("--help prints the usage and does nothing else", async () => {
  const { code, stdout } = await script("scripts/deploy.mjs", "--help");
  expect(code).toBe(0);
  expect(stdout).toContain("npm run deploy -- [--dry-run]");
  expect(stdout).toContain("--env <name>");
  expect(stdout).not.toContain("→");
});

describe("environments", () => {
  test("staging has all bindings, and a rate limit and a name of its own", async () => {
    const [production, staging] = await Promise.all(
      ["", "staging"].map((environment) => bundle({ config: own, environment })),
    );
    const names = ({ bindings }) => bindings.map((line) => line.match(/^env\.(\w+)/)[1]);
    expect(names(staging)).toEqual(names(production));
    const [first, second] = [undefined, "staging"].map((env) => readConfig({ config: own, env }));
    expect(second.name).not.toBe(first.name);
    expect(second.ratelimits[0].namespace_id).not.toBe(first.ratelimits[0].namespace_id);
  });

  test("two with the same rate limit are rejected, whichever is deployed", async () => {
    for (const environment of ["", "staging"]) {
      const error = await rejected('namespace_id = "1002"', 'namespace_id = "1001"', { environment });
      expect(error).toContain("the top level and [env.staging] have the same rate limit namespace_id, 1001.");
    }
  });

  test("one without a binding is rejected, and the others are not", async () => {
    const last = text.lastIndexOf('{ name = "OUTBOX"');
    const section = text.slice(last);
    const without = section.replace('{ name = "OUTBOX", class_name = "Outbox" },\n', "\n");
    const error = await rejected(section, without, { environment: "staging" });
    expect(error).toContain("[env.staging]: the binding OUTBOX of a Durable Object is missing.");
    expect(error).toContain("npx intercom-edge upgrade --config wrangler.changed.toml");
    expect(await rejected(section, without)).toBe(undefined);
  });

  test("one without a variable of the top level is rejected", async () => {
    const [head, section] = text.split("[env.staging.vars]\n");
    const without = section.replace('DEFAULT_VERSION = "1.4"\n', "");
    expect(without).not.toBe(section);
    const error = await rejected(text, `${head}[env.staging.vars]\n${without}`, { environment: "staging" });
    expect(error).toMatch(/Please add these vars to "env\.staging\.vars":\s+- DEFAULT_VERSION\n/);
  });

  test("staging does not take over the custom domain of production", async () => {
    const routes = text.match(/^# (\[\[routes\]\]\n)# (pattern = .*\n)# (custom_domain = .*\n)/m);
    const uncommented = routes.slice(1).join("");
    expect(await rejected(routes[0], uncommented, { environment: "staging" })).toBe(undefined);
    expect(readConfig({ config, env: "staging" })).toMatchObject({ workers_dev: true, routes: [] });
    const without = text.replace(routes[0], uncommented).replace("routes = []\n", "");
    expect(await rejected(text, without, { environment: "staging" })).toContain("inherits the top-level `routes`");
  });

  test("one that is missing is named, and nothing is deployed", async () => {
    await expect(bundle({ config: own, environment: "stagin" })).rejects.toThrow(
      "The environment stagin is missing from",
    );
    const { code, stdout, stderr } = await script("cli/intercom-edge.mjs", "deploy", "--env", "stagin");
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("The environment stagin is missing from wrangler.toml");
    expect(stderr).toContain("It has staging.");
  });

  test("the next steps name the environment", () => {
    for (const line of nextSteps("staging").match(/npx .*/g)) expect(line).toMatch(/--env staging\b/);
    expect(nextSteps("")).not.toContain("--env");
  });
});

test.each([
  [[], { dry: false, config: "wrangler.toml", environment: "", more: [] }],
  [["--dry-run", "--name", "test"], { dry: true, config: "wrangler.toml", environment: "", more: ["--name", "test"] }],
  [["--config", "a.toml", "--dry-run"], { dry: true, config: "a.toml", environment: "", more: [] }],
  [["-c", "a.toml", "--keep-vars"], { dry: false, config: "a.toml", environment: "", more: ["--keep-vars"] }],
  [["--config=a=b.toml"], { dry: false, config: "a=b.toml", environment: "", more: [] }],
  [["--env", "staging"], { dry: false, config: "wrangler.toml", environment: "staging", more: [] }],
  [["--env=", "--dry-run"], { dry: true, config: "wrangler.toml", environment: "", more: [] }],
])("the options %j select one configuration and environment; the rest go to wrangler", (options, expected) => {
  expect(optionsOf(options)).toEqual(expected);
});

test("--config and --env without a value are rejected", () => {
  expect(() => optionsOf(["--config"])).toThrow("--config needs a value");
  expect(() => optionsOf(["--config="])).toThrow("--config needs a value");
  expect(() => optionsOf(["--env"])).toThrow("--env needs a value");
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
  [
    "a binding of another name",
    'name = "CURSORS"',
    'name = "CURSOR"',
    "the binding CURSORS of a Durable Object is missing",
  ],
  ["no outbox", 'name = "OUTBOX"', 'name = "INBOX"', "the binding OUTBOX of a Durable Object is missing"],
  ["no senders", 'name = "SENDERS"', 'name = "SENDER"', "the binding SENDERS of a Durable Object is missing"],
])("wrangler.toml with %s is rejected", async (_, words, others, why) => {
  const error = await rejected(words, others);
  expect(error).toContain("is invalid");
  expect(error).toContain(why);
});

test("wrangler.toml with a syntax error is rejected", async () => {
  expect(await rejected("\n[vars]", "\n[vars")).toContain("wrangler.changed.toml is not valid TOML");
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
    expect(guide.length).toBeGreaterThan(3);
    expect(commands(blocks(section("README.md", "Deploy"), "sh")[0])).toEqual(guide);
    expect(commands(nextSteps(""))).toEqual(guide.slice(guide.indexOf("npx intercom-edge deploy") + 1));
  });

  test("a copy of [env.staging] with the changes of the page is an environment of another region", async () => {
    const [changes] = blocks(section("docs/deploy.md", "Environments: staging and production"), "toml");
    const lines = changes.split("\n").filter((line) => /^\w+ = /.test(line));
    expect(lines.map((line) => line.split(" ")[0])).toEqual(
      expect.arrayContaining(["name", "INTERCOM_API_URL", "ALLOWED_ORIGINS", "namespace_id"]),
    );
    const copied = text.slice(text.indexOf("[env.staging]")).replaceAll("env.staging", "env.eu");
    const eu = lines.reduce((copy, line) => {
      const old = new RegExp(`^${line.split(" ")[0]} = .*$`, "m");
      expect(copy.match(old)[0]).not.toBe(line);
      return copy.replace(old, line);
    }, copied);
    for (const header of changes.match(/^\[.*$/gm)) expect(eu.split("\n")).toContain(header);
    writeFileSync(config, `${text}\n${eu}`);
    const { bindings } = await bundle({ config, environment: "eu" });
    expect(bindings.join("\n")).toContain('env.INTERCOM_API_URL ("https://api.eu.intercom.io")');
    expect(readConfig({ config, env: "eu" }).name).toBe("intercom-edge-eu");
  });

  test("Terraform's configuration has the names and values of wrangler.toml", () => {
    const [terraform] = blocks(section("docs/deploy.md", "Terraform"), "hcl");
    const { durable_objects, ratelimits, migrations, vars, name, assets, ...other } = readConfig({ config: own });
    const [, list] = terraform.match(/objects = \{\n(.*?)\n {2}\}/s);
    expect(Object.fromEntries([...list.matchAll(/(\w+) += "(\w+)"/g)].map(([, key, value]) => [key, value]))).toEqual(
      Object.fromEntries(durable_objects.bindings.map((object) => [object.name, object.class_name])),
    );
    const [{ namespace_id: id, simple }] = ratelimits;
    for (const line of [
      `"ratelimit", name = "${ratelimits[0].name}", namespace_id = "${id}"`,
      `simple = { limit = ${simple.limit}, period = ${simple.period} }`,
      `new_tag            = "${migrations.at(-1).tag}"`,
      `name = "INTERCOM_API_URL", text = "${vars.INTERCOM_API_URL}"`,
      `name       = "${name}"`,
      `compatibility_date = "${other.compatibility_date}"`,
      `run_worker_first = ${JSON.stringify(assets.run_worker_first).replaceAll(",", ", ")}`,
      `invocation_logs = ${other.observability.logs.invocation_logs}`,
      `previews_enabled = ${other.preview_urls}`,
    ]) {
      expect(terraform).toContain(line);
    }
    // Each file that it uploads exists, and no module of the Worker is missing.
    const files = [...terraform.matchAll(/\$\{local\.package\}\/([\w./-]+)/g)].map(([, file]) => file);
    for (const file of files) expect([file, existsSync(`${root}${file}`)]).toEqual([file, true]);
    const modules = readdirSync(`${root}build/edge`).filter((file) => /\.(js|wasm)$/.test(file));
    for (const file of modules) expect(files).toContain(`build/edge/${file}`);
  });

  test.each(["README.md", "docs/deploy.md"])("%s deploys no second Worker by its name alone", (file) => {
    const page = readFileSync(`${root}${file}`, "utf8");
    expect(page).not.toMatch(/--name[ =]intercom-edge/);
    const lines = blocks(page, "sh").flatMap(commands);
    expect(lines.filter((line) => /wrangler|deploy/.test(line) && line.includes("--name"))).toEqual([]);
  });
});

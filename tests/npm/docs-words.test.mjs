// The docs as a reader searches them: the usual words are in headings, every link works, and no figure is a guess.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";

const folder = (place) =>
  readdirSync(join(root, place))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(place, name));
const pages = [
  "README.md",
  "SECURITY.md",
  "CONTRIBUTING.md",
  "bench/README.md",
  ...folder("docs"),
  ...folder("docs/package"),
];

/** A page's text without its code blocks, in which `#` starts a comment. */
const prose = (file) => readFileSync(join(root, file), "utf8").replace(/^```.*?^```/gms, "");

/** Each heading of a page, with the first sentence under it. */
const sections = (file) =>
  [...prose(file).matchAll(/^#+ (.+)\n+(?!#)([\s\S]*?)(?=\n\n|\n#|$)/gm)].map(([, heading, paragraph]) => ({
    heading,
    sentence: paragraph.replaceAll("\n", " ").split(/(?<=[.:]) /)[0],
  }));

/** A heading's anchor, as GitHub makes it. */
const anchor = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");

test.each([
  ["quickstart", "README.md"],
  ["webhook", "README.md"],
  ["webhook", "docs/api-1.x.md"],
  ["expiry", "README.md"],
  ["expiry", "docs/deploy.md"],
  ["rotate", "docs/deploy.md"],
  ["environment", "docs/deploy.md"],
  ["staging", "docs/deploy.md"],
  ["cache", "docs/deploy.md"],
  ["CORS", "docs/deploy.md"],
  ["monitoring", "docs/deploy.md"],
  ["health check", "docs/deploy.md"],
  ["rate limit", "docs/messages.md"],
  ["export", "README.md"],
  ["resum", "docs/exports.md"],
  ["incremental", "docs/exports.md"],
  ["sync", "docs/exports.md"],
  ["progress", "docs/exports.md"],
  ["since", "docs/exports.md"],
  ["subrequest", "docs/exports.md"],
  ["idempotency key", "docs/messages.md"],
  ["delete", "docs/storage.md"],
  ["jurisdiction", "docs/storage.md"],
  ["threat model", "SECURITY.md"],
])("who searches for %s finds it in %s", (word, file) => {
  const found = sections(file).filter(({ heading, sentence }) =>
    `${heading}\n${sentence}`.toLowerCase().includes(word.toLowerCase()),
  );
  expect(found).not.toEqual([]);
});

describe.each(pages)("%s", (file) => {
  test("has links to files and headings that exist", () => {
    const broken = [...prose(file).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => {
        const [path, heading] = target.split("#");
        const page = path ? resolve(root, dirname(file), path) : join(root, file);
        if (!existsSync(page)) return true;
        return heading && !sections(relative(root, page)).some((section) => anchor(section.heading) === heading);
      });
    expect(broken).toEqual([]);
  });

  // How long an installation takes depends on the machine: `npm start` prints it.
  test("promises no duration in minutes for a command", () => {
    const code = readFileSync(join(root, file), "utf8").match(/^```(?:sh)\n.*?^```/gms) ?? [];
    for (const text of code) expect(text).not.toMatch(/\bmin(ute)?s?\b/);
  });
});

test("the README promises no duration in minutes or hours", () => {
  expect(prose("README.md")).not.toMatch(/\b(minutes?|min|hours?)\b/i);
});

const json = (file) => JSON.parse(readFileSync(join(root, file), "utf8"));

test("the README names the oldest Node, and npm is quiet about tools that want a newer one", () => {
  const { engines } = json("package.json");
  const [, oldest] = engines.node.match(/^>=(\d+\.\d+)$/);
  expect(prose("README.md")).toContain(`Node ${oldest} or newer`);
  expect(readFileSync(join(root, ".npmrc"), "utf8")).toMatch(/^loglevel=error$/m);
});

// npm resolves a README's relative links by `repository`.
test("a release takes repository and homepage from one setting", () => {
  const workflow = readFileSync(join(root, ".github/workflows/release.yml"), "utf8");
  const [command] = workflow.match(/npm pkg set .*/);
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-release-"));
  writeFileSync(join(folder, "package.json"), "{}");
  execFileSync("sh", ["-c", command], { cwd: folder, env: { ...process.env, URL: "https://git.example/a/b" } });
  expect(JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))).toEqual({
    repository: { type: "git", url: "git+https://git.example/a/b.git" },
    homepage: "https://git.example/a/b#readme",
    bugs: { url: "https://git.example/a/b/issues" },
  });
  rmSync(folder, { recursive: true });
});

test("docs/storage.md has every table that the Worker creates, and no other", () => {
  const sources = readdirSync(join(root, "src/edge"), { recursive: true }).filter((name) => name.endsWith(".rs"));
  const created = sources.flatMap((name) =>
    [...readFileSync(join(root, "src/edge", name), "utf8").matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+)/g)].map(
      ([, table]) => table,
    ),
  );
  const page = prose("docs/storage.md");
  const rows = [...page.matchAll(/^\| table .*\n\|---.*\n((?:\|.*\n)+)/gm)].map(([, rows]) => rows).join("");
  const named = [...rows.matchAll(/^\| `(\w+)`/gm), ...page.matchAll(/table\s+`(\w+)` has/g)].map(([, table]) => table);
  // Two objects have a table `event`, and several have `schema_number`.
  expect([...new Set(named)].sort()).toEqual([...new Set(created)].sort());
});

test("the README has every setting of wrangler.toml, with the same default", () => {
  const settings = prose("README.md").split("\n## Settings\n")[1].split("\n## ")[0];
  const [, variables] = /^\[vars\]\n(.*?)^\[/ms.exec(readFileSync(join(root, "wrangler.toml"), "utf8"));
  const values = [...variables.matchAll(/^(\w+) = "(.*)"$/gm)];
  expect(values.length).toBeGreaterThan(10);
  for (const [, name, value] of values) {
    const row = settings.split("\n").find((line) => line.startsWith("| `") && line.includes(`\`${name}\``));
    expect(row, name).toContain(value === "" ? "none" : `\`${value}\``);
  }
});

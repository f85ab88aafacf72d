// The packed package, as it would go to the registry: what is in it, and what nobody may find in it.

import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inflateRawSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, expect, test } from "vitest";
import { cargoHome, root, rustupHome } from "../../scripts/paths.mjs";

const folder = join(root, "build/package");
const unpacked = join(folder, "node_modules/intercom-edge");
const own = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
/** As one imports them. */
const entries = Object.keys(own.exports).map((path) => path.replace(".", own.name));
/**
 * Those for a page. `worker` is for wrangler, which bundles WebAssembly; `react/live` and `react/directory` import
 * React, a peer; `directory/worker` is the program of a Web Worker.
 */
const OTHERS = ["worker", "react/live", "react/directory", "directory/worker"].map((path) => `${own.name}/${path}`);
const modules = entries.filter((entry) => !/\.\w+$/.test(entry) && !OTHERS.includes(entry));

let tarball;
let contents;

const run = (command, args, options = {}) => promisify(execFile)(command, args, { cwd: folder, ...options });

beforeAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  // A package of its own: in the project's, its name would mean the project.
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  // npm 12 and older lists, newer ones name.
  const [{ filename, files }] = Object.values(JSON.parse(stdout));
  tarball = join(folder, filename);
  contents = files.map(({ path }) => path);
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", unpacked]);
});

/** What a file says to anybody who looks for it: WebAssembly that travels as text is unpacked. */
function read(path) {
  const text = readFileSync(join(unpacked, path), "latin1");
  if (!path.endsWith(".inline.js")) return text;
  const [, inline] = text.match(/^export default "(.+)";$/m);
  return inflateRawSync(Buffer.from(inline, "base64")).toString("latin1");
}

/** The files in which a text stands, or what a pattern matches, with what was found. */
const found = (...wanted) =>
  contents.flatMap((path) => {
    const text = read(path);
    const hits = wanted.flatMap((one) =>
      typeof one === "string" ? (text.includes(one) ? [one] : []) : (text.match(one) ?? []),
    );
    return hits.map((hit) => `${path}: ${hit}`);
  });

test("publint finds nothing", async () => {
  const { messages } = await publint({ pkgDir: unpacked, pack: false });
  expect(messages.map((message) => formatMessage(message, own, { color: false }))).toEqual([]);
});

test("every entry has types where TypeScript looks for them", async () => {
  const args = [tarball, "--profile", "esm-only", "--no-color", "--no-emoji"];
  const { code = 0, stdout } = await run("attw", args).catch((error) => error);
  expect(code, stdout).toBe(0);
});

test("tools that know no exports find the first entry", () => {
  const { main, types, exports } = own;
  expect({ types, default: main }).toEqual({ types: exports["."].types, default: exports["."].default });
});

/** The files of a folder that git knows. */
const sourcesIn = (folder) =>
  execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", folder], {
    cwd: root,
    encoding: "utf8",
  })
    .split("\n")
    .filter((file) => file && existsSync(join(root, file)));

test("it holds the built parts, the command, the docs, and nothing else", () => {
  const compiled = readdirSync(join(root, "js"), { recursive: true })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .flatMap((name) => [name.replace(/ts$/, "js"), name.replace(/ts$/, "d.ts")]);
  const programs = ["browser", "checks", "directory"].flatMap((name) =>
    ["d.ts", "js", "inline.js", "wasm"].map((end) => `wasm/${name}.${end}`),
  );
  const program = ["THIRD-PARTY-NOTICES.txt", "entry.js", "program_bg.wasm"];
  const dashboard = contents.filter((path) => path.startsWith("build/assets/dashboard/assets/"));
  expect(dashboard.every((path) => /\/[\w.]+-[\w-]{8}\.(js|css)$/.test(path))).toBe(true);
  expect(contents.sort()).toEqual(
    [
      ...dashboard,
      "build/assets/_headers",
      ...["THIRD-PARTY-NOTICES.txt", "icon.svg", "index.html"].map((name) => `build/assets/dashboard/${name}`),
      ...[...program, "entry.d.ts", "scopes.json"].map((name) => `build/edge/${name}`),
      ...program.map((name) => `build/sandbox/${name}`),
      ...["cli", "docs"].flatMap(sourcesIn),
      "wrangler.toml",
      "wrangler.sandbox.toml",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "LICENSE-APACHE",
      "LICENSE-MIT",
      "README.md",
      "package.json",
      ...[...compiled, "THIRD-PARTY-NOTICES.txt", "model.d.ts", ...programs, "wasm/program.d.ts"].map(
        (name) => `dist/${name}`,
      ),
    ].sort(),
  );
});

test("every link of its README to a file works", () => {
  const links = [...read("README.md").matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
  expect(links.length).toBeGreaterThan(20);
  expect(links.filter((path) => !existsSync(join(unpacked, path)))).toEqual([]);
});

test("nothing in it tells of the machine that built it", () => {
  const home = /\/(?:root|home|Users)\/[\w./-]+/g;
  // A folder of Cargo's: the name of a host, and a hash.
  const registry = /[\w-]+(?:\.[\w-]+)+-[0-9a-f]{16}\/[\w./-]+/g;
  expect(found(root, cargoHome, rustupHome, home, registry, /sourceMappingURL.*/g)).toEqual([]);
});

test("no token or key is in it", () => {
  const kept = [".intercom-edge/caller-key", ...readdirSync(root).filter((name) => name.startsWith(".dev.vars"))]
    .filter((name) => existsSync(join(root, name)))
    .flatMap((name) => readFileSync(join(root, name), "utf8").match(/[^\s"'=]{20,}/g) ?? []);
  const { INTERCOM_ACCESS_TOKEN, CALLER_KEY, ACCESS_TOKEN } = process.env;
  const secrets = [...kept, INTERCOM_ACCESS_TOKEN, CALLER_KEY, ACCESS_TOKEN].filter(Boolean);
  // Intercom's access tokens are Base64 of "tok:…".
  expect(found(...secrets, /dG9rO[\w+/=-]{16,}/g)).toEqual([]);
});

// The static entry is there to have everything loaded.
test.each(modules.filter((entry) => entry !== `${own.name}/static`))(
  "a bundle that imports %s and uses nothing of it is empty",
  async (entry) => {
    const contents = `import * as all from ${JSON.stringify(entry)};`;
    const stdin = { contents, resolveDir: folder };
    const { outputFiles } = await build({
      stdin,
      bundle: true,
      splitting: true,
      format: "esm",
      outdir: folder,
      write: false,
    });
    // Beside it, esbuild writes what would be loaded on demand, though nobody demands it.
    expect(outputFiles.find(({ path }) => path.endsWith("/stdin.js")).text).toBe("");
  },
);

test("importing it does nothing by itself", async () => {
  const code = `
    const before = Reflect.ownKeys(globalThis);
    const done = [];
    const watched = ["compile", "instantiate", "Module"].map((name) => [WebAssembly, name]);
    for (const [on, name] of [[globalThis, "fetch"], ...watched]) {
      on[name] = new Proxy(on[name], { apply: () => done.push(name), construct: () => done.push(name) });
    }
    for (const entry of ${JSON.stringify(modules)}) await import(entry);
    const added = Reflect.ownKeys(globalThis).filter((key) => !before.includes(key));
    console.log(JSON.stringify([...done, ...added.map(String)]));`;
  // That the process ends says that nothing waits, either.
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", code], { timeout: 30_000 });
  expect({ stdout: JSON.parse(stdout), stderr }).toEqual({ stdout: [], stderr: "" });
});

test.each([
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
])("its declarations are right in themselves, with module %s and resolution %s", async (module, resolution) => {
  const typed = entries.filter((entry) => !entry.endsWith(".json"));
  const program = typed.map((entry, index) => `export * as entry${index} from ${JSON.stringify(entry)};\n`).join("");
  writeFileSync(join(folder, "all.mts"), program);
  const args = [
    "all.mts",
    "--ignoreConfig",
    "--noEmit",
    "--strict",
    "--target",
    "es2022",
    "--lib",
    "es2022,dom,dom.iterable",
    "--types",
    "",
    "--skipLibCheck",
    "false",
    "--module",
    module,
    "--moduleResolution",
    resolution,
  ];
  const { code = 0, stdout } = await run("tsc", args).catch((error) => error);
  expect(code, stdout).toBe(0);
});

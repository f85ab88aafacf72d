// What is made by others: the crates that are compiled into a program with the notices that their
// licences ask for, and the bill of materials of everything that is installed to build and to test.
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../cli/failure.mjs";
import { path, root } from "./paths.mjs";
import { wasmEnv, wasmTarget } from "./toolchain.mjs";

/**
 * Licences of crates that may be compiled into what is published: of those who do not change the crate, they ask for
 * their notice at most.
 */
export const PERMISSIVE = ["Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "Unicode-3.0", "Zlib"];

/** Licences of tools besides: they build and test here, and nothing of them is published. */
export const OF_TOOLS = [
  ...PERMISSIVE,
  "0BSD",
  "BlueOak-1.0.0",
  "CC0-1.0",
  "LGPL-3.0-or-later",
  "MPL-2.0",
  "Unlicense",
];

/** Whether one of the choices that an SPDX expression offers consists of `allowed` licences only. */
export function isAllowed(expression, allowed) {
  const tokens = expression.replaceAll("/", " OR ").match(/[()]|(?:(?!\b(?:AND|OR)\b)[^()])+|AND|OR/g) ?? [];
  const words = tokens.map((token) => token.trim()).filter(Boolean);
  const choice = () => {
    let result = every();
    while (words[0] === "OR") result = [words.shift(), every()][1] || result;
    return result;
  };
  const every = () => {
    let result = one();
    while (words[0] === "AND") result = [words.shift(), one()][1] && result;
    return result;
  };
  const one = () => {
    const word = words.shift();
    if (word !== "(") return allowed.includes(word);
    const result = choice();
    return words.shift() === ")" && result;
  };
  return choice() && words.length === 0;
}

/** The licence of a component of the bill, as one expression. */
export const licenceOf = ({ licenses = [] }) =>
  licenses.map(({ expression, license }) => expression ?? license.id ?? license.name).join(" AND ");

/** The crates that are compiled into the WebAssembly which Cargo makes with `options`, sorted by name. */
export function compiledCrates(...options) {
  const { packages, resolve } = cargoMetadata("--filter-platform", wasmTarget, ...options);
  const crates = new Map(packages.map((each) => [each.id, each]));
  const nodes = new Map(resolve.nodes.map((each) => [each.id, each]));
  const found = new Set();
  const add = (id) => {
    // A procedural macro runs in the compiler, and so does what it is made of.
    if (found.has(id) || crates.get(id).targets.some(({ kind }) => kind.includes("proc-macro"))) return;
    found.add(id);
    for (const { pkg, dep_kinds } of nodes.get(id).deps) if (dep_kinds.some(({ kind }) => kind === null)) add(pkg);
  };
  add(resolve.root);
  return [...found]
    .map((id) => crates.get(id))
    .filter(({ source }) => source)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The file of notices for `crates`: each licence's text once, below the crates that have it. */
export function notices(crates) {
  const texts = new Map();
  for (const crate of crates) {
    if (!isAllowed(crate.license ?? "", PERMISSIVE)) {
      throw new Failure(`${crate.name} may not be compiled in: its licence is ${crate.license}`, {
        todo: "use another crate, or add the licence to PERMISSIVE in scripts/components.mjs",
      });
    }
    for (const text of licenceTexts(crate))
      texts.set(text, [...(texts.get(text) ?? []), `${crate.name} ${crate.version}`]);
  }
  const library = "Rust's standard library (https://github.com/rust-lang/rust)";
  texts.set(apache, [...(texts.get(apache) ?? []), library]);
  const parts = [...texts].map(([text, names]) => `${names.join("\n")}\n\n${text}\n`);
  const first = "The WebAssembly beside this file contains work of others, under these licences.";
  return `${first}\n\n${parts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

const apache = readFileSync(join(root, "LICENSE-APACHE"), "utf8").trim();

/** The texts that must go with a crate: of one licence where there is a choice. */
function licenceTexts({ name, license, manifest_path }) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const choice = !/ AND /.test(license);
  const mit = choice ? files.filter((file) => /mit/i.test(file)) : [];
  const chosen = mit.length > 0 ? mit : files;
  if (chosen.length > 0)
    return chosen.map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r", "").trim());
  // Some crates of several in one repository leave their licences there.
  if (isAllowed(license, ["Apache-2.0"])) return [apache];
  throw new Failure(`${name} comes without the text of its licence, ${license}`);
}

/** CycloneDX of all packages of Cargo.lock and package-lock.json. What is published is `required`. */
export function billOfMaterials() {
  const bill = npmBill();
  const published = [
    ["--no-default-features", "--features", "package,checks"],
    ["--features", "edge"],
  ]
    .flatMap((options) => compiledCrates(...options))
    .map(({ id }) => id);
  const { packages, resolve } = cargoMetadata("--all-features");
  const checksums = checksumsOf(readFileSync(join(root, "Cargo.lock"), "utf8"));
  const foreign = packages.filter(({ source }) => source).sort((a, b) => (a.id < b.id ? -1 : 1));
  const ref = new Map(packages.map(({ id, name, version }) => [id, `pkg:cargo/${name}@${version}`]));
  const crates = foreign.map(({ id, name, version, license, description }) => ({
    "bom-ref": ref.get(id),
    type: "library",
    name,
    version,
    ...(description && { description: description.trim() }),
    scope: published.includes(id) ? "required" : "excluded",
    hashes: [{ alg: "SHA-256", content: checksums.get(`${name} ${version}`) }],
    licenses: [{ expression: license.replaceAll("/", " OR ") }],
    purl: ref.get(id),
  }));
  const own = packages.filter(({ source }) => !source).map(({ id }) => id);
  const needs = new Map(resolve.nodes.map(({ id, dependencies }) => [id, dependencies]));
  const requires = [...new Set(own.flatMap((id) => needs.get(id)))]
    .filter((id) => !own.includes(id))
    .map((id) => ref.get(id))
    .sort();
  const { component } = bill.metadata;
  const top = bill.dependencies.find((each) => each.ref === component["bom-ref"]);
  top.dependsOn = [...top.dependsOn, ...requires];
  return {
    ...bill,
    components: [...bill.components, ...crates],
    dependencies: [
      ...bill.dependencies,
      ...foreign.map(({ id }) => ({ ref: ref.get(id), dependsOn: needs.get(id).map((other) => ref.get(other)) })),
    ],
  };
}

/** npm's own bill, without what differs from one run to the next: the time, a random number, the folder's name. */
function npmBill() {
  const bill = JSON.parse(
    output("npm", ["sbom", "--package-lock-only", "--sbom-format", "cyclonedx", "--sbom-type", "application"]),
  );
  delete bill.serialNumber;
  delete bill.metadata.timestamp;
  bill.metadata.component.name = "intercom-edge";
  // npm calls what only builds and tests "optional", which to CycloneDX is what a product may lack.
  for (const component of bill.components) {
    const isTool = component.properties.some(
      ({ name, value }) => name === "cdx:npm:package:development" && value === "true",
    );
    // An optional peer, such as workerd, is not part of what is published either.
    if (isTool || component.scope === "optional") component.scope = "excluded";
  }
  return bill;
}

function cargoMetadata(...options) {
  return JSON.parse(output("cargo", ["metadata", "--locked", "--format-version", "1", ...options], wasmEnv()));
}

function checksumsOf(lock) {
  const entries = lock.matchAll(/name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(.+)"/g);
  return new Map([...entries].map(([, name, version, checksum]) => [`${name} ${version}`, checksum]));
}

function output(command, args, env = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, PATH: path, ...env },
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status === 0) return stdout;
  throw new Failure(`${[command, ...args].join(" ")} ended with ${status}`, { why: error?.message ?? stderr.trim() });
}

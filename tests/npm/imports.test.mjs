// Imports of Rust point one way: between the folders of a source root there is no cycle, and none between the
// files and folders that lie side by side in a folder. A folder's mod.rs is the parent of its files: imports
// between a parent and its own children are allowed.

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";

/** The source roots that are checked, and the path by which their files import each other. */
const ROOTS = [
  { folder: "sandbox/src", path: "crate" },
  { folder: "src/edge", path: "crate::edge" },
  { folder: "src/directory", path: "crate::directory" },
];

/**
 * Returns the imports of each file: from its module path to those of the modules that it names, without the root.
 * @param {Map<string, string>} sources the text of each file, by module path: `a::b` for `a/b.rs`, `a` for `a/mod.rs`
 * @param {string} path the path of the root in an import: `crate`, or `crate::edge`
 */
function importsOf(sources, path) {
  const code = new Map([...sources].map(([module, text]) => [module, shippedCode(text)]));
  const reexports = new Map([...code].map(([module, text]) => [module, reexportsOf(text)]));

  /** The module that a path names: the longest part that is a module, through re-exports. */
  function resolve(module, segments, depth = 0) {
    let at = module;
    for (const [index, segment] of segments.entries()) {
      const child = at ? `${at}::${segment}` : segment;
      if (code.has(child)) {
        at = child;
        continue;
      }
      const target = depth < 8 && reexports.get(at)?.get(segment);
      return target ? (locate(at, [...target, ...segments.slice(index + 1)], depth + 1) ?? at) : at;
    }
    return at;
  }

  /** The module that a path in a file names; `undefined` if it is outside of the root. */
  function locate(module, segments, depth = 0) {
    const parents = module ? module.split("::") : [];
    const prefix = path.split("::");
    if (prefix.every((segment, index) => segments[index] === segment)) {
      return resolve("", segments.slice(prefix.length), depth);
    }
    if (segments[0] === "self") return resolve(module, segments.slice(1), depth);
    if (segments[0] === "super") {
      const up = segments.findIndex((segment) => segment !== "super");
      const ancestor = parents.slice(0, parents.length - up).join("::");
      return up < 0 || up > parents.length ? undefined : resolve(ancestor, segments.slice(up), depth);
    }
    const child = module ? `${module}::${segments[0]}` : segments[0];
    return code.has(child) ? resolve(child, segments.slice(1), depth) : undefined;
  }

  return new Map(
    [...code].map(([module, text]) => {
      const named = pathsOf(text).map((segments) => locate(module, segments));
      return [module, new Set(named.filter((target) => target !== undefined && target !== module))];
    }),
  );
}

/** Without comments, and without unit tests, which may import what stands above their file. */
const shippedCode = (text) => text.replaceAll(/\/\/.*$/gm, "").replace(/#\[cfg\(test\)\]\s*mod tests \{[\s\S]*$/, "");

/** All paths in a text: those of `use`, each branch of a tree apart, and those in the code itself. */
function pathsOf(text) {
  const uses = [...text.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => branches(tree));
  const used = new Map(uses.map(({ name, segments }) => [name, segments]));
  const inline = [...text.replaceAll(/\buse\s+[^;]+;/g, "").matchAll(/\b[a-z_]\w*(?:::\w+)+/g)].map(([found]) => {
    const [first, ...rest] = found.split("::");
    return [...(used.get(first) ?? [first]), ...rest];
  });
  return [...uses.map(({ segments }) => segments), ...inline];
}

/** The names that `pub use` makes available in a module, each with its path. */
function reexportsOf(text) {
  const uses = [...text.matchAll(/\bpub(?:\([^)]*\))?\s+use\s+([^;]+);/g)];
  return new Map(uses.flatMap(([, tree]) => branches(tree)).map(({ name, segments }) => [name, segments]));
}

/** The branches of a `use` tree: `a::{b, c as d}` is `a::b` and `a::c`, which is named `d`. */
function branches(tree, before = []) {
  const open = tree.indexOf("{");
  if (open < 0) {
    const [path, name] = tree.trim().split(/\s+as\s+/);
    const segments = [...before, ...path.split("::").filter((segment) => segment && segment !== "*")];
    if (segments.length > 1 && segments.at(-1) === "self") segments.pop();
    return [{ segments, name: name ?? segments.at(-1) }];
  }
  const stem = tree.slice(0, open).split("::");
  const path = [...before, ...stem.map((segment) => segment.trim()).filter(Boolean)];
  const parts = [];
  let [depth, part] = [0, ""];
  for (const letter of tree.slice(open + 1, tree.lastIndexOf("}"))) {
    if (letter === "," && depth === 0) {
      parts.push(part);
      part = "";
      continue;
    }
    depth += { "{": 1, "}": -1 }[letter] ?? 0;
    part += letter;
  }
  return [...parts, part].filter((text) => text.trim()).flatMap((text) => branches(text, path));
}

/** The cycles between the children of each folder, as lines that name an import for each step. */
function cyclesIn(imports) {
  const edges = new Map();
  for (const [from, targets] of imports) {
    for (const to of targets) {
      const [a, b] = [from.split("::"), to.split("::")];
      let shared = 0;
      while (shared < Math.min(a.length, b.length) && a[shared] === b[shared]) shared += 1;
      // One of them is the parent of the other.
      if (shared === a.length || shared === b.length || !from || !to) continue;
      const folder = a.slice(0, shared).join("::");
      const steps = edges.get(folder) ?? edges.set(folder, new Map()).get(folder);
      const next = steps.get(a[shared]) ?? steps.set(a[shared], new Map()).get(a[shared]);
      next.set(b[shared], `${from} -> ${to}`);
    }
  }
  return [...edges].flatMap(([folder, steps]) => {
    const cycle = cycleOf(steps);
    if (!cycle) return [];
    const lines = cycle.map((name, index) => steps.get(name).get(cycle[(index + 1) % cycle.length]));
    return [`${folder || "the root"}: ${lines.join(", ")}`];
  });
}

/** One cycle of a graph, or `undefined`. */
function cycleOf(steps) {
  const done = new Set();
  function visit(name, trail) {
    if (trail.includes(name)) return trail.slice(trail.indexOf(name));
    if (done.has(name)) return undefined;
    for (const next of steps.get(name)?.keys() ?? []) {
      const cycle = visit(next, [...trail, name]);
      if (cycle) return cycle;
    }
    done.add(name);
    return undefined;
  }
  for (const name of steps.keys()) {
    const cycle = visit(name, []);
    if (cycle) return cycle;
  }
  return undefined;
}

/** The text of each Rust file under a folder, by its module path. */
function sourcesIn(folder) {
  const files = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".rs"));
  return new Map(
    files.map((file) => {
      const isParent = ["mod.rs", "lib.rs", "main.rs"].includes(basename(file));
      const module = isParent ? dirname(file) : file.slice(0, -".rs".length);
      return [module === "." ? "" : module.split(sep).join("::"), readFileSync(join(folder, file), "utf8")];
    }),
  );
}

test.each(ROOTS)("the imports of $folder form no cycle", ({ folder, path }) => {
  const sources = sourcesIn(join(root, folder));
  const imports = importsOf(sources, path);
  expect(sources.size).toBeGreaterThan(1);
  expect([...imports.values()].filter((targets) => targets.size > 0).length).toBeGreaterThan(sources.size / 2);
  expect(cyclesIn(imports)).toEqual([]);
});

test.each(ROOTS)("no file of $folder reaches past its parent with super::super", ({ folder }) => {
  const reaching = [...sourcesIn(join(root, folder))].filter(([, text]) => text.includes("super::super"));
  expect(reaching.map(([module]) => module)).toEqual([]);
});

const cycles = (files, path = "crate") => cyclesIn(importsOf(new Map(Object.entries(files)), path));

test("a cycle is found, whatever the form of its imports", () => {
  const b = "use crate::a::c;";
  expect(cycles({ a: "", "a::c": "use crate::b::Thing;", b: "" })).toEqual([]);
  expect(cycles({ a: "", "a::c": "#[cfg(test)]\nmod tests {\n    use crate::b::Thing;\n}\n", b })).toEqual([]);
  for (const import_ of [
    "use crate::b::Thing;",
    "use crate::{\n    b::{self, Thing},\n};",
    "fn f() { crate::b::f() }",
    "use super::super::b;",
    "use crate::b as other;",
  ]) {
    expect(cycles({ a: "", "a::c": import_, b }), import_).toEqual(["the root: a::c -> b, b -> a::c"]);
  }
  expect(cycles({ a: "mod c; mod d;", "a::c": "use super::d;", "a::d": "use crate::a::c;" })).toEqual([
    "a: a::c -> a::d, a::d -> a::c",
  ]);
  const named = { a: "", "a::c": "use crate::a;\nfn f() { a::d::f() }", "a::d": "use crate::a::c;" };
  expect(cycles(named)).toEqual(["a: a::c -> a::d, a::d -> a::c"]);
  const through = { a: "pub(crate) use c::f;", "a::c": "use crate::a::d;", "a::d": "use crate::a::f;" };
  expect(cycles(through)).toEqual(["a: a::c -> a::d, a::d -> a::c"]);
  expect(cycles({ a: "use crate::edge::b;", b: "use crate::edge::a;" }, "crate::edge")).toHaveLength(1);
});

test("a parent and its children may import each other, and comments import nothing", () => {
  expect(cycles({ a: "use b::f;", "a::b": "use crate::a::Thing;" })).toEqual([]);
  expect(cycles({ a: "// use crate::b;", b: "use crate::a;" })).toEqual([]);
});

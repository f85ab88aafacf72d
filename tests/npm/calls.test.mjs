// Each call is written once, in Rust: TypeScript names the crate's functions, and no operation.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";

const sources = readdirSync(join(root, "js"), { recursive: true })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => [file, readFileSync(join(root, "js", file), "utf8")]);
const codeOf = (text) => text.replace(/\/\*.*?\*\//gs, "").replace(/(^|\s)\/\/.*/g, "");

test("no operation, and no path of Intercom's or of the Worker's, is written in js/", () => {
  expect(sources.length).toBeGreaterThan(20);
  const roots =
    "edge contacts companies conversations admins me tags segments notes events data_attributes messages visitors";
  const paths = new RegExp(`(?:GET|POST|PUT|DELETE) /|["'\`}]/(?:${roots.replaceAll(" ", "|")})\\b`, "g");
  for (const [file, text] of sources) expect(codeOf(text).match(paths) ?? [], file).toEqual([]);
});

test("every export of the crate's calls is called, and nothing else", () => {
  const declared = readFileSync(join(root, "dist/wasm/browser.d.ts"), "utf8").split("export interface Exports")[1];
  const exported = [...declared.matchAll(/^ {2}(\w+)\((?:exchange|ticket): any/gm)].map(([, name]) => name);
  expect(exported.length).toBeGreaterThan(60);
  const code = sources.map(([, text]) => codeOf(text)).join("\n");
  const called = new Set([...code.matchAll(/\bcalls\.(\w+)/g)].map(([, name]) => name));
  // A batch's three verbs are one line.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is looked for in source code
  for (const verb of code.includes("calls[`batch_${verb}`]") ? ["pause", "resume", "cancel"] : [])
    called.add(`batch_${verb}`);
  expect([...called].sort()).toEqual(exported.sort());
});

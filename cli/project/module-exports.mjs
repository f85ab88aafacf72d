// The names that a JavaScript or TypeScript module exports, found without a parser: enough for the main module of a
// Worker. wrangler checks the exports again when it bundles.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Strings, template literals and comments. Only strings stay, because they name modules. */
const TOKENS = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

/**
 * Returns the names that the module `file` with the text `code` exports. `known` maps modules that are not files of the
 * project, such as a package's, to the names that they export. Files that it re-exports with `*` are read too.
 */
export function exportsOf(file, code, known, seen = new Set()) {
  seen.add(file);
  const plain = code.replace(TOKENS, (token) => (/^["']/.test(token) ? token : token.startsWith("`") ? "``" : " "));
  const names = new Set();
  for (const [, list] of plain.matchAll(/\bexport\s*(?:const|let|var)?\s*\{([^}]*)\}/g)) {
    for (const each of list.split(","))
      names.add(
        each
          .trim()
          .split(/[\s:]+/)
          .at(-1),
      );
  }
  const declared = /\bexport\s+(?:abstract\s+)?(?:class|const|let|var|(?:async\s+)?function\b\s*\*?)\s*([\w$]+)/g;
  for (const [, name] of plain.matchAll(declared)) names.add(name);
  for (const [, , from] of plain.matchAll(/\bexport\s*\*\s*from\s*(["'])(.+?)\1/g)) {
    for (const name of known[from] ?? exportsOfFile(resolve(dirname(file), from), known, seen)) names.add(name);
  }
  return names;
}

function exportsOfFile(file, known, seen) {
  if (seen.has(file)) return [];
  try {
    return exportsOf(file, readFileSync(file, "utf8"), known, seen);
  } catch {
    // A package, or a file whose name the bundler completes.
    return [];
  }
}

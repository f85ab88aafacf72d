// `intercom-edge upgrade`: adds to a Worker project what a later version of this package's Worker needs.
import { existsSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { exportsOf } from "../project/module-exports.mjs";
import {
  classesOf,
  missingBindings,
  missingMigrations,
  requiredObjects,
  sectionLabel,
  sectionNames,
  sectionOf,
} from "../project/requirements.mjs";
import { withAdded } from "../project/toml-edit.mjs";
import { parseConfig, readProjectFile, shown } from "../wrangler-config.mjs";

export const summary = "adds the bindings, migrations and exports that a new version needs";

export const help = (command) => `${command} [--check] [--config <file>]

Compares wrangler.toml and its main module with what the Worker of this package needs: bindings and migrations of
Durable Objects, at the top level and in each environment, and exported classes. Adds what is missing, and changes
nothing else.

  --check           only reports; the exit code is 1 if something is missing
  --config <file>   another file than wrangler.toml`;

const WORKER = "intercom-edge/worker";
const EXPORT = `export * from "${WORKER}";`;

export async function run(args) {
  const given = optionsFrom(args, ["config"], { flags: ["check"] });
  const file = resolve(given.config ?? defaultFile());
  const text = readProjectFile(file);
  const config = await parseConfig(file, text);
  const required = await requiredObjects();

  const additions = additionsTo(config, required);
  const modules = modulesWithoutExports(file, config, required);
  const missing = [
    ...additions.map(({ what }) => `${shown(file)}: ${what}`),
    ...modules.map((module) => `${shown(module.file)}: it does not export ${module.classes.join(", ")}`),
  ];
  if (missing.length === 0) return console.log(`✓ ${shown(file)} has all that this version needs.`);
  console.log(`This version needs more:\n${missing.map((line) => `  - ${line}`).join("\n")}`);
  if (given.check) {
    console.log("\nTo add it, run this command without --check.");
    process.exitCode = 1;
    return;
  }
  const changes = [
    ...(additions.length > 0 ? [{ file, text: await edited(file, text, additions, modules) }] : []),
    ...modules.map((module) => ({ file: module.file, text: withExport(module) })),
  ];
  writeAll(changes);
  console.log(`
✓ Added to ${changes.map((change) => shown(change.file)).join(" and ")}. Look at the change, and then:
  npx intercom-edge deploy --dry-run
After a deployment with a new migration, Cloudflare does not roll back to a version before it.`);
}

/** wrangler's own order is another one, but the commands of this package read wrangler.toml. */
const defaultFile = () =>
  ["wrangler.toml", "wrangler.jsonc", "wrangler.json"].find((name) => existsSync(name)) ?? "wrangler.toml";

/** The tables to add to the configuration: `tables` at the end of the array at `path`, and `what` in words. */
function additionsTo(config, required) {
  const prefix = (section) => (section ? ["env", section] : []);
  const bindings = missingBindings(config, required).map(({ section, objects }) => ({
    what: `${sectionLabel(section)} lacks the bindings ${objects.map(({ name }) => name).join(", ")}`,
    path: [...prefix(section), "durable_objects", "bindings"],
    tables: objects,
  }));
  const migrations = missingMigrations(config, required).map(({ section, tag, classes }) => ({
    what: `no migration creates the classes ${classes.join(", ")}${section && ` in ${sectionLabel(section)}`}`,
    path: [...prefix(section), "migrations"],
    tables: [{ tag, new_sqlite_classes: classes }],
  }));
  return [...bindings, ...migrations];
}

/** The main modules of all sections that lack exports of classes. */
function modulesWithoutExports(file, config, required) {
  const known = { [WORKER]: required.map(({ class_name }) => class_name) };
  const wanted = new Map();
  for (const name of sectionNames(config)) {
    const section = sectionOf(config, name);
    const main = section.main ?? config.main;
    if (!main) throw new Failure(`${shown(file)} has no main module`, { todo: 'add main = "src/index.js"' });
    const path = resolve(dirname(file), main);
    wanted.set(path, [...(wanted.get(path) ?? []), ...classesOf(section, required)]);
  }
  return [...wanted]
    .map(([path, classes]) => {
      const code = readProjectFile(path);
      const exported = exportsOf(path, code, known);
      return { file: path, code, classes: [...new Set(classes)].filter((name) => !exported.has(name)) };
    })
    .filter(({ classes }) => classes.length > 0);
}

/** Returns wrangler.toml with the additions, if the result is what was intended. */
async function edited(file, text, additions, modules) {
  if (/\.jsonc?$/.test(file)) throw byHand("This command can change only wrangler.toml", file, additions, modules);
  const intended = await parseConfig(file, text);
  let result = text;
  try {
    for (const { path, tables } of additions) {
      arrayAt(intended, path).push(...tables);
      result = withAdded(result, path, tables);
    }
    if (isDeepStrictEqual(plain(await parseConfig(file, result)), plain(intended))) return result;
  } catch {
    // The text is written in a way that the edit does not know.
  }
  throw byHand(`${shown(file)} can't be changed automatically`, file, additions, modules);
}

/** Plain objects: those of the TOML parser have no prototype. */
const plain = (config) => JSON.parse(JSON.stringify(config));

/** The array at a path, which is created if it is missing. */
function arrayAt(config, path) {
  let place = config;
  for (const key of path.slice(0, -1)) {
    place[key] ??= {};
    place = place[key];
  }
  place[path.at(-1)] ??= [];
  return place[path.at(-1)];
}

/** The error with the lines to add. Nothing has been changed. */
function byHand(what, file, additions, modules) {
  const json = /\.jsonc?$/.test(file);
  const parts = additions.map(({ path, tables }) =>
    json
      ? `${path.join(".")}:\n${tables.map((table) => `${JSON.stringify(table)},`).join("\n")}`
      : withAdded("", path, tables),
  );
  const lines = modules.map((module) => `${shown(module.file)}:\n${EXPORT}`);
  return new Failure(what, {
    why: ["Nothing was changed.", ...parts.map((part) => part.trimEnd()), ...lines].join("\n\n"),
    todo: `add the lines above to ${[file, ...modules.map((module) => module.file)].map(shown).join(" and ")} yourself`,
  });
}

function withExport({ code }) {
  const eol = code.includes("\r\n") ? "\r\n" : "\n";
  return `${code}${code === "" || code.endsWith("\n") ? "" : eol}${EXPORT}${eol}`;
}

/** Writes all files beside the old ones first, so that a full disk, for example, changes none of them. */
function writeAll(changes) {
  const written = [];
  try {
    for (const { file, text } of changes) {
      const place = realpathSync(file);
      const unfinished = `${place}.${process.pid}.tmp`;
      written.push({ place, unfinished });
      writeFileSync(unfinished, text, { flag: "wx", mode: statSync(place).mode });
    }
  } catch (error) {
    for (const { unfinished } of written) rmSync(unfinished, { force: true });
    throw error;
  }
  for (const { place, unfinished } of written) renameSync(unfinished, place);
}

// A Worker's configuration: wrangler.toml, or wrangler.jsonc.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { Failure } from "./failure.mjs";

/**
 * Reads a wrangler.toml. `environment` selects a section `[env.<name>]`; the top level is the environment without a
 * name. wrangler does not let an environment inherit the variables, the bindings of Durable Objects and the rate
 * limits.
 *
 * Returns the paths of the `main` module and of the folder of `assets`, the `compatibilityDate`, the
 * `compatibilityFlags` and the `durableObjects` (`{ name, class_name }`).
 */
export async function readWranglerConfig(file, environment = "") {
  const config = await parsedConfig(file, environment);
  const section = environment ? config.env[environment] : config;
  const path = (text) => (text === undefined ? undefined : resolve(dirname(file), text));
  return {
    main: path(section.main ?? config.main),
    assets: path((section.assets ?? config.assets)?.directory),
    compatibilityDate: section.compatibility_date ?? config.compatibility_date,
    compatibilityFlags: section.compatibility_flags ?? config.compatibility_flags ?? [],
    durableObjects: section.durable_objects?.bindings ?? [],
  };
}

/** Reads a file of a Worker project: its configuration, or a module that this names. */
export function readProjectFile(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Failure(`${shown(file)} can't be read`, {
      why: error.message,
      todo: "run this in the folder of your Worker, or name its file with --config",
    });
  }
}

/** Reads and parses a wrangler.toml, wrangler.jsonc or wrangler.json, which must have the environment. */
export async function parsedConfig(file, environment = "") {
  const config = await parseConfig(file, readProjectFile(file));
  const environments = Object.keys(config.env ?? {});
  if (!environment || environments.includes(environment)) return config;
  const defined = environments.length > 0 ? `It has ${environments.join(", ")}.` : "It has none.";
  throw new Failure(`The environment ${environment} is missing from ${shown(file)}`, {
    why: `An environment is a section [env.<name>]. ${defined}`,
    todo: `correct the name, or add a section [env.${environment}]: docs/deploy.md, "Environments"`,
  });
}

/** Parses the text of a configuration, and checks the types of what the commands read. */
export async function parseConfig(file, text) {
  const config = await parsed(file, text);
  const wrong = wrongIn(config) ?? wrongInEnvironments(config);
  if (!wrong) return config;
  throw new Failure(`${shown(file)} is invalid`, { why: `${wrong}.`, todo: "compare it with docs/deploy.md" });
}

const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Returns what is wrong with the types in a section. */
function wrongIn(section) {
  if (!isTable(section)) return "a section must be a table";
  const { migrations, ratelimits, vars = {}, main, compatibility_date, assets, durable_objects } = section;
  const lists = { migrations, ratelimits, "durable_objects.bindings": durable_objects?.bindings };
  const list = Object.keys(lists).find((name) => !(lists[name] ?? []).every?.(isTable));
  if (list) return `${list} must be a list of tables`;
  const texts = { main, compatibility_date, "assets.directory": assets?.directory };
  const text = Object.keys(texts).find((name) => !["undefined", "string"].includes(typeof texts[name]));
  if (text) return `${text} must be a text in quotes`;
  return isTable(vars) ? undefined : "vars must be a table";
}

function wrongInEnvironments({ env = {} }) {
  if (!isTable(env)) return "env must be a table";
  const problems = Object.entries(env).map(([name, section]) => [name, wrongIn(section)]);
  const [name, wrong] = problems.find(([, problem]) => problem) ?? [];
  return wrong && `[env.${name}]: ${wrong}`;
}

async function parsed(file, text) {
  const json = /\.jsonc?$/.test(file);
  // Imported here, because the scripts of a fresh clone start before its packages are installed.
  const { parse } = await import("smol-toml");
  try {
    return json ? JSON.parse(withoutComments(text)) : parse(text);
  } catch (error) {
    throw new Failure(`${shown(file)} is not valid ${json ? "JSON" : "TOML"}`, { why: error.message });
  }
}

/** Turns JSON with comments and trailing commas, which wrangler allows, into JSON. */
function withoutComments(text) {
  const string = /"(?:\\.|[^"\\])*"/.source;
  const keepStrings = (part) => (part.startsWith('"') ? part : "");
  return text
    .replace(new RegExp(`${string}|//[^\\n]*|/\\*[\\s\\S]*?\\*/`, "g"), keepStrings)
    .replace(new RegExp(`${string}|,(?=\\s*[}\\]])`, "g"), keepStrings);
}

/** A path as people write it in this folder. */
export const shown = (file) => relative(process.cwd(), file) || file;

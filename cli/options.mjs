// The options of a command.
import { parseArgs } from "node:util";
import { Failure } from "./failure.mjs";

/** Reads options that take a value, and `flags`, which take none. An unknown option is a {@link Failure}. */
export function optionsFrom(args, names, { flags = [], positionals = 0 } = {}) {
  let parsed;
  try {
    parsed = parseArgs({
      args,
      allowPositionals: positionals > 0,
      options: Object.fromEntries([
        ...names.map((name) => [name, { type: "string" }]),
        ...flags.map((name) => [name, { type: "boolean" }]),
      ]),
    });
  } catch (error) {
    throw new Failure(error.message.split(/\.\s/)[0], { todo: "--help lists all options" });
  }
  if (parsed.positionals.length > positionals) {
    throw new Failure(`Unexpected argument '${parsed.positionals[positionals]}'`, { todo: "--help lists all options" });
  }
  const empty = names.find((name) => parsed.values[name] === "");
  if (empty) throw new Failure(`--${empty} needs a value`, { todo: "--help lists all options" });
  return { ...parsed.values, ...(positionals > 0 && { positionals: parsed.positionals }) };
}

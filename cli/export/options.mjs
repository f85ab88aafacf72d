// The options of `intercom-edge export`.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { portOf } from "../run/ports.mjs";

/** The objects that can be exported. */
export const OBJECTS = ["contacts", "users", "leads", "companies", "conversations"];

const VALUES = ["url", "key-file", "format", "fields", "since", "since-file", "overlap", "output", "removals"];

/** Reads and checks the options. */
export function exportOptions(args) {
  const given = optionsFrom(args, VALUES, { flags: ["restart", "quiet"], positionals: 1 });
  const [objects = "contacts"] = given.positionals;
  const { format = "ndjson", since, "since-file": sinceFile, output, restart = false, quiet = false } = given;
  if (!OBJECTS.includes(objects)) {
    throw new Failure(`There is no export of ${objects}`, { todo: `use one of ${OBJECTS.join(", ")}` });
  }
  if (!["ndjson", "csv"].includes(format)) throw new Failure(`--format must be ndjson or csv, not ${format}`);
  checkSince({ objects, format, since, sinceFile });
  if (restart && !output) throw new Failure("--restart needs --output: only a file is continued");
  const url = urlOf(given);
  return {
    url,
    key: callerKey(given["key-file"], url),
    objects,
    format,
    fields: given.fields?.split(",").map((name) => name.trim()),
    since: since ?? (sinceFile && tokenIn(sinceFile)),
    sinceFile,
    overlap: overlapOf(given.overlap),
    output,
    removals: removalsOf(given, { objects, format }),
    restart,
    quiet,
  };
}

function checkSince({ objects, format, since, sinceFile }) {
  if (since && sinceFile) throw new Failure("Use either --since or --since-file");
  if (objects === "companies" && (since || sinceFile)) {
    throw new Failure("Intercom can't search companies by the time of their last change", {
      todo: "export all companies, without --since and --since-file",
    });
  }
  if (format === "csv" && sinceFile) {
    throw new Failure("--since-file needs NDJSON: a CSV file contains no token for the next run", {
      todo: "use --format ndjson, or --since with a time",
    });
  }
}

/** Returns the file for the removed contacts, if it is given. */
function removalsOf({ removals, since, "since-file": sinceFile, output }, { objects, format }) {
  if (removals === undefined) return undefined;
  const areKnown = ["contacts", "users", "leads"].includes(objects) && format === "ndjson" && (since || sinceFile);
  if (!areKnown) {
    throw new Failure("--removals is for exports of contacts that changed", {
      todo: "use it with contacts, users or leads, with --since or --since-file, and without --format csv",
    });
  }
  if (output && resolve(output) === resolve(removals)) throw new Failure("--removals and --output must be two files");
  return removals;
}

function urlOf(given) {
  const [, port] = portOf({}, "port", "PORT", 8787);
  const text = given.url ?? `http://localhost:${port}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!["http:", "https:"].includes(url?.protocol) || url.username || url.search || url.hash) {
    throw new Failure(`--url is the address of a Worker, such as https://intercom-edge.example.workers.dev`);
  }
  return text.replace(/\/+$/, "");
}

function overlapOf(text) {
  if (text === undefined) return undefined;
  if (/^\d{1,5}$/.test(text) && Number(text) <= 86_400) return Number(text);
  throw new Failure(`--overlap must be a whole number of seconds from 0 to 86400, not ${text}`);
}

/** Reads the token of the last run; undefined before the first run. */
function tokenIn(file) {
  if (!existsSync(file)) return undefined;
  const token = textIn(file, "--since-file");
  if (/^[\w-]+$/.test(token)) return token;
  throw new Failure(`${file} does not contain the token of an export`, {
    todo: "remove it to export everything once more, or use another --since-file",
  });
}

/** Reads the caller key, and where it comes from. It is no option: other users of the computer can read those. */
function callerKey(file, url) {
  const found = keyFrom(file, url);
  if (!found) {
    throw new Failure("There is no caller key", {
      why: "An export needs a caller key with a scope such as contacts:read.",
      todo: "write the key to a file and add --key-file <file>, or set the environment variable CALLER_KEY",
    });
  }
  if (/^[\x21-\x7e]+$/.test(found.key)) return found;
  throw new Failure(`The caller key in ${found.place} is invalid`, {
    why: "A caller key has visible ASCII characters, without spaces and line breaks.",
    todo: `correct ${found.place}`,
  });
}

function keyFrom(file, url) {
  if (file) return { key: textIn(file, "--key-file"), place: file };
  if (process.env.CALLER_KEY) return { key: process.env.CALLER_KEY, place: "CALLER_KEY" };
  // The key that `intercom-edge dev` keeps here is of no use elsewhere, and should not be sent there.
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
  const local = join(".intercom-edge", "caller-key");
  return isLocal && existsSync(local) ? { key: textIn(local, "--key-file"), place: local } : undefined;
}

function textIn(file, option) {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    throw new Failure(`${file} can't be read`, { why: error.message, todo: `use another ${option}` });
  }
}

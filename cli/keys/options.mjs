// The options of the command `key`.
import { readFileSync } from "node:fs";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { built } from "../package.mjs";
import { isName } from "./entries.mjs";
import { PRESETS } from "./presets.mjs";

/** What the command can do, each with the options that only it has. */
const ACTIONS = {
  create: ["name", "preset", "scopes", "expires", "origins", "same-as"],
  rotate: ["name", "until", "expires"],
  remove: [],
  list: [],
  put: [],
};
const ACTION_OPTIONS = [...new Set(Object.values(ACTIONS).flat())];
const COMMON = ["file", "secret", "env", "config"];

/** Reads the options. Returns the `action`, the checked values, and `put`: set the Worker's secret. */
export function keyOptions(args, now) {
  const given = optionsFrom(args, [...ACTION_OPTIONS, "rotate", "remove", ...COMMON], { flags: ["list", "put"] });
  const { secret = "CALLER_KEYS", config = "wrangler.toml", env: environment = "", file, put = false } = given;
  const action = actionOf(given);
  if (!/^CALLER_KEYS(_[1-9]\d*)?$/.test(secret) || secret === "CALLER_KEYS_1")
    throw wrong("--secret must be CALLER_KEYS, CALLER_KEYS_2, CALLER_KEYS_3 …");
  checkFile(action, given);
  const read = (name, check) => (given[name] === undefined ? undefined : check(given[name], name));
  const checked = {
    name: read("name", nameOf),
    sameAs: read("same-as", nameOf),
    origins: read("origins", originsOf),
    expiresAt: read("expires", (text, name) => timeOf(text, name, now)),
    until: timeOf(given.until ?? "7d", "until", now),
    scopes: action === "create" ? scopesOf(given) : undefined,
  };
  return {
    action,
    ...checked,
    target: given[action],
    file,
    put,
    secret,
    config,
    environment,
    atWorker: Boolean(put || given.env || given.config),
  };
}

function actionOf(given) {
  const named = ["rotate", "remove", "list"].filter((name) => given[name] !== undefined);
  if (named.length > 1) throw wrong(`Use only one of --${named.join(" and --")}`);
  const used = ACTION_OPTIONS.filter((name) => given[name] !== undefined);
  const action = named[0] ?? (given.put && used.length === 0 ? "put" : "create");
  if (action === "create" && given.name === undefined) throw wrong("--name is required");
  const other = used.find((name) => !ACTIONS[action].includes(name));
  if (other) throw wrong(`--${other} can't be used ${action === "create" ? "without --rotate" : `with --${action}`}`);
  return action;
}

function checkFile(action, { file, put }) {
  if (file === undefined && (put || action !== "create")) {
    throw new Failure(`--${put ? "put" : action} needs --file`, {
      why: "Cloudflare does not show a secret again, so the file with its line is the source.",
      todo: "name the file with the line of the secret: --file caller-keys.json",
    });
  }
  if (put && action === "list") throw wrong("--list changes nothing, so it can't be used with --put");
  if (put && file === "-") throw wrong("--put needs a file, which keeps the line: --file caller-keys.json");
}

function nameOf(text, option) {
  if (isName(text)) return text;
  throw wrong(`--${option} must have 1 to 64 letters, digits, \`.\`, \`_\` and \`-\``);
}

/** The scopes of the preset and those of --scopes. Each must be one that this build of the Worker knows. */
function scopesOf({ preset, scopes: text }) {
  if (preset !== undefined && !Object.hasOwn(PRESETS, preset)) {
    throw new Failure(`Unknown preset ${preset}`, { todo: `use one of ${Object.keys(PRESETS).join(", ")}` });
  }
  const known = ["*", "*:read", ...scopeNames()];
  const own = preset === undefined ? [] : PRESETS[preset].scopes;
  const missing = own.find((scope) => !known.includes(scope));
  if (missing) {
    throw new Failure(`The preset ${preset} has the scope ${missing}, which the built Worker does not know`, {
      todo: "install the package again, or in the clone run: npm run build",
    });
  }
  const more = text === undefined ? [] : listed(text);
  const unknown = more.find((scope) => !known.includes(scope));
  if (unknown) {
    throw new Failure(`Unknown scope ${unknown}`, {
      todo: "list the scopes with npx intercom-edge key --help; *:read grants all read-only scopes, * all scopes",
    });
  }
  if (own.length + more.length === 0) throw wrong("--preset or --scopes is required");
  return [...new Set([...own, ...more])];
}

/** Returns a time in seconds since 1970. */
function timeOf(text, option, now) {
  const days = text.match(/^([1-9]\d{0,3})d$/)?.[1];
  const time = days ? now + days * 86_400 : /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) / 1000 : NaN;
  // JavaScript takes the 30th of February for the 2nd of March.
  const real = days || (time && new Date(time * 1000).toISOString().startsWith(text));
  if (!real || time <= now)
    throw wrong(`--${option} must be a future date such as 2027-01-31, or a number of days such as 90d`);
  return Math.floor(time);
}

function originsOf(text) {
  const origins = listed(text);
  // URL doesn't know the origins of apps and extensions. The Worker's rule is in src/edge/access/cors.rs.
  const other =
    /^(?!(?:https?|about|blob|data|file|filesystem|ftp|javascript|null|wss?):)[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/;
  const known = (origin) =>
    other.test(origin) || (/^https?:/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin);
  if (!origins.every(known) || origins.length === 0)
    throw wrong("--origins must be like https://dashboard.example or capacitor://localhost, without a path");
  return origins;
}

/** Returns the names of the Worker's scopes, which its build writes. */
export const scopeNames = () => JSON.parse(readFileSync(built("edge", "scopes.json"), "utf8"));

const listed = (text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

function wrong(what) {
  return new Failure(what, {
    todo: "npx intercom-edge key --name dashboard --preset dashboard  (for all options: --help)",
  });
}

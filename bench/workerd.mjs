// A Worker in plain workerd, a process of its own: no wrangler and no miniflare, whose proxies would
// be measured too.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { start } from "../cli/run/process.mjs";
import { workerdProgram } from "../cli/run/programs.mjs";
import { root } from "../scripts/paths.mjs";

const RATE_LIMIT = "bench:rate-limit";

/** Starts a contestant on a port; `folder` holds the files that workerd reads. */
export async function startWorkerd(contestant, { log, ...options }) {
  const command = [await workerdProgram(), "serve", configure(contestant, options)];
  return start(`The Worker ${contestant.name}`, command, log);
}

/** Writes a contestant's configuration, and the files that it names, into `folder`. Returns its path. */
export function configure({ name, modules, bindings, durableObjects = [] }, { settings, port, folder }) {
  const place = join(folder, name);
  const copy = (path, from) => {
    mkdirSync(dirname(join(place, path)), { recursive: true });
    copyFileSync(from, join(place, path));
    return `embed ${text(path)}`;
  };
  const parts = Object.entries(modules).map(([path, from]) => {
    const kind = path.endsWith(".wasm") ? "wasm" : "esModule";
    return `(name = ${text(path)}, ${kind} = ${copy(`modules/${path}`, from)})`;
  });
  const limiter = copy("rate-limit.js", join(root, "bench/rate-limit.mjs"));
  const given = [
    ...Object.entries(bindings).map(binding),
    ...durableObjects.map(
      ({ name, class_name }) => `(name = ${text(name)}, durableObjectNamespace = ${text(class_name)})`,
    ),
  ];
  const namespaces = durableObjects.map(
    ({ class_name }) => `(className = ${text(class_name)}, uniqueKey = ${text(class_name)}, enableSql = true)`,
  );
  const flags = settings.compatibility_flags.map(text);

  const config = join(place, "config.capnp");
  writeFileSync(
    config,
    `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
  extensions = [(modules = [(name = ${text(RATE_LIMIT)}, internal = true, esModule = ${limiter})])],
);

const worker :Workerd.Worker = (
  modules = [${parts.join(", ")}],
  compatibilityDate = ${text(settings.compatibility_date)},
  compatibilityFlags = [${flags.join(", ")}],
  bindings = [${given.join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (inMemory = void),
);
`,
  );
  return config;
}

function binding([name, value]) {
  if (value.type === "rate-limit") return `(name = ${text(name)}, wrapped = (moduleName = ${text(RATE_LIMIT)}))`;
  return `(name = ${text(name)}, text = ${text(value)})`;
}

/** Cap'n Proto quotes as JSON does. */
const text = (value) => JSON.stringify(value);

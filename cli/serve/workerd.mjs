// A Worker in workerd alone, as its wrangler.toml describes it: it starts within a second, without wrangler.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { packageFolder } from "../package.mjs";
import { answering } from "../run/ports.mjs";
import { killTree, start } from "../run/process.mjs";
import { workerdProgram } from "../run/programs.mjs";
import { readWranglerConfig } from "../wrangler-config.mjs";

/**
 * Starts a Worker and resolves when its path `health` answers: to its `url`, `pid`, `died`, `stop`, and `kill`,
 * which is SIGKILL.
 *
 * - `name`: for messages.
 * - `config`: its wrangler.toml, by default this package's.
 * - `vars`: its settings. Those of wrangler.toml are not used.
 * - `log`: the file of its output.
 * - `state`: the folder of its Durable Objects' data. Without it the data is removed at the end. (workerd has no
 *   SQLite in memory.)
 * - `unbound`: bindings of Durable Objects to leave out.
 * - `twin`: the port of a second instance of the Worker, which uses the same Durable Objects.
 * - `assets`: serve the static files of wrangler.toml's `[assets]` too.
 */
export async function startWorkerd({
  name,
  config = join(packageFolder, "wrangler.toml"),
  port,
  vars = {},
  log,
  health = "/edge/health",
  assets = false,
  unbound = [],
  twin,
  ...options
}) {
  const program = await workerdProgram();
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-workerd-"));
  const { state = join(folder, "state") } = options;
  const file = join(folder, "config.capnp");
  const described = description(await readWranglerConfig(config), { port, vars, state, unbound, assets, twin });
  // It contains secrets.
  writeFileSync(file, described, { mode: 0o600 });
  mkdirSync(state, { recursive: true });
  const part = start(name, [program, "serve", file, "--import-path=/", "--experimental"], log);
  const url = `http://127.0.0.1:${port}`;
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", clear);
  const stop = () => part.stop().finally(() => process.off("exit", clear) && clear());
  const kill = async () => {
    killTree(part.pid);
    await stop();
    // The group's leader is gone; workerd may still be ending.
    while (await listens(port)) await sleep(5);
  };
  try {
    const failure = await Promise.race([part.died, answering(url + health).then(() => undefined)]);
    if (failure) throw failure;
    // workerd has read it. If this process is killed, the secrets must not stay behind.
    rmSync(file);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, pid: part.pid, died: part.died, stop, kill };
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Quotes a text for Cap'n Proto, which quotes as JSON does. */
const text = (value) => JSON.stringify(value);

const lines = (entries) => entries.map((entry) => `\n      ${entry},`).join("");

/** workerd's configuration, in Cap'n Proto. */
function description(config, { port, vars, state, unbound, assets, twin }) {
  const objects = config.durableObjects;
  const modules = lines(modulesOf(config.main).map(embedded));
  const flags = `[${config.compatibilityFlags.map(text).join(", ")}]`;
  const bindings = (owner = "") =>
    lines([
      ...objects
        .filter(({ name }) => !unbound.includes(name))
        .map(
          ({ name, class_name }) =>
            `(name = ${text(name)}, durableObjectNamespace = (className = ${text(class_name)}${owner}))`,
        ),
      ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ]);
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "worker", worker = .worker),${assets ? assetServices(config.assets) : ""}
    ${twin ? '(name = "twin", worker = .twin),' : ""}
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", service = ${text(assets ? "front" : "worker")}, http = ()),
    ${twin ? `(name = "twin", address = "127.0.0.1:${twin}", service = "twin", http = ()),` : ""}
  ],
);

const worker :Workerd.Worker = (
    modules = [${modules}
    ],
    compatibilityDate = ${text(config.compatibilityDate)},
    compatibilityFlags = ${flags},
    bindings = [${bindings()}
    ],
    durableObjectNamespaces = [${lines(
      objects.map(
        ({ class_name }) =>
          `(className = ${text(class_name)}, uniqueKey = ${text(class_name.toLowerCase())}, enableSql = true)`,
      ),
    )}
    ],
    durableObjectStorage = (localDisk = "state"),
);
${
  twin
    ? `
const twin :Workerd.Worker = (
    modules = [${modules}
    ],
    compatibilityDate = ${text(config.compatibilityDate)},
    compatibilityFlags = ${flags},
    bindings = [${bindings(', serviceName = "worker"')}
    ],
);
`
    : ""
}`;
}

/** The main module, and the other modules in its folder. */
function modulesOf(main) {
  const folder = dirname(main);
  return readdirSync(folder)
    .filter((file) => /\.(js|wasm)$/.test(file))
    .sort((a, b) => Number(b === basename(main)) - Number(a === basename(main)))
    .map((file) => join(folder, file));
}

function embedded(file) {
  const kind = file.endsWith(".wasm") ? "wasm" : "esModule";
  return `(name = ${text(basename(file))}, ${kind} = embed ${text(file)})`;
}

/** A service of the files on disk, and the Worker `front`, which passes all other requests on. */
function assetServices(folder) {
  const front = fileURLToPath(new URL("assets-worker.js", import.meta.url));
  return `
    (name = "files", disk = (path = ${text(folder)})),
    (name = "front", worker = (
      modules = [${embedded(front)}],
      compatibilityDate = "2026-10-01",
      bindings = [
        (name = "FILES", service = "files"),
        (name = "WORKER", service = "worker"),
        (name = "HEADERS", json = ${text(JSON.stringify(headersIn(join(folder, "_headers"))))}),
      ],
    )),`;
}

/** The headers in a file `_headers` of Cloudflare's, which the build writes with one rule. */
function headersIn(file) {
  if (!existsSync(file)) return {};
  const rules = readFileSync(file, "utf8").matchAll(/^ +([\w-]+): (.+)$/gm);
  return Object.fromEntries([...rules].map(([, name, value]) => [name, value]));
}

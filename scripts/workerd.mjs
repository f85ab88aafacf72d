// A Worker in workerd alone, as its wrangler.toml describes it: there in a second, without the proxy of
// `wrangler dev`, and a process that can be killed.
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./paths.mjs";
import { answering, start } from "./serve.mjs";

/**
 * Starts it and resolves when it answers at `health`: to its `url`, `stop`, and `kill`, which is SIGKILL.
 *
 * `name`: for people. `config`: its wrangler.toml. `vars`: its settings. `log`: the file of its output.
 * `state`: the folder of what its Durable Objects keep; none keeps it until the end. (There is no SQLite in memory.)
 * `unbound`: bindings of Durable Objects to leave out.
 */
export async function startWorkerd({
  name,
  config = "wrangler.toml",
  port,
  vars = {},
  log,
  health = "/edge/health",
  ...options
}) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-workerd-"));
  const { state = join(folder, "state"), unbound = [] } = options;
  const file = join(folder, "config.capnp");
  // It holds secrets.
  writeFileSync(file, described(readFileSync(join(root, config), "utf8"), { port, vars, state, unbound }), {
    mode: 0o600,
  });
  mkdirSync(state, { recursive: true });
  mkdirSync(dirname(log), { recursive: true });
  const part = start(name, ["workerd", "serve", file, "--import-path=/", "--experimental"], log);
  const url = `http://127.0.0.1:${port}`;
  const clear = () => rmSync(folder, { recursive: true, force: true });
  process.once("exit", clear);
  const stop = () => part.stop().finally(() => process.off("exit", clear) && clear());
  const kill = async () => {
    process.kill(-part.pid, "SIGKILL");
    await stop();
    // What led it is gone; it may still be on its way.
    while (await listens(port)) await sleep(5);
  };
  try {
    const failure = await Promise.race([part.died, answering(url + health).then(() => undefined)]);
    if (failure) throw failure;
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, died: part.died, stop, kill };
}

const listens = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Cap'n Proto quotes as JSON does. */
const text = (value) => JSON.stringify(value);

function described(toml, { port, vars, state, unbound }) {
  const [, main] = /^main = "(.*)"/m.exec(toml);
  const [, date] = /^compatibility_date = "(.*)"/m.exec(toml);
  const objects = [...toml.matchAll(/^name = "(.*)"\n(?:#.*\n)*class_name = "(.*)"/gm)].map(([, binding, name]) => ({
    binding,
    name,
  }));
  const folder = join(root, dirname(main));
  const modules = readdirSync(folder)
    .filter((file) => /\.(js|wasm)$/.test(file))
    .sort((a, b) => Number(b === basename(main)) - Number(a === basename(main)));
  const lines = (entries) => entries.map((entry) => `\n      ${entry},`).join("");
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "internet", network = (allow = ["private"])),
    (name = "state", disk = (path = ${text(state)}, writable = true)),
    (name = "worker", worker = .worker),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", service = "worker", http = ())],
);

const worker :Workerd.Worker = (
    modules = [${lines(
      modules.map(
        (file) =>
          `(name = ${text(file)}, ${file.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(join(folder, file))})`,
      ),
    )}
    ],
    compatibilityDate = ${text(date)},
    bindings = [${lines([
      ...objects
        .filter(({ binding }) => !unbound.includes(binding))
        .map(({ binding, name }) => `(name = ${text(binding)}, durableObjectNamespace = ${text(name)})`),
      ...Object.entries(vars).map(([name, value]) => `(name = ${text(name)}, text = ${text(value)})`),
    ])}
    ],
    durableObjectNamespaces = [${lines(
      objects.map(
        ({ name }) => `(className = ${text(name)}, uniqueKey = ${text(name.toLowerCase())}, enableSql = true)`,
      ),
    )}
    ],
    durableObjectStorage = (localDisk = "state"),
);
`;
}

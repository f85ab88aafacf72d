// A machine with Node and npm alone: a new HOME without any cache, and a PATH without Rust and without the tools that
// this project installs.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { root } from "../../scripts/paths.mjs";

/** What a shell of every system has, and git, by which npm looks for a repository. */
const PROGRAMS = ["npm", "npx", "sh", "env", "git"];

/** Creates the machine. `node` is the path of its Node. */
export function freshMachine(node = process.execPath) {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-machine-"));
  const [home, programs] = [join(folder, "home"), join(folder, "bin")];
  for (const place of [home, programs]) mkdirSync(place);
  symlinkSync(node, join(programs, "node"));
  // Those of the system: the project's own node_modules/.bin comes first in the PATH of npm's scripts.
  const path = process.env.PATH.split(delimiter).filter((place) => !place.startsWith(root));
  for (const name of PROGRAMS) {
    const { stdout } = spawnSync("which", [name], { env: { PATH: path.join(delimiter) }, encoding: "utf8" });
    symlinkSync(stdout.trim(), join(programs, name));
  }
  // How this network is reached.
  const network = Object.entries(process.env).filter(([name]) => /_PROXY$|CA_CERTS$|^SSL_CERT/i.test(name));
  const env = {
    ...Object.fromEntries(network),
    HOME: home,
    PATH: programs,
    npm_config_update_notifier: "false",
    npm_config_fund: "false",
  };

  /** Runs a command to its end. Returns its exit code and its output. */
  function run(command, args, { cwd = folder, more = {}, input } = {}) {
    const { status, stdout, stderr } = spawnSync(join(programs, command), args, {
      cwd,
      env: { ...env, ...more },
      encoding: "utf8",
      input,
      timeout: 240_000,
    });
    return { code: status, stdout, stderr };
  }

  /** Starts a command that serves, and resolves when it has printed `Ready on …`. */
  async function serve(command, args, { cwd, more = {} }) {
    const child = spawn(join(programs, command), args, { cwd, env: { ...env, ...more }, detached: true });
    let printed = "";
    const ended = new Promise((resolve) => child.on("exit", (code, signal) => resolve(code ?? signal)));
    await new Promise((resolve, reject) => {
      const add = (data) => {
        printed += data;
        if (/^Ready on[\s\S]*^Ctrl-C ends it/m.test(printed)) resolve();
      };
      child.stdout.setEncoding("utf8").on("data", add);
      child.stderr.setEncoding("utf8").on("data", add);
      ended.then((code) => reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${printed}`)));
    });
    return {
      pid: child.pid,
      printed: () => printed,
      url: printed.match(/^Ready on (\S+)$/m)[1],
      /** Does what Ctrl-C in a terminal does, and resolves to the exit code. */
      async interrupt() {
        process.kill(-child.pid, "SIGINT");
        return ended;
      },
      async kill() {
        process.kill(-child.pid, "SIGKILL");
        return ended;
      },
    };
  }

  const project = (name) => {
    const place = join(folder, name);
    mkdirSync(place);
    return place;
  };
  const remove = () => rmSync(folder, { recursive: true, force: true });
  return { folder, home, run, serve, project, remove };
}

/** Installs Node of a major version from npm, and returns its path. */
export function nodeOf(major, folder) {
  const name = `node-linux-${process.arch}`;
  const args = ["install", "--prefix", folder, "--no-audit", "--no-fund", `${name}@${major}`];
  const { status, stderr } = spawnSync("npm", args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return join(folder, "node_modules", name, "bin/node");
}

/** The caller key of a folder in which `intercom-edge dev` runs. */
export const callerKeyIn = (folder) => readFileSync(join(folder, ".intercom-edge/caller-key"), "utf8").trim();

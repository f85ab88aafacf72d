// The package that this file is part of: a clone, or a copy that npm installed.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure } from "./failure.mjs";

/** The package's folder. The built parts are in its folder `build`. */
export const packageFolder = fileURLToPath(new URL("../", import.meta.url));

const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;

/** The folder of this user for downloads and tools that all projects share. */
export const cacheFolder = join(XDG_CACHE_HOME || LOCALAPPDATA || join(homedir(), ".cache"), "intercom-edge");

export const { version, peerDependencies } = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));

/** Returns the path of a file of the Worker or the sandbox, which the build makes. */
export const built = (...names) => builtFile("build", ...names);

/** Imports the package as pages and programs do. */
export const packageClient = () => import(pathToFileURL(builtFile("dist", "index.js")));

/** Returns the path of a file that the build makes. Without it, a person has to build it. */
function builtFile(...names) {
  const file = join(packageFolder, ...names);
  if (existsSync(file)) return file;
  throw new Failure(`This package lacks its built part ${names.join("/")}`, {
    todo: existsSync(join(packageFolder, "scripts"))
      ? "in the clone, run: npm run build"
      : "install the package again; if you packed it yourself, run npm pack in a clone",
  });
}

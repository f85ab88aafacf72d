// The files of a Worker project that uses this package. Its wrangler.toml is this package's own with other paths, so
// that settings and bindings are in one place.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.mjs";
import { packageFolder, peerDependencies, version } from "../package.mjs";

/** Returns the text of each file by its path, without package.json. */
export function projectFiles() {
  return {
    "wrangler.toml": projectConfig(readFileSync(join(packageFolder, "wrangler.toml"), "utf8")),
    "src/index.js": template("index.js"),
    // npm leaves a file with the name .gitignore out of a package.
    ".gitignore": template("gitignore"),
    ".github/workflows/deploy.yml": template("deploy.yml"),
  };
}

const template = (name) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");

/** The parts of this package's wrangler.toml that are different in a project: the old text and the new text. */
const CHANGES = [
  [
    "# The Worker's configuration: docs/deploy.md explains it. Never write secrets into this file:",
    "# The Worker's configuration. docs/deploy.md explains it; the README and the folder docs are in\n" +
      "# node_modules/intercom-edge. Never write secrets into this file:",
  ],
  ["`npm start` serves it on localhost", "`npm run dev` serves it on localhost"],
  [
    "# The build of src/edge that `npm run build` writes; Cloudflare does not build anything.\n" +
      'main = "build/edge/entry.js"',
    '# Your module, which exports the Worker of the package.\nmain = "src/index.js"',
  ],
  [
    "# The date of the runtime's behaviour. The tests ran with this date; run them again after changing it.",
    "# The date of the runtime's behaviour. The tests of the package ran with this date.",
  ],
  [
    '# The build of www; its files are in the folder `dashboard`.\ndirectory = "build/assets"',
    "# The dashboard of the package; its files are in the folder `dashboard`.\n" +
      'directory = "node_modules/intercom-edge/build/assets"',
  ],
];

/** Returns the wrangler.toml of a project. */
export function projectConfig(text) {
  return CHANGES.reduce((result, [old, changed]) => {
    if (result.split(old).length !== 2) throw new Error(`wrangler.toml must contain this once: ${old}`);
    return result.replace(old, () => changed);
  }, text);
}

const SCRIPTS = { dev: "intercom-edge dev", deploy: "intercom-edge deploy", key: "intercom-edge key" };

/**
 * Returns the text of package.json, and the `scripts` that it has with other commands. `existing` is the text of the
 * file if there is one: it gets what is missing, and keeps everything else.
 */
export function projectManifest(existing) {
  const manifest = existing === undefined ? { private: true, type: "module" } : parsed(existing);
  const other = Object.keys(SCRIPTS).filter(
    (name) => manifest.scripts?.[name] && manifest.scripts[name] !== SCRIPTS[name],
  );
  const all = { ...manifest.devDependencies, ...manifest.dependencies };
  const without = (wanted) => Object.fromEntries(Object.entries(wanted).filter(([name]) => !(name in all)));
  const result = {
    ...manifest,
    scripts: { ...SCRIPTS, ...manifest.scripts },
    dependencies: { ...manifest.dependencies, ...without({ "intercom-edge": ownSpecifier() }) },
    devDependencies: { ...manifest.devDependencies, ...without({ wrangler: peerDependencies.wrangler }) },
  };
  for (const name of ["dependencies", "devDependencies"]) {
    if (Object.keys(result[name]).length === 0 && !manifest[name]) delete result[name];
  }
  const indent = /^([ \t]+)"/m.exec(existing ?? "")?.[1] ?? "  ";
  const end = existing === undefined || existing.endsWith("\n") ? "\n" : "";
  return { text: JSON.stringify(result, null, indent) + end, other };
}

/** Returns the version of this package for a package.json: a file if it was installed from one. */
function ownSpecifier() {
  const project = join(packageFolder, "../..");
  try {
    const { dependencies } = JSON.parse(readFileSync(join(project, "package.json"), "utf8"));
    const file = dependencies["intercom-edge"].match(/^file:(.+)$/)?.[1];
    if (file) return `file:${resolve(project, file)}`;
  } catch {
    // It was not installed as a dependency of a project, for example by npx.
  }
  return `^${version}`;
}

function parsed(text) {
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  let why;
  try {
    const manifest = JSON.parse(text);
    const parts = ["scripts", "dependencies", "devDependencies"].map((name) => manifest[name] ?? {});
    if ([manifest, ...parts].every(isObject)) return manifest;
    why = "The file, its scripts and its dependencies must be JSON objects.";
  } catch (error) {
    why = error.message;
  }
  throw new Failure("package.json is invalid, so nothing was written", { why, todo: "correct package.json" });
}

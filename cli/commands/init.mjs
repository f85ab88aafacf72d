// `intercom-edge init`: writes a small Worker project that uses this package.
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Failure } from "../failure.mjs";
import { optionsFrom } from "../options.mjs";
import { built } from "../package.mjs";
import { projectFiles, projectManifest } from "../project/files.mjs";

export const summary = "writes a small Worker project that uses this package";

export const help = (command) => `${command} [folder]

Writes a Worker project: package.json, wrangler.toml, src/index.js, .gitignore, and a GitHub workflow that deploys it.
Without a folder it writes into the current one.

It never overwrites a file. A package.json that exists is kept, and gets the scripts and dependencies that it lacks. If
the folder contains other files, the command asks first.`;

/** Files of a folder that was prepared for a project. */
const EXPECTED = /^(package\.json|package-lock\.json|node_modules|\.git|README.*|LICENSE.*)$/i;

/** Other names of the files: wrangler would use such a file instead. */
const CONFLICTS = ["wrangler.json", "wrangler.jsonc"];

export async function run(args, { input = process.stdin, output = process.stdout } = {}) {
  const { positionals } = optionsFrom(args, [], { positionals: 1 });
  const folder = resolve(positionals[0] ?? ".");
  built("edge", "entry.js");
  const files = projectFiles();
  const present = namesIn(folder);
  checkFree(folder, Object.keys(files));
  const existing = present.includes("package.json") ? readFileSync(join(folder, "package.json"), "utf8") : undefined;
  const manifest = projectManifest(existing);
  const others = present.filter((name) => !EXPECTED.test(name));
  if (others.length > 0 && !(await agreed(folder, others, { input, output }))) {
    console.log("Nothing was written.");
    process.exitCode = 1;
    return;
  }
  writeAll(folder, files, manifest.text);
  console.log(nextSteps(folder, existing, manifest));
}

/** The names in a folder, which may be missing. */
function namesIn(folder) {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if (error.code === "ENOENT") return [];
    throw new Failure(`${shown(folder)} is not a folder that can be read`, { why: error.message });
  }
}

/** A file that exists, or a file in the place of a folder, is a {@link Failure}. */
function checkFree(folder, paths) {
  const exists = (path) => lstatSync(join(folder, path), { throwIfNoEntry: false });
  const isFolder = (path) => statSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory();
  // From the outside in: a path inside a file is an error of the system.
  for (const path of new Set(paths.flatMap((path) => [dirname(dirname(path)), dirname(path)]))) {
    if (exists(path) && !isFolder(path)) throw taken(folder, [path]);
  }
  const names = [...paths, ...CONFLICTS].filter(exists);
  if (names.length > 0) throw taken(folder, names);
}

function taken(folder, names) {
  return new Failure(`${names.join(", ")} already ${names.length === 1 ? "exists" : "exist"} in ${shown(folder)}`, {
    why: "init never overwrites a file. Nothing was written.",
    todo: "choose another folder: npx intercom-edge init <folder>",
  });
}

/** Asks whether to write into a folder with other files. Without a terminal that is a {@link Failure}. */
async function agreed(folder, others, { input, output }) {
  const more = others.length > 5 ? ` and ${others.length - 5} more` : "";
  const names = `Other files are in ${shown(folder)}: ${others.slice(0, 5).join(", ")}${more}`;
  if (!input.isTTY || !output.isTTY) {
    throw new Failure(names, {
      why: "Without a terminal, init writes only into an empty folder. Nothing was written.",
      todo: "choose another folder: npx intercom-edge init <folder>",
    });
  }
  const lines = createInterface({ input, output });
  // Ctrl-C and Ctrl-D close it.
  const closed = new Promise((done) => lines.once("close", () => done("\n")));
  const answer = await Promise.race([lines.question(`${names}.\nWrite the project there? [y/N] `), closed]);
  if (answer === "\n") output.write(answer);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

/** Writes all files, or removes what it has written. */
function writeAll(folder, files, manifest) {
  const undo = [];
  const makeFolder = (path) => {
    const first = mkdirSync(path, { recursive: true });
    if (first) undo.push(() => rmSync(first, { recursive: true, force: true }));
  };
  const write = (path, text) => {
    makeFolder(dirname(path));
    writeFileSync(path, text, { flag: "wx" });
    undo.push(() => rmSync(path, { force: true }));
  };
  try {
    makeFolder(folder);
    for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
    const unfinished = join(folder, `package.json.${process.pid}.tmp`);
    write(unfinished, manifest);
    renameSync(unfinished, join(folder, "package.json"));
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw new Failure("The project can't be written, so nothing was changed", { why: error.message });
  }
}

/** A path as people write it in this folder. */
const shown = (folder) => relative(process.cwd(), folder) || "this folder";

function nextSteps(folder, existing, { other }) {
  const place = relative(process.cwd(), folder);
  const manifest = existing === undefined ? "" : "\npackage.json existed: it got only what was missing.";
  const kept = other.length > 0 ? ` Its own scripts stay: ${other.join(", ")}.` : "";
  return `✓ Wrote a Worker project in ${shown(folder)}.${manifest}${kept}

The next steps:${place && `\n  cd ${/^[\w./-]+$/.test(place) ? place : JSON.stringify(place)}`}
  npm install
  npx intercom-edge dev                    serves the Worker with the sandbox
  npx intercom-edge deploy --env staging   deploys to your Cloudflare account, after npx wrangler login
Set the name and INTERCOM_API_URL in wrangler.toml before you deploy. Commit package-lock.json: the workflow
.github/workflows/deploy.yml needs it, and the secrets CLOUDFLARE_API_TOKEN and CLOUDFLARE_ACCOUNT_ID.
${workflowHint(folder)}`.trimEnd();
}

/** GitHub ignores a workflow that is not at the root of its repository. */
function workflowHint(folder) {
  const root = repositoryOf(folder);
  if (!root || root === folder) return "";
  const place = relative(root, folder).replaceAll("\\", "/");
  return `The repository begins in ${shown(root)}: move the workflow to its folder .github/workflows, and add to
each job
  defaults: { run: { working-directory: ${JSON.stringify(place)} } }`;
}

/** Returns the git repository that a folder is in. */
function repositoryOf(folder) {
  if (existsSync(join(folder, ".git"))) return folder;
  return dirname(folder) === folder ? undefined : repositoryOf(dirname(folder));
}

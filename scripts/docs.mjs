// `npm run docs`: generates the API reference in build/docs: TypeDoc for the package and its pages, rustdoc for the
// crate. Warnings are errors, so every export is documented and no link is broken.
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { main } from "../cli/failure.mjs";
import { build } from "./build.mjs";
import { unlessFresh } from "./freshness.mjs";
import { alone } from "./lock.mjs";
import { root } from "./paths.mjs";
import { setUp } from "./setup.mjs";
import { run, step } from "./step.mjs";
import { targetFolder } from "./toolchain.mjs";

/** TypeDoc and its TypeScript are installed separately: scripts/typedoc has the reason. */
const typedoc = "build/typedoc";
/** The first page of each part, in build/docs. */
const PAGES = ["package/index.html", "crate/intercom_edge/index.html"];

await main(async () => {
  await setUp();
  await build(["wasm", "types", "package"]);
  await alone(root, async () => {
    await unlessFresh("typedoc", { inputs: ["scripts/typedoc"], outputs: [`${typedoc}/node_modules`] }, () =>
      step("Installing TypeDoc", { takes: "10 s" }, installTypeDoc),
    );
    rmSync(join(root, "build/docs"), { recursive: true, force: true });
    await step("The package's reference", { takes: "10 s" }, packageReference);
    await step("The crate's reference", { takes: "20 s" }, crateReference);
  });
  console.log(
    ["The reference is generated. Open", ...PAGES.map((page) => `  ${join(root, "build/docs", page)}`)].join("\n"),
  );
});

function installTypeDoc() {
  mkdirSync(join(root, typedoc), { recursive: true });
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
    copyFileSync(join(root, "scripts/typedoc", name), join(root, typedoc, name));
  }
  return run("npm", ["ci"], { log: "typedoc-ci", cwd: join(root, typedoc) });
}

function packageReference() {
  const entries = entryPoints().flatMap((file) => ["--entryPoints", file]);
  const program = join(root, typedoc, "node_modules/typedoc/bin/typedoc");
  return run("node", [program, "--options", "scripts/typedoc/typedoc.json", ...entries], { log: "typedoc" });
}

/** The sources of what package.json exports. */
function entryPoints() {
  const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.values(exports)
    .map(({ types }) => types?.replace("./dist/", "js/").replace(".d.ts", ".ts"))
    .filter((file) => file && existsSync(join(root, file)));
}

async function crateReference() {
  await run("cargo", ["doc", "--locked", "--no-deps", "--features", "browser"], {
    log: "cargo-doc",
    env: { RUSTDOCFLAGS: "-D warnings" },
  });
  cpSync(join(targetFolder, "doc"), join(root, "build/docs/crate"), { recursive: true });
}

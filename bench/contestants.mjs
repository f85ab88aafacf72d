// The Workers that are measured: what each is made of and given.
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { root } from "../scripts/paths.mjs";
import { common, everythingOn, sameFeatures } from "./bindings.mjs";

/**
 * In the order of the report. `features`: it is held to what callers are promised, not to the bytes
 * alone. `others`: more Workers with the bindings of ours, `[name, folder with an index.js]` each.
 */
export async function contestants({ settings, intercom, callerKey, folder, others = [] }) {
  const given = common({ intercom, callerKey });
  const ours = { ...settings.vars, ...given };
  const durableObjects = settings.durable_objects.bindings;
  const built = modulesIn(join(root, "build/edge"));
  return [
    { name: "bare", what: "forwards, no more", modules: { "index.js": join(root, "bench/bare.mjs") }, bindings: given },
    {
      name: "hono",
      what: "the same features on Hono",
      modules: { "index.js": await bundled("bench/hono.mjs", folder) },
      bindings: given,
      features: true,
    },
    {
      name: "ours",
      what: "intercom-edge, the same features",
      modules: built,
      bindings: { ...ours, ...sameFeatures },
      durableObjects,
      features: true,
    },
    {
      name: "ours-all",
      what: "intercom-edge, everything on",
      modules: built,
      bindings: { ...ours, ...everythingOn },
      durableObjects,
      features: true,
    },
    ...others.map(([name, place]) => ({
      name,
      what: place,
      modules: modulesIn(place),
      bindings: { ...ours, ...sameFeatures },
      durableObjects,
    })),
  ];
}

/** All that a build holds, by the names under which its files import each other; the entry first. */
function modulesIn(folder) {
  const entry = existsSync(join(folder, "entry.js")) ? "entry.js" : "index.js";
  const names = readdirSync(folder, { recursive: true }).filter((name) => /\.(m?js|wasm)$/.test(name));
  const ordered = [entry, ...names.filter((name) => name !== entry)];
  return Object.fromEntries(ordered.map((name) => [name, join(folder, name)]));
}

/** One file, minified, as wrangler would deploy it. */
async function bundled(entry, folder) {
  const outfile = join(folder, "bundled", basename(entry));
  mkdirSync(join(folder, "bundled"), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*"],
    logLevel: "error",
  });
  return outfile;
}

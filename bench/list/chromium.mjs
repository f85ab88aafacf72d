// One contestant in a page of its own, in Chromium.
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;

/** Bundles each contestant as a page loads it, into a folder. */
export const bundles = (names, folder) =>
  Promise.all(names.map((name) => build({
    stdin: {
      contents: `export { contestant } from "./${name}.mjs"; export { run } from "./run.mjs"; export { complete } from "./listing.mjs";`,
      resolveDir: here,
    },
    outfile: join(folder, `${name}.js`),
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  })));

export async function inPage(browser, name, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    const metrics = async () => Object.fromEntries((await session.send("Performance.getMetrics")).metrics.map(({ name, value }) => [name, value]));
    await page.exposeFunction("metrics", metrics);
    await page.exposeFunction("collectGarbage", () => session.send("HeapProfiler.collectGarbage"));
    return await page.evaluate(async ([name, url]) => {
      let peak = 0;
      const look = () => { peak = Math.max(peak, performance.memory.usedJSHeapSize); };
      const sampling = setInterval(look, 10);
      const now = async () => ({ cpu: (await window.metrics()).TaskDuration * 1000, wall: performance.now() });
      const from = await now();
      const { contestant, run, complete } = await import(`/${name}.js`);
      const loaded = await now();
      const { all, whole: ran, ...cost } = await run(async () => () => contestant(url), now, window.collectGarbage);
      look();
      clearInterval(sampling);
      // A page's script is loaded with the rest of it: that counts, too.
      const whole = { cpu: ran.cpu + loaded.cpu - from.cpu, wall: ran.wall + loaded.wall - from.wall };
      return { ...cost, whole, peak, complete: complete(all) };
    }, [name, url]);
  } finally {
    await context.close();
  }
}

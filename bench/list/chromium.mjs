// One contestant in a page of its own, in Chromium.
import { join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;

/** Bundles each contestant as a page loads it, and what runs it, into a folder. */
export const bundles = (names, folder) =>
  build({
    entryPoints: [...names, "run", "listing"].map((name) => join(here, `${name}.mjs`)),
    outdir: folder,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });

export async function inPage(browser, name, url, times) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    const session = await context.newCDPSession(page);
    await session.send("Performance.enable");
    await page.exposeFunction("processorTime", async () => {
      const { metrics } = await session.send("Performance.getMetrics");
      // All threads of the page's process. Its tasks' durations run on while the machine does something else.
      return metrics.find(({ name }) => name === "ProcessTime").value * 1000;
    });
    await page.exposeFunction("collectGarbage", () => session.send("HeapProfiler.collectGarbage"));
    return await page.evaluate(
      async ([name, url, times]) => {
        let peak = 0;
        const held = () => (peak = Math.max(peak, performance.memory.usedJSHeapSize));
        const sampling = setInterval(held, 10);
        const now = async () => ({ cpu: await window.processorTime(), wall: performance.now(), peak: held() });
        const settle = () => {
          clearInterval(sampling);
          return window.collectGarbage();
        };
        const [{ run }, { complete }] = await Promise.all([import("/run.js"), import("/listing.js")]);
        const load = async () => (await import(`/${name}.js`)).contestant(url);
        const { all, ...costs } = await run({ load, now, settle, times });
        return { ...costs, complete: complete(all) };
      },
      [name, url, times],
    );
  } finally {
    await context.close();
  }
}

// All contestants in a Worker of a page, in Chromium.
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const TYPES = {
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".html": "text/html",
};

/** Isolates the page, which gives it exact clocks and lets it measure memory. */
const HEADERS = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/**
 * Runs the contestants with the bundles in `folder`. `file` has the people. Returns the figures, the page's long tasks
 * while the directory loaded, and Chromium's version.
 */
export async function inChromium({ folder, file, programFile, inputFile, settings, report }) {
  const files = { "/people": file, "/input.json": inputFile, "/directory.wasm": programFile };
  const server = createServer(({ url }, response) => {
    const path = files[url] ?? join(folder, url === "/" ? "page.html" : url);
    if (!existsSync(path)) return response.writeHead(404).end();
    createReadStream(path).pipe(
      response.writeHead(200, { ...HEADERS, "content-type": TYPES[extname(path)] ?? "application/octet-stream" }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      // Collects garbage before it measures memory, at once.
      "--enable-blink-features=ForceEagerMeasureMemory",
    ],
  });
  try {
    const page = await browser.newPage();
    const longTasks = [];
    let doing;
    await page.exposeFunction("report", (line, tasks) => {
      if (doing === "Loading directory") longTasks.push(...tasks);
      doing = line;
      report(line);
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const figures = await page.evaluate((given) => globalThis.runInWorker(given, globalThis.report), settings);
    return { figures: { ...figures, longTasks }, version: browser.version() };
  } finally {
    await browser.close();
    server.close();
  }
}

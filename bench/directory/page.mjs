// The page around the Worker of the contestants: it measures the Worker's heap and its own long tasks.

let longTasks = [];
new PerformanceObserver((list) => {
  longTasks.push(...list.getEntries().map(({ duration }) => duration));
}).observe({ type: "longtask" });

/** The bytes of the Worker's heap. Memory of WebAssembly is not counted. */
async function heapOfWorkers() {
  const { breakdown } = await performance.measureUserAgentSpecificMemory();
  const isWorkers = ({ attribution }) => attribution.some(({ scope }) => scope === "DedicatedWorkerGlobalScope");
  return breakdown.filter(isWorkers).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Runs all contestants; `report` gets what is done, and the long tasks of the page until then, in milliseconds. */
globalThis.runInWorker = (settings, report) =>
  new Promise((resolve, reject) => {
    const worker = new Worker("/worker.js", { type: "module" });
    worker.addEventListener("error", (event) => reject(new Error(event.message || "The Worker failed")));
    worker.addEventListener("message", async ({ data }) => {
      if (data.report) {
        report(data.report, longTasks);
        longTasks = [];
      }
      if (data.memory) worker.postMessage({ bytes: await heapOfWorkers() });
      if (data.error) reject(new Error(data.error));
      if (data.figures) resolve(data.figures);
    });
    worker.postMessage({ settings });
  });

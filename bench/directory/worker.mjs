// All contestants in one Worker of a page. The page measures the heap, because a Worker can't.
import { run } from "./run.mjs";

const waiting = [];
addEventListener("message", async ({ data: { settings, bytes } }) => {
  if (bytes !== undefined) return waiting.shift()(bytes);
  const input = await (await fetch("/input.json")).json();
  const program = settings.names.includes("directory") && (await (await fetch("/directory.wasm")).arrayBuffer());
  try {
    const figures = await run({
      ...settings,
      ...input,
      program,
      source: async function* () {
        yield* (await fetch("/people")).body;
      },
      memory: () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          postMessage({ memory: true });
        }),
      report: (line) => postMessage({ report: line }),
    });
    postMessage({ figures });
  } catch (error) {
    postMessage({ error: error?.stack ?? String(error) });
  }
});

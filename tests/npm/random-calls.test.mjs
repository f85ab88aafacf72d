// Whatever is called with whatever, and whatever is answered: every call ends, in one of the package's
// own errors or in what the page's own code threw; nothing is nobody's, nothing stops, nothing is kept.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const CALLS = 120_000;

test(`${CALLS} random calls with odd values and misleading answers`, async () => {
  // Another seed makes other calls: `SEED=42 npm test -- random`.
  const seed = Number(process.env.SEED ?? 7);
  const script = new URL("random-calls.mjs", import.meta.url).pathname;
  const run = promisify(execFile)(process.execPath, ["--expose-gc", script, String(CALLS), String(seed)], {
    maxBuffer: 2 ** 24,
  });
  const { stdout } = await run;
  const { methods, outcomes, before, after, unhandled } = JSON.parse(stdout);
  console.log(
    `seed ${seed}: ${Object.entries(outcomes)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ")}`,
  );
  expect(methods).toBeGreaterThan(90);
  expect(outcomes).not.toHaveProperty("hung");
  // A trap would be one of these, and a new instance.
  expect(outcomes).not.toHaveProperty("WebAssemblyError");
  expect(unhandled).toEqual([]);
  expect(before.wasm).toHaveLength(2);
  expect(after.wasm).toHaveLength(2);
  const [memory, memoryBefore] = [after, before].map(({ wasm }) => wasm.reduce((sum, bytes) => sum + bytes));
  expect(memory - memoryBefore).toBeLessThan(500_000);
  expect(after.heap - before.heap).toBeLessThan(8_000_000);
}, 300_000);

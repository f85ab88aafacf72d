// All contestants in one process of Node: `node --expose-gc node.js SETTINGS`, after bundling. Prints the figures.
import { createReadStream, readFileSync } from "node:fs";
import { argv } from "node:process";
import { run } from "./run.mjs";

const { file, programFile, inputFile, ...settings } = JSON.parse(argv[2]);
const figures = await run({
  ...settings,
  ...JSON.parse(readFileSync(inputFile, "utf8")),
  program: programFile && readFileSync(programFile),
  source: () => createReadStream(file, { highWaterMark: 2 ** 16 }),
  memory: () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  },
  report: (line) => console.error(line),
});
console.log(JSON.stringify(figures));

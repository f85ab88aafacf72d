// One contestant in a process of its own: `node bench/list/node.mjs NAME URL TIMES`.
import { argv } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { complete } from "./listing.mjs";
import { run } from "./run.mjs";

const [, , name, url, times] = argv;
const load = async () => {
  const { contestant } = await import(`./${name}.mjs`);
  return contestant(url);
};
const now = () => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, wall: performance.now(), peak: process.resourceUsage().maxRSS * 1024 };
};
// With a flag on its command line Node would throw away the compiled code that it comes with, and what
// a script pays from nothing would be another figure.
const settle = () => {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
};
const { all, ...costs } = await run({ load, now, settle, times: Number(times) });
console.log(JSON.stringify({ ...costs, complete: complete(all) }));

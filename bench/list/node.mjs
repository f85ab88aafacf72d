// One contestant in a process of its own: `node --expose-gc bench/list/node.mjs NAME URL`.
import { argv } from "node:process";
import { complete } from "./listing.mjs";
import { run } from "./run.mjs";

const [, , name, url] = argv;
const load = async () => {
  const { contestant } = await import(`./${name}.mjs`);
  return () => contestant(url);
};
const now = () => {
  const { user, system } = process.cpuUsage();
  return { cpu: (user + system) / 1000, wall: performance.now() };
};
const settle = () => gc();
const { all, ...cost } = await run(load, now, settle);
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ ...cost, peak, complete: complete(all) }));

// One contestant in a process of its own: `node --expose-gc bench/list/node.mjs NAME URL TIMES`.
import { argv } from "node:process";
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
const { all, ...costs } = await run({ load, now, settle: () => gc(), times: Number(times) });
console.log(JSON.stringify({ ...costs, complete: complete(all) }));

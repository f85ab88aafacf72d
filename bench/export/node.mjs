// One contestant in a process of its own: `node bench/export/node.mjs NAME OPTIONS`.
import { argv } from "node:process";
import { Tally } from "./exported.mjs";

const [name, options] = [argv[2], JSON.parse(argv[3])];
const { contestant } = await import(`./${name}.mjs`);
const tally = new Tally(options.contacts);
const idle = process.memoryUsage.rss();
const before = process.cpuUsage();
const began = performance.now();
await contestant(options, (contact) => tally.add(contact));
const wall = performance.now() - began;
const { user, system } = process.cpuUsage(before);
const peak = process.resourceUsage().maxRSS * 1024 - idle;
console.log(JSON.stringify({ wall, cpu: (user + system) / 1000, peak, isComplete: tally.isComplete }));

// How often one listing goes into WebAssembly, and from there into JavaScript: a process of its own,
// `node bench/list/crossings.mjs NAME URL`.
import { argv } from "node:process";

const [, , name, url] = argv;
const calls = { into: 0, out: 0 };

const counted = (way, functions) => Object.fromEntries(Object.entries(functions).map(([name, value]) => {
  if (typeof value !== "function") return [name, value];
  return [name, (...args) => {
    calls[way] += 1;
    return value(...args);
  }];
}));

const { instantiate } = WebAssembly;
WebAssembly.instantiate = async (source, imports = {}) => {
  const modules = Object.entries(imports).map(([module, functions]) => [module, counted("out", functions)]);
  const made = await instantiate(source, Object.fromEntries(modules));
  // A module that was compiled before gives the instance alone: Node's own fetch has one.
  return made.instance ? { ...made, instance: { exports: counted("into", made.instance.exports) } } : made;
};

const { contestant } = await import(`./${name}.mjs`);
await contestant(url)();
console.log(JSON.stringify(calls));

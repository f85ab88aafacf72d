// How often one listing goes into WebAssembly, and from there into JavaScript: a process of its own,
// `node bench/list/crossings.mjs NAME URL`.
import { argv } from "node:process";

const [, , name, url] = argv;
const calls = { into: 0, out: 0 };

const counted = (way, functions) =>
  Object.fromEntries(
    Object.entries(functions).map(([name, value]) => {
      if (typeof value !== "function") return [name, value];
      return [
        name,
        (...args) => {
          calls[way] += 1;
          return value(...args);
        },
      ];
    }),
  );

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(Instance, [program, imports = {}]) {
    // Node's own fetch has a program, too.
    if (!imports["./browser_bg.js"]) return new Instance(program, imports);
    const given = Object.entries(imports).map(([name, functions]) => [name, counted("out", functions)]);
    return { exports: counted("into", new Instance(program, Object.fromEntries(given)).exports) };
  },
});

const { contestant } = await import(`./${name}.mjs`);
await contestant(url)();
console.log(JSON.stringify(calls));

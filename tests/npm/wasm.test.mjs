// The WebAssembly: loaded lazily and once, given by hand, and failing in words.

import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = new URL("../..", import.meta.url);

/** Runs a script in a process of its own, where nothing is loaded yet, and gives what it prints. */
async function fresh(script) {
  const code = `
    import { readFile } from "node:fs/promises";
    import { createRequire } from "node:module";
    import { Intercom, init, IntercomError } from "intercom-edge";
    const file = (name) => readFile(createRequire(import.meta.url).resolve("intercom-edge/" + name));
    let compiled = 0;
    const { compile } = WebAssembly;
    WebAssembly.compile = (...args) => (compiled++, compile(...args));
    globalThis.fetch = async () => Response.json({ type: "list", data: [], id: "1" });
    const intercom = new Intercom({ baseUrl: "http://worker.example", auth: "key" });
    const thrown = (promise) => promise.then(() => undefined, (error) => error);
    const print = (value) => console.log(JSON.stringify(value));
    ${script}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], { cwd: root });
  return stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

test("nothing is loaded before the first call, and each part once", async () => {
  expect(
    await fresh(`
    const counts = [compiled];
    await Promise.all(Array.from({ length: 20 }, () => intercom.me()));
    counts.push(compiled);
    await thrown(intercom.notify({}));
    await thrown(intercom.templates.put("x", {}));
    counts.push(compiled);
    print(counts);
  `),
  ).toEqual([[0, 1, 2]]);
});

test("it can be given as a module, as bytes, as an answer, each a promise or not", async () => {
  for (const source of [
    "await WebAssembly.compile(await file('browser.wasm'))",
    "WebAssembly.compile(await file('browser.wasm'))",
    "await file('browser.wasm')",
    "new Response(await file('browser.wasm'), { headers: { 'content-type': 'application/wasm' } })",
    "new Response(await file('browser.wasm'))",
  ]) {
    expect(
      await fresh(`
      await init(${source}, await file("checks.wasm"));
      const before = compiled;
      await intercom.me();
      const refused = await thrown(intercom.notify({ to: {} }));
      print([refused.name, compiled - before]);
    `),
      source,
    ).toEqual([["ValidationError", 0]]);
  }
});

test("one that can't be had or compiled is told, and the next call works", async () => {
  const empty = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])";
  const late = "new Promise((_, reject) => setTimeout(reject, 50, new Error('gone')))";
  const both = "await file('browser.wasm'), Promise.reject(new Error('gone'))";
  for (const source of [
    "new Uint8Array([0, 1, 2])",
    empty,
    late,
    both,
    "new Response('<html>', { headers: { 'content-type': 'text/html' } })",
    "'http://worker.example/x.wasm'",
    "Promise.reject(new Error('gone'))",
    "new URL('http://worker.example/')",
  ]) {
    expect(
      await fresh(`
      const error = await thrown(init(${source}));
      print([error.name, error instanceof IntercomError, error.code, error.cause !== undefined]);
      print((await intercom.me()).id);
    `),
      source,
    ).toEqual([["WebAssemblyError", true, "webassembly", true], "1"]);
  }
  for (const [args, argument] of [
    ["7", "calls"],
    ["{}", "calls"],
    ["undefined", "calls"],
    ["undefined, Promise.reject(7)", "calls"],
    ["null", "calls"],
    ["file('browser.wasm'), 7", "checks"],
  ]) {
    expect(
      await fresh(`
      const error = await thrown(init(${args}));
      print([error.name, error.argument, (await intercom.me()).id]);
    `),
      args,
    ).toEqual([["ArgumentError", argument, "1"]]);
  }
  expect(
    await fresh(`
    WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError("blocked by CSP"));
    const error = await thrown(intercom.me());
    WebAssembly.compile = compile;
    print([error.name, error.message.includes("wasm-unsafe-eval"), (await intercom.me()).id]);
  `),
  ).toEqual([["WebAssemblyError", true, "1"]]);
});

test("require() finds it too", async () => {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["-e", 'console.log(typeof require("intercom-edge").Intercom)'],
    { cwd: root },
  );
  expect(stdout.trim()).toBe("function");
});

test("the module that holds it is the file, byte for byte", async () => {
  const { inflateRawSync } = await import("node:zlib");
  for (const name of ["browser", "checks"]) {
    const { default: text } = await import(new URL(`dist/wasm/${name}.inline.js`, root));
    expect(
      inflateRawSync(Buffer.from(text, "base64")).equals(await readFile(new URL(`dist/wasm/${name}.wasm`, root))),
    ).toBe(true);
  }
});

import { json } from "./argument.js";
import { ArgumentError, refused, WebAssemblyError } from "./error.js";
import { fetch } from "./fetch.js";
import { inflate } from "./inline.js";
import type * as BrowserGlue from "./wasm/browser.js";
import type * as ChecksGlue from "./wasm/checks.js";

/** What a WebAssembly can be made from. */
export type WasmSource =
  | WebAssembly.Module
  | BufferSource
  | Response
  | URL
  | string
  | PromiseLike<WebAssembly.Module | BufferSource | Response | URL | string>;

/** The calls, as the crate exports them: `contact_get` is `contact::get`. */
export type Calls = BrowserGlue.Exports;

/** A walk through a list. */
export type Pages = BrowserGlue.Pages;

/** The two programs: the calls, and what messages are checked by. */
export interface Parts {
  browser: BrowserGlue.Exports;
  checks: ChecksGlue.Exports;
}

/** What wasm-bindgen writes beside a program. */
interface Glue<Exports> {
  connect(platform: BrowserGlue.Platform): {
    imports: WebAssembly.Imports;
    start(exports: WebAssembly.Exports): Exports;
  };
}

/** A part: wasm-bindgen's glue, and the program, compiled or inflated when it is needed. */
export type Part<Exports> = [glue: Glue<Exports>, program: WebAssembly.Module | string];

/** A part is a module of JavaScript, which every bundler and runtime finds. */
const load: { [Name in keyof Parts]: () => Promise<Part<Parts[Name]>> } = {
  browser: async () => pair(await Promise.all([import("./wasm/browser.js"), import("./wasm/browser.inline.js")])),
  checks: async () => pair(await Promise.all([import("./wasm/checks.js"), import("./wasm/checks.inline.js")])),
};
const pair = <Exports>([glue, { default: text }]: [Glue<Exports>, { default: string }]): Part<Exports> => [glue, text];

/** A program that runs. One that has trapped runs no more, and the next call starts another. */
export class Instance<Exports> {
  readonly #part: keyof Parts;
  readonly #exports: Exports;
  /** Ends the calls that are on their way. */
  readonly #running = new Set<(error: WebAssemblyError) => void>();
  /** Why it has stopped. */
  #trap: WebAssemblyError | undefined;

  constructor(part: keyof Parts, { connect }: Glue<Exports>, module: WebAssembly.Module) {
    this.#part = part;
    const { imports, start } = connect({ fetch });
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = start(
      Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, this.#guarded(value)])),
    );
  }

  get alive(): boolean {
    return this.#trap === undefined;
  }

  /** Calls the program, and waits for what it promises. */
  run<T>(call: (exports: Exports) => T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#running.add(reject);
      const result = call(this.#exports);
      if (this.#trap) throw this.#trap;
      Promise.resolve(result)
        .then(resolve, reject)
        .finally(() => this.#running.delete(reject));
    });
  }

  /**
   * A function of the program's, however it is called: by a call, by a promise or from a microtask.
   * What comes out of it as an exception leaves the program in the middle of something: a trap, or an
   * exception of JavaScript's that went through it.
   */
  #guarded<Value>(value: Value): Value {
    if (typeof value !== "function") return value;
    const guarded = (...given: unknown[]) => {
      if (!this.#trap) {
        try {
          return value(...given);
        } catch (cause) {
          this.#trap = new WebAssemblyError(this.#part, cause, true);
          for (const end of this.#running) end(this.#trap);
        }
      }
      // What the glue reads several values from; as one value nobody reads it any more.
      return [];
    };
    return guarded as Value;
  }
}

const modules: { [Name in keyof Parts]?: Promise<WebAssembly.Module> } = {};
const instances: { [Name in keyof Parts]?: Instance<Parts[Name]> } = {};
let provided: { [Name in keyof Parts]?: Part<Parts[Name]> } = {};

/** Has an entry's own parts replace the loading. */
export function provide(parts: { [Name in keyof Parts]: Part<Parts[Name]> }): void {
  provided = parts;
}

/** A part of the WebAssembly, compiled once. A load that failed is tried anew by the next call. */
export async function instanceOf<Name extends keyof Parts>(
  name: Name,
  source?: WasmSource,
): Promise<Instance<Parts[Name]>> {
  const running = () => instances[name] as Instance<Parts[Name]> | undefined;
  if (running()?.alive) return running()!;
  try {
    // A value where there is one: a promise of one request's would be none of another's.
    const [glue, program] = provided[name] ?? (await load[name]());
    const module = typeof program === "string" ? await moduleOf(name, source ?? inflate(program)) : program;
    if (!running()?.alive)
      Object.assign(instances, { [name]: new Instance<Parts[Name]>(name, glue as Glue<Parts[Name]>, module) });
    return running()!;
  } catch (cause) {
    delete modules[name];
    throw new WebAssemblyError(name, cause);
  }
}

function moduleOf(name: keyof Parts, source: WasmSource): Promise<WebAssembly.Module> {
  modules[name] ??= compile(source);
  const compiling = modules[name];
  compiling.catch(() => {
    if (modules[name] === compiling) delete modules[name];
  });
  return compiling;
}

async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  let given = await source;
  if (typeof given === "string" || given instanceof URL) given = await globalThis.fetch(given);
  if (given instanceof WebAssembly.Module) return given;
  if (typeof Response !== "function" || !(given instanceof Response)) return WebAssembly.compile(given as BufferSource);
  if (!given.ok) throw new Error(`HTTP ${given.status}`);
  const streams = given.headers.get("content-type")?.startsWith("application/wasm");
  if (streams) return WebAssembly.compileStreaming(given);
  // An `await` within the call is a syntax error once Next.js, in development, has wrapped that call.
  const bytes = await given.arrayBuffer();
  return WebAssembly.compile(bytes);
}

/**
 * Gives the WebAssembly by hand, before the first call: a compiled module, its bytes, or where to fetch
 * it. Nobody needs to who doesn't want another way than the package's own.
 *
 * @param rules what `intercom-edge/browser.wasm` is, which every call needs
 * @param checks what `intercom-edge/checks.wasm` is, which only {@link Intercom.notify}, batches and
 * templates need
 *
 * @example
 * ```ts
 * // In a page
 * await init(fetch("/assets/browser.wasm"));
 * ```
 *
 * @throws {@link WebAssemblyError} where it can't be fetched or compiled; the next call tries again
 */
export async function init(rules: WasmSource, checks?: WasmSource): Promise<void> {
  // Where one isn't needed any more, nobody else hears that it failed.
  for (const source of [rules, checks]) Promise.resolve(source).catch(() => {});
  for (const [argument, source] of Object.entries({ rules, checks })) {
    const object = typeof source === "object" && source !== null && Object.getPrototypeOf(source) !== Object.prototype;
    if (object || typeof source === "string" || (argument === "checks" && source === undefined)) continue;
    throw new ArgumentError(argument, "a WebAssembly.Module, its bytes, a Response or an address");
  }
  await Promise.all([instanceOf("browser", rules), checks === undefined || instanceOf("checks", checks)]);
}

/** The JSON of a body, once it is checked by the Worker's own rules. */
export async function check(kind: "notification" | "batch" | "template", body: unknown): Promise<string> {
  const text = json(kind, body);
  const checks = await instanceOf("checks");
  try {
    await checks.run((exports) => exports[kind](text));
    return text;
  } catch (error) {
    throw Array.isArray(error) ? refused(String(error[0]), String(error[1])) : error;
  }
}

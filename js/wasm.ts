// Loads the two WebAssembly programs and runs their functions.

import { json } from "./argument.js";
import { ArgumentError, invalidField, WebAssemblyError } from "./error.js";
import { fetch } from "./fetch.js";
import { inflate } from "./inline.js";
import type * as BrowserGlue from "./wasm/browser.js";
import type * as ChecksGlue from "./wasm/checks.js";

/** A source of a WebAssembly program: a module, its bytes, a response, a URL, or a promise of one of these. */
export type WasmSource =
  | WebAssembly.Module
  | BufferSource
  | Response
  | URL
  | string
  | PromiseLike<WebAssembly.Module | BufferSource | Response | URL | string>;

/** The functions of browser.wasm: `contact_get` is `contact::get` of the crate. */
export type Calls = BrowserGlue.Exports;

/** Reads the pages of a list, one after the other. */
export type Pages = BrowserGlue.Pages;

/** The two programs: `browser` makes the calls, `checks` validates messages, templates and batches. */
export interface Parts {
  browser: BrowserGlue.Exports;
  checks: ChecksGlue.Exports;
}

/** The JavaScript that wasm-bindgen generates for a program. */
interface Glue<Exports> {
  connect(platform: BrowserGlue.Platform): {
    imports: WebAssembly.Imports;
    start(exports: WebAssembly.Exports): Exports;
  };
}

/** A program with its glue: as a compiled module, or deflated in Base64. */
export type Part<Exports> = [glue: Glue<Exports>, program: WebAssembly.Module | string];

/** Each program is embedded in a JavaScript module, so that every bundler and runtime finds it. */
const load: { [Name in keyof Parts]: () => Promise<Part<Parts[Name]>> } = {
  browser: async () => pair(await Promise.all([import("./wasm/browser.js"), import("./wasm/browser.inline.js")])),
  checks: async () => pair(await Promise.all([import("./wasm/checks.js"), import("./wasm/checks.inline.js")])),
};
const pair = <Exports>([glue, { default: text }]: [Glue<Exports>, { default: string }]): Part<Exports> => [glue, text];

/** A running program. After a trap it is dead, and the next call starts a new instance. */
export class Instance<Exports> {
  readonly #part: keyof Parts;
  readonly #exports: Exports;
  /** Rejects the pending calls. */
  readonly #running = new Set<(error: WebAssemblyError) => void>();
  /** The error that stopped the program. */
  #trap: WebAssemblyError | undefined;

  constructor(part: keyof Parts, { connect }: Glue<Exports>, module: WebAssembly.Module) {
    this.#part = part;
    const { imports, start } = connect({ fetch });
    const { exports } = new WebAssembly.Instance(module, imports);
    this.#exports = start(
      Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, this.#guarded(value)])),
    );
  }

  /** False after a trap. */
  get alive(): boolean {
    return this.#trap === undefined;
  }

  /** Calls a function of the program and waits for its promise. Rejects if the program traps meanwhile. */
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
   * Wraps an exported function so that any exception stops the program. An exception (a trap, or a JavaScript error
   * that passed through) may leave the program's memory in an inconsistent state.
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
      // The glue destructures the result of some functions; the other results are no longer used.
      return [];
    };
    return guarded as Value;
  }
}

const modules: { [Name in keyof Parts]?: Promise<WebAssembly.Module> } = {};
const instances: { [Name in keyof Parts]?: Instance<Parts[Name]> } = {};
let provided: { [Name in keyof Parts]?: Part<Parts[Name]> } = {};

/** Provides the programs, for an entry that must not load them by `import()`. */
export function provide(parts: { [Name in keyof Parts]: Part<Parts[Name]> }): void {
  provided = parts;
}

/** Returns the running instance of a program, or starts one. Compiles once; retries a failed load at the next call. */
export async function instanceOf<Name extends keyof Parts>(
  name: Name,
  source?: WasmSource,
): Promise<Instance<Parts[Name]>> {
  const running = () => instances[name] as Instance<Parts[Name]> | undefined;
  if (running()?.alive) return running()!;
  try {
    // Not a promise: workerd forbids to await a promise of another request.
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

/** Compiles a program. */
export async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  let input = await source;
  if (typeof input === "string" || input instanceof URL) input = await globalThis.fetch(input);
  if (input instanceof WebAssembly.Module) return input;
  if (typeof Response !== "function" || !(input instanceof Response)) return WebAssembly.compile(input as BufferSource);
  if (!input.ok) throw new Error(`HTTP ${input.status}`);
  const streams = input.headers.get("content-type")?.startsWith("application/wasm");
  if (streams) return WebAssembly.compileStreaming(input);
  // Next.js wraps the call of `compile` in development; an `await` in its argument would be a syntax error.
  const bytes = await input.arrayBuffer();
  return WebAssembly.compile(bytes);
}

/**
 * Loads the WebAssembly from a source of your own, such as a compiled module, its bytes or a URL. Optional: the package
 * loads it by itself. Call it before the first call.
 *
 * @param calls `intercom-edge/browser.wasm`, which every call needs
 * @param checks `intercom-edge/checks.wasm`, which only {@link Intercom.notify}, batches and templates need
 *
 * @example
 * ```ts
 * // In a page
 * await init(fetch("/assets/browser.wasm"));
 * ```
 *
 * @throws {@link WebAssemblyError} if a program cannot be fetched or compiled; the next call tries again
 * @throws {@link ArgumentError} if an argument is no source of a WebAssembly program
 */
export async function init(calls: WasmSource, checks?: WasmSource): Promise<void> {
  // Prevents unhandled rejections if a source fails that is not needed any more.
  for (const source of [calls, checks]) Promise.resolve(source).catch(() => {});
  for (const [argument, source] of Object.entries({ calls, checks })) {
    const object = typeof source === "object" && source !== null && Object.getPrototypeOf(source) !== Object.prototype;
    if (object || typeof source === "string" || (argument === "checks" && source === undefined)) continue;
    throw new ArgumentError(argument, "a WebAssembly.Module, its bytes, a Response or an address");
  }
  await Promise.all([instanceOf("browser", calls), checks === undefined || instanceOf("checks", checks)]);
}

/**
 * Validates a body by the Worker's own rules, and returns its JSON.
 *
 * @throws {@link ValidationError} if the Worker would reject the body
 */
export async function validate(kind: "notification" | "batch" | "template", body: unknown): Promise<string> {
  const text = json(kind, body);
  const checks = await instanceOf("checks");
  try {
    await checks.run((exports) => exports[kind](text));
    return text;
  } catch (error) {
    throw Array.isArray(error) ? invalidField(String(error[0]), String(error[1])) : error;
  }
}

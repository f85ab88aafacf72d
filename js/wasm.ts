import { json } from "./argument.js";
import { ArgumentError, refused, WebAssemblyError } from "./error.js";
import { inlined } from "./inline.js";
import type * as Rules from "./wasm/browser.js";
import type * as Checks from "./wasm/checks.js";

/** What a WebAssembly can be made from. */
export type WasmSource =
  | WebAssembly.Module
  | BufferSource
  | Response
  | URL
  | string
  | PromiseLike<WebAssembly.Module | BufferSource | Response | URL | string>;

/** The two programs: the rules of calls, and what messages are checked by. */
export interface Parts {
  browser: typeof Rules;
  checks: typeof Checks;
}

const glue: { [Name in keyof Parts]: () => Promise<Parts[Name]> } = {
  browser: () => import("./wasm/browser.js"),
  checks: () => import("./wasm/checks.js"),
};
const started: { [Name in keyof Parts]?: Promise<Parts[Name]> } = {};
let provided: { [Name in keyof Parts]?: () => Parts[Name] } = {};

/** Has a runtime's own way replace the loading. */
export function provide(parts: { [Name in keyof Parts]: () => Parts[Name] }): void {
  provided = parts;
}

/** A part of the WebAssembly, loaded once. A load that failed is tried anew by the next call. */
export async function part<Name extends keyof Parts>(name: Name, source?: WasmSource): Promise<Parts[Name]> {
  const ready = provided[name];
  if (ready) return ready();
  const starting = (started[name] ??= start(name, source) as never) as Promise<Parts[Name]>;
  starting.catch(() => {
    if (started[name] === (starting as never)) delete started[name];
  });
  return starting;
}

async function start<Name extends keyof Parts>(name: Name, source?: WasmSource): Promise<Parts[Name]> {
  try {
    const [module, bytes] = await Promise.all([glue[name](), source ?? inlined(name)]);
    await module.default({ module_or_path: bytes as string });
    return module;
  } catch (cause) {
    throw new WebAssemblyError(name, cause);
  }
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
  await Promise.all([part("browser", rules), checks === undefined || part("checks", checks)]);
}

/** The JSON of a body, once it is checked by the Worker's own rules. */
export async function check(kind: "notification" | "batch" | "template", body: unknown): Promise<string> {
  const text = json(kind, body);
  const checks = await part("checks");
  try {
    checks[kind](text);
    return text;
  } catch (error) {
    throw Array.isArray(error) ? refused(String(error[0]), String(error[1])) : error;
  }
}

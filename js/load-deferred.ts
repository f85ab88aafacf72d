// Loads the code of batches and exports when it is first used.

let load = () => import("./deferred.js");

/** Loads the code of batches and exports. */
export const loadDeferred = () => load();

/** Provides the code of batches and exports, for an entry that must not load it by `import()`. */
export function provideDeferred(module: typeof import("./deferred.js")): void {
  load = async () => module;
}

// Loads the code of batches, exports and live events when it is first used.

let load = () => import("./deferred.js");

/** Loads the code of batches, exports and live events. */
export const loadDeferred = () => load();

/** Provides the code of batches, exports and live events, for an entry that must not load it by `import()`. */
export function provideDeferred(module: typeof import("./deferred.js")): void {
  load = async () => module;
}

// Starts an engine: in a Web Worker where one can be started, else in this thread.

import { Engine } from "./engine.js";
import type { Port, StartOptions } from "./protocol.js";
import { SameThread } from "./same-thread.js";

/** An engine that was started. */
export interface Started {
  engine: Engine;
  /** The `since` token of the snapshot that was restored, or null. */
  since: string | null;
  /** True in a Web Worker. */
  inWorker: boolean;
}

// Vite and webpack recognise this expression, and bundle the program of the Web Worker.
const defaultWorker = () =>
  new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "intercom-edge-directory" });

/** Starts an engine. `worker` creates a Web Worker that runs worker.js. */
export async function startEngine(
  worker: (() => unknown) | undefined,
  options: StartOptions,
  signal: AbortSignal,
): Promise<Started> {
  const port = portOf(worker);
  if (port) {
    const engine = new Engine(port, options.budget);
    const stop = () => engine.close(signal.reason);
    signal.addEventListener("abort", stop);
    try {
      return { engine, since: await engine.call("start", [options]), inWorker: true };
    } catch (error) {
      engine.close(error);
      signal.throwIfAborted();
      // A Web Worker whose script cannot be loaded ends before it answers.
      if (!engine.hasCrashed) throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
  const engine = new Engine(new SameThread(), options.budget);
  return { engine, since: await engine.call("start", [options]), inWorker: false };
}

function portOf(worker: (() => unknown) | undefined): Port | undefined {
  if (!worker && typeof Worker !== "function") return undefined;
  try {
    return (worker ?? defaultWorker)() as Port;
  } catch {
    // The page's Content-Security-Policy or the bundler forbids it.
    return undefined;
  }
}

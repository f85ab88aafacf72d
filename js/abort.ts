// Ends calls early: when the caller's signal aborts or the timeout expires.

import { IntercomError, TimeoutError } from "./error.js";

/** How long a call may go on after its timeout, in milliseconds, to report a more precise error. */
const GRACE = 100;

/** A task with a timeout. It stops when `signal` aborts (without a reason), and may end itself by `giveUp`. */
export type Task<T> = (signal: AbortSignal, giveUp: (reason: unknown) => void) => Promise<T>;

/**
 * Runs a task until it settles, the signal aborts or the timeout (in milliseconds) expires.
 *
 * @throws the signal's reason, or {@link TimeoutError}
 */
export async function withTimeout<T>(
  signal: AbortSignal | undefined,
  timeout: number,
  streams: boolean,
  task: Task<T>,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const controller = new AbortController();
  let giveUp!: (reason: unknown) => void;
  const gaveUp = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      reject(reason);
      // The WebAssembly gets a signal without a reason: gloo-net accepts only Errors.
      controller.abort();
    };
  });
  const abort = () => giveUp(signal?.reason);
  let late: TimeoutError | undefined;
  const outOfTime = () => {
    late = new TimeoutError("The Worker didn't answer in time", { code: "timeout" });
    timer = setTimeout(giveUp, GRACE, late);
    controller.abort();
  };
  if (signal) listen(signal, abort);
  let timer = setTimeout(outOfTime, Math.min(timeout, 2 ** 31 - 1));
  try {
    const result = await Promise.race([gaveUp, task(controller.signal, giveUp)]);
    if (signal && streams) abortStreamWith(signal, controller, result as Response);
    return result;
  } catch (error) {
    // Stops requests whose response is no longer needed.
    controller.abort();
    // A response that came after the timeout, such as a 429, says more than a TimeoutError.
    throw late && !(error instanceof IntercomError && error.status > 0) ? late : error;
  } finally {
    clearTimeout(timer);
    if (signal) unlisten(signal, abort);
  }
}

/** The controller of each stream, kept while the stream's body is in memory. */
const streamControllers = new WeakMap<object, AbortController>();
const collected = new FinalizationRegistry<() => void>((stopListening) => stopListening());

/** Aborts a stream when a signal aborts. Stops listening when the stream's body is garbage-collected. */
function abortStreamWith(signal: AbortSignal, controller: AbortController, response: Response): void {
  const body = response.body ?? response;
  streamControllers.set(body, controller);
  const stream = new WeakRef(controller);
  const abort = () => stream.deref()?.abort(signal.reason);
  listen(signal, abort);
  collected.register(body, () => unlisten(signal, abort));
}

/** The callbacks of each caller's signal. A signal gets one listener: Node warns about more than ten. */
const callbacks = new WeakMap<AbortSignal, Set<() => void>>();

function listen(signal: AbortSignal, abort: () => void): void {
  callbacks.set(signal, (callbacks.get(signal) ?? new Set()).add(abort));
  signal.addEventListener("abort", abortAll);
}

function unlisten(signal: AbortSignal, abort: () => void): void {
  const aborts = callbacks.get(signal);
  aborts?.delete(abort);
  if (aborts?.size === 0) signal.removeEventListener("abort", abortAll);
}

function abortAll(this: AbortSignal): void {
  for (const abort of [...(callbacks.get(this) ?? [])]) abort();
}

/** Waits for a promise. Rejects with the signal's reason if the signal aborts first. */
export function untilAborted<T>(promise: T | PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Waits for some milliseconds. Rejects with the signal's reason if the signal aborts first. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

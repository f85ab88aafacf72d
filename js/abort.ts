// When a call ends before its time: by its signal, or because the time is over.

import { IntercomError, TimeoutError } from "./error.js";

/** How long a call whose time is over may take to say why, in milliseconds. */
const GRACE = 100;

/** What runs within a time: it stops when `ended` aborts, which has no reason, and may give up itself. */
export type Run<T> = (ended: AbortSignal, giveUp: (reason: unknown) => void) => Promise<T>;

/**
 * Runs what ends at once when a signal aborts, by throwing its reason, whatever that is, or when the
 * time is over.
 */
export async function within<T>(
  signal: AbortSignal | undefined,
  timeout: number,
  streams: boolean,
  run: Run<T>,
): Promise<T> {
  if (signal?.aborted) throw signal.reason;
  const controller = new AbortController();
  let giveUp!: (reason: unknown) => void;
  const given = new Promise<never>((_, reject) => {
    giveUp = (reason) => {
      reject(reason);
      // Rust gets a signal without a reason: gloo-net knows none but Errors.
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
    const result = await Promise.race([given, run(controller.signal, giveUp)]);
    if (signal && streams) endWith(signal, controller, result as Response);
    return result;
  } catch (error) {
    // What nobody reads any more ends.
    controller.abort();
    // An answer that outlasted the time, such as the rate limit, says more than that the time is over.
    throw late && !(error instanceof IntercomError && error.status > 0) ? late : error;
  } finally {
    clearTimeout(timer);
    if (signal) unlisten(signal, abort);
  }
}

/** The controller that ends a stream, kept as long as the stream's body is in memory. */
const endings = new WeakMap<object, AbortController>();
const read = new FinalizationRegistry<() => void>((forget) => forget());

/** Has a signal end a stream, and stops listening once the stream's body is collected. */
function endWith(signal: AbortSignal, controller: AbortController, response: Response): void {
  const body = response.body ?? response;
  endings.set(body, controller);
  const ending = new WeakRef(controller);
  const abort = () => ending.deref()?.abort(signal.reason);
  listen(signal, abort);
  read.register(body, () => unlisten(signal, abort));
}

/** What ends with a caller's signal. Each has one listener of ours: Node warns of more than ten. */
const listening = new WeakMap<AbortSignal, Set<() => void>>();

function listen(signal: AbortSignal, abort: () => void): void {
  listening.set(signal, (listening.get(signal) ?? new Set()).add(abort));
  signal.addEventListener("abort", abortAll);
}

function unlisten(signal: AbortSignal, abort: () => void): void {
  const aborts = listening.get(signal);
  aborts?.delete(abort);
  if (aborts?.size === 0) signal.removeEventListener("abort", abortAll);
}

function abortAll(this: AbortSignal): void {
  for (const abort of [...(listening.get(this) ?? [])]) abort();
}

/** Waits for a promise, unless the signal aborts before. */
export function until<T>(promise: T | PromiseLike<T>, ended: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(ended.reason);
    if (ended.aborted) abort();
    ended.addEventListener("abort", abort);
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => ended.removeEventListener("abort", abort));
  });
}

/** Waits, unless the call ends before. */
export function sleep(milliseconds: number, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    ended?.throwIfAborted();
    const abort = () => {
      clearTimeout(timer);
      reject(ended?.reason);
    };
    const timer = setTimeout(() => {
      ended?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    ended?.addEventListener("abort", abort, { once: true });
  });
}

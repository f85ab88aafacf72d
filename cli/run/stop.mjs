// How a command that serves is stopped.

const PARENT_CHECK_MS = 1000;

/**
 * Resolves on Ctrl-C, on SIGTERM and SIGHUP, and when the npm that runs this command has ended without passing on a
 * signal.
 */
export function untilStopped() {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
    if (!process.env.npm_lifecycle_event) return;
    const npm = process.ppid;
    setInterval(() => process.ppid !== npm && resolve(), PARENT_CHECK_MS).unref();
  });
}

// Errors for people: what failed, why, and what to do.

/** An error that a person can act on. */
export class Failure extends Error {
  /** `why` is the cause, in one or more lines. `todo` is what to type or to change. */
  constructor(what, { why, todo } = {}) {
    super(what);
    this.why = why;
    this.todo = todo;
  }
}

/** Runs a command's `work`. An error is printed, and sets the exit code to 1. */
export async function main(work) {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", endOfOutput);
  try {
    await work();
  } catch (error) {
    print(error);
    process.exit(1);
  }
}

/** Ends the process, and with it child processes, because it cannot write its output. */
function endOfOutput(error) {
  // EPIPE, as in `npm start | head`: the reader has what it needs.
  if (error.code !== "EPIPE") print(new Failure("The output can't be written", { why: error.message }));
  process.exit(1);
}

/** Prints an error. One that is not a {@link Failure} is a fault of this code, and is printed with its stack. */
export function print(error) {
  console.error(`\n✗ ${error instanceof Failure ? error.message : error.stack}`);
  if (error.why) console.error(error.why.replace(/^/gm, "  | "));
  if (error.todo) console.error(`\n  What to do: ${error.todo}`);
}

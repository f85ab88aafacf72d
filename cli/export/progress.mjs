// The progress of an export on standard error.

const REDRAW_MS = 200;
const LINE_MS = 10_000;

/**
 * Shows the progress of an export: one line that is rewritten if `terminal` is true, else a line every 10 seconds.
 * `shown` is false if nothing is shown, not even the end.
 */
export class ProgressLine {
  #write;
  #terminal;
  #shown;
  #began = Date.now();
  #drawnAt;

  constructor({ shown, terminal, write = (text) => process.stderr.write(text) }) {
    this.#write = write;
    this.#terminal = terminal;
    this.#shown = shown;
    this.#drawnAt = terminal ? 0 : this.#began;
  }

  /** Shows `text`, if the last time was long enough ago. */
  show(text) {
    const now = Date.now();
    if (!this.#shown || now - this.#drawnAt < (this.#terminal ? REDRAW_MS : LINE_MS)) return;
    this.#drawnAt = now;
    this.#write(this.#terminal ? `${CLEAR}${text}` : `${text}\n`);
  }

  /** Removes the line that is rewritten. */
  clear() {
    if (this.#shown && this.#terminal) this.#write(CLEAR);
  }

  /** Shows the end, and `notes` in lines of their own. */
  finish(text, notes = []) {
    this.clear();
    if (!this.#shown) return;
    for (const line of [`✓ ${text} in ${seconds(Date.now() - this.#began)}`, ...notes]) this.#write(`${line}\n`);
  }
}

/** Moves to the start of the line, and clears it. */
const CLEAR = "\r\x1b[2K";

/** Describes the progress of an export: rows, per cent, ranges, and the time that is left. */
export function describe({ rows, total, ranges_done: done, ranges, estimated_end_at: end }, now = Date.now()) {
  const percent = Math.min(99, Math.floor((100 * rows) / total));
  const parts = [total > 0 ? `${number(rows)} of ${number(total)} rows (${percent} %)` : `${number(rows)} rows`];
  if (ranges > 1) parts.push(`${number(done)} of ${number(ranges)} ranges`);
  if (end !== null && end * 1000 > now) parts.push(`about ${seconds(end * 1000 - now)} left`);
  return parts.join(", ");
}

/** Describes the removed contacts of an export of changes. `known`: `removals` of the last marker. */
export function removalNotes(count, known) {
  if (known === null || known === undefined) return [];
  if (known === "unknown") return ["Removed contacts are unknown: the Worker has received no webhooks."];
  const contacts = count === 1 ? "1 contact was" : `${number(count)} contacts were`;
  const rest = known === "complete" ? "." : ". Earlier removals are unknown.";
  return [`${contacts} archived, deleted or merged${rest}`];
}

/** Formats a whole number. */
export const number = (value) => Number(value).toLocaleString("en-US");

/** Formats a duration in milliseconds. */
function seconds(milliseconds) {
  const all = Math.round(milliseconds / 1000);
  if (all < 60) return milliseconds < 9950 ? `${(milliseconds / 1000).toFixed(1)} s` : `${all} s`;
  const [hours, minutes] = [Math.floor(all / 3600), Math.floor(all / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${all % 60} s`;
}

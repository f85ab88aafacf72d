// The offsets of a time zone, by which the WebAssembly counts days, weeks and months.

/** Before this time, a zone has the offset that it has then: 1970 in seconds. */
const FIRST = 0;
const MONTH = 30 * 86_400;

/** The offsets of the zones that were used. */
const known = new Map<string, [number, number][]>();

/**
 * Returns the offsets of a time zone from UTC, in seconds, each with the time in seconds since 1970 from which it
 * holds. The list ends two years from now.
 *
 * @throws RangeError if the runtime does not know the zone
 */
export function offsetsOf(timeZone: string): [from: number, offset: number][] {
  const found = known.get(timeZone);
  if (found) return found;
  const { format } = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
  const offsetAt = (seconds: number) => offsetIn(format(seconds * 1000));
  let [at, offset] = [FIRST, offsetAt(FIRST)];
  const offsets: [number, number][] = [[Number.MIN_SAFE_INTEGER, offset]];
  const end = Date.now() / 1000 + 24 * MONTH;
  while (at < end) {
    const next = at + MONTH;
    if (offsetAt(next) !== offset) {
      const from = firstAfter(at, next, (seconds) => offsetAt(seconds) !== offset);
      offset = offsetAt(from);
      offsets.push([from, offset]);
    }
    at = next;
  }
  known.set(timeZone, offsets);
  return offsets;
}

/** Returns the first second after `low`, up to `high`, at which a condition that holds at `high` holds. */
function firstAfter(low: number, high: number, holds: (seconds: number) => boolean): number {
  let [before, after] = [low, high];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (holds(middle)) after = middle;
    else before = middle;
  }
  return after;
}

/** Reads the offset of a formatted time, such as `1/2/2026, GMT+05:30`. */
function offsetIn(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] = /GMT([+-])?(\d+)?:?(\d+)?:?(\d+)?/.exec(text) ?? [];
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return sign === "-" ? -offset : offset;
}

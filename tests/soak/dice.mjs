// Chance that comes the same way again: mulberry32.

/** Dice of a seed. */
export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    /** True with a chance of 0 to 1. */
    chance: (of) => next() < of,
    /** A whole number below `end`. */
    below: (end) => Math.floor(next() * end),
    /** One of several. */
    one: (of) => of[Math.floor(next() * of.length)],
  };
}

// Random numbers that a seed repeats.

/** Returns a function that gives numbers from 0 to below 1, the same ones for the same seed and index. */
export function random(seed, index = 0) {
  let state = 0x9e3779b9;
  for (const character of `${seed}:${index}`)
    state = Math.imul(state ^ character.codePointAt(0), 0x85ebca6b) ^ (state >>> 13);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    below: (limit) => Math.floor(next() * limit),
    is: (share) => next() < share,
    of: (list) => list[Math.floor(next() * list.length)],
    /** One of a list whose first members are more frequent. */
    early: (list) => list[Math.floor(next() ** 2 * list.length)],
    /** `length` characters of an alphabet. */
    text: (alphabet, length) => Array.from({ length }, () => alphabet[Math.floor(next() * alphabet.length)]).join(""),
  };
}

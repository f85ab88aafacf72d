// What is going to be sent, by whom and how: the same for a seed, always.

import { dice } from "./dice.mjs";

export const SENDER = "1234567";
const JOHN = "5bb2f45a1e099bf2d553a2d5";

/** What goes wrong, and how often beside the others. */
const FAULTS = {
  "status:429": 3, "status:500": 2, "status:404": 2, "accept_then:502": 3, "truncate": 2, "html403": 2, "empty200": 2, "reset": 3,
};
export const KINDS = [...Object.keys(FAULTS), "hang"];
const DRAWN = Object.entries(FAULTS).flatMap(([kind, often]) => Array(often).fill(kind));

/**
 * A send: its `subject` is its own, and so is its `key`, if it has one, for its caller; other callers
 * have keys of the same names. `fault` is set up before it, for whichever message comes next.
 */
export function plan({ sends, callers, seed }) {
  const random = dice(seed);
  const hangs = Math.max(1, Math.min(6, Math.round(sends / 150)));
  // Every kind at least once, and where one comes is chance.
  const certain = [...Object.keys(FAULTS), ...Array(hangs).fill("hang")];
  const places = new Map();
  while (places.size < Math.min(certain.length, sends)) {
    const at = random.below(Math.ceil(sends * 0.8));
    if (!places.has(at)) places.set(at, certain[places.size]);
  }
  return Array.from({ length: sends }, (_, number) => {
    const keyed = random.chance(0.5);
    const sdk = random.chance(0.2);
    const old = !sdk && random.chance(0.3);
    return {
      number,
      caller: `caller-${number % callers}`,
      key: keyed ? `key-${Math.floor(number / callers)}` : undefined,
      subject: `soak ${seed} ${number}`,
      sdk,
      old,
      // The SDK knows no 202 for a message.
      waits: sdk || random.chance(0.75),
      twice: !sdk && random.chance(0.1),
      hangsUp: !sdk && random.chance(0.1) ? random.below(120) : undefined,
      again: random.chance(0.3),
      fault: places.get(number) ?? (random.chance(0.2) ? random.one(DRAWN) : undefined),
    };
  });
}

/** The body of a send. */
export const message = ({ subject, old }) => ({
  message_type: "email",
  subject,
  body: "How are you ?",
  template: "plain",
  from: { type: "admin", id: SENDER },
  to: old ? { type: "user", user_id: "john_doe" } : { type: "user", id: JOHN },
});

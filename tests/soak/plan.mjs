// What is going to be sent, by whom and how: the same for a seed, always.

import { dice } from "./dice.mjs";

export const SENDER = "1234567";
/** The caller who stores too much. */
export const GREEDY = "greedy";
/** Those that are replied to. */
export const CONVERSATIONS = ["1001", "1002", "1003", "1004", "1005", "1006", "1007", "1008"];
const JOHN = "5bb2f45a1e099bf2d553a2d5";

/** What goes wrong, and how often beside the others. */
const FAULTS = {
  "status:429": 3,
  "status:500": 2,
  "status:404": 2,
  "accept_then:502": 3,
  truncate: 2,
  html403: 2,
  empty200: 2,
  reset: 3,
};
export const KINDS = [...Object.keys(FAULTS), "hang"];
const DRAWN = Object.entries(FAULTS).flatMap(([kind, often]) => Array(often).fill(kind));

/** What is done to a batch, one after the other: each batch has one of these, in turn. */
const CHANGES = [
  ["pause", "cancel"],
  ["pause", "resume"],
  ["cancel"],
  [],
  ["pause", "resume", "pause", "resume", "cancel"],
];

/**
 * A send: its `text` is its own, and so is its `key`, if it has one, for its caller; other callers
 * have keys of the same names. With a `conversation` it is a reply. `fault` is set up before it, for
 * whichever message, or reply, comes next. `once`: it isn't asked for again, even if no answer came.
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
    const conversation = random.chance(0.25) ? random.one(CONVERSATIONS) : undefined;
    // Without a key, the same reply may be another one: docs/messages.md, "Replies".
    const once = conversation !== undefined && !keyed;
    const sdk = !conversation && random.chance(0.2);
    const old = !sdk && random.chance(0.3);
    return {
      number,
      caller: `caller-${number % callers}`,
      key: keyed ? `key-${Math.floor(number / callers)}` : undefined,
      text: `soak ${seed} ${number}`,
      conversation,
      once,
      sdk,
      old,
      // The SDK knows no 202 for a message.
      waits: sdk || random.chance(0.75),
      twice: !sdk && !once && random.chance(0.1),
      hangsUp: !sdk && !once && random.chance(0.1) ? random.below(120) : undefined,
      again: !once && random.chance(0.3),
      fault: places.get(number) ?? (random.chance(0.2) ? random.one(DRAWN) : undefined),
    };
  });
}

/** Batches, each to a part of some people: `size` of them, beginning `from` one. */
export function planBatches({ batches, people, seed }) {
  const random = dice(seed + 2_000_000);
  return Array.from({ length: batches }, (_, number) => {
    const changes = CHANGES[number % CHANGES.length];
    // One that is paused must still be at work then, however fast the machine is.
    const size = (changes.includes("pause") ? 24 : 4) + random.below(12);
    return { number, key: `batch-${number}`, size, from: random.below(people - size), changes };
  });
}

/** The path of a send. */
export const path = ({ conversation }) => (conversation ? `/conversations/${conversation}/reply` : "/messages");

/** The body of a send. */
export const message = ({ text, conversation, old }) =>
  conversation
    ? {
        message_type: "comment",
        type: "admin",
        admin_id: SENDER,
        body: text,
      }
    : {
        message_type: "email",
        subject: text,
        body: "How are you ?",
        template: "plain",
        from: { type: "admin", id: SENDER },
        to: old ? { type: "user", user_id: "john_doe" } : { type: "user", id: JOHN },
      };

/** The text by which a send is known, out of the body of its request. */
export const textOf = (request) => request?.subject ?? request?.body;

// What must be true of messages, whatever was killed and whatever went wrong: of the sends as their
// callers saw them, of the outbox, and of what arrived at Intercom. Without I/O.

import { exceedsQuota } from "./greedy.mjs";
import { GREEDY, textOf } from "./plan.mjs";

/** What an answer to somebody who waited can be. 502 to 504 may be of what leads up to the message, too. */
const STATUSES = [200, 403, 404, 429, 502, 503, 504];
const FINAL = ["sent", "failed", "unknown"];

/**
 * The checks, each `{ what, wrong }`: a promise, and where it's broken.
 *
 * `sends`: as [`deliver`] leaves them. `outbox`: every message there with its request, `listed`: the ids
 * that each caller is shown, `arrived`: what Intercom accepted, in its order. `retries`: how often each
 * message was retried, by its id. `batches`: as [`sendBatches`] leaves them, and `made`: the outbox's.
 * `quota`: what [`sendGreedily`] returns.
 */
export function checks({ sends, outbox, listed, arrived, retries, batches, made, quota }) {
  const accepted = grouped(arrived, ({ text }) => text);
  const messages = grouped(outbox, ({ request }) => textOf(request));
  const byId = new Map(outbox.map((message) => [message.id, message]));
  const sendOf = new Map(sends.map((send) => [send.text, send]));
  const batchOf = new Map(made.map((batch) => [batch.id, batch]));
  const answers = sends.flatMap((send) => send.answers.map((answer) => ({ ...answer, send })));
  const known = answers.filter(({ id }) => id);
  const waited = known.filter(({ status }) => status !== 202 && status !== 409);
  const repeated = [...grouped(waited, ({ id }) => id).values()];
  // The greedy caller's texts aren't kept, and its messages are removed.
  const kept = outbox.filter(({ caller }) => caller !== GREEDY);
  const at = (text) => accepted.get(text) ?? [];
  const of = (text) => messages.get(text) ?? [];
  const retried = (text) => sum(of(text).map(({ id }) => retries.get(id) ?? 0));
  const name = ({ caller, number }) => `send ${number} of ${caller}`;
  const called = ({ number }) => `batch ${number}`;

  return [
    check(
      "each caller was told what became of each send",
      sends,
      ({ answers, cut, once }) =>
        !(once && cut > 0) &&
        !answers.some(({ status }) => status !== 409) &&
        `no answer but ${cut} cut connections and ${answers.length} times 409`,
      name,
    ),
    check(
      "every answer is one that the outbox gives",
      answers,
      ({ status, id, body, text, send }) => {
        if (status === 409 && code(body) === "idempotency_key_in_use") return undefined;
        const known = STATUSES.includes(status) || (status === 202 && !send.waits);
        return !(known && id) && `${status} ${text.slice(0, 200)}`;
      },
      ({ send }) => name(send),
    ),
    check(
      "nothing is left on its way",
      outbox,
      ({ state }) => !FINAL.includes(state) && state,
      ({ id }) => id,
    ),
    check(
      "nothing is in Intercom twice, but for what someone retried",
      [...accepted],
      ([text, all]) => all.length > 1 + retried(text) && `${all.length} times, ${retried(text)} retries`,
      ([text]) => text,
    ),
    check(
      "nothing is in Intercom that the outbox doesn't know",
      arrived.filter(({ text }) => !text.startsWith(GREEDY)),
      ({ text, id, conversation }) =>
        !of(text).some(
          (message) =>
            wasUnknown(message) ||
            (message.state === "sent" &&
              (conversation ? message.conversation_id === conversation : message.message_id === id)),
        ) &&
        `its messages are ${
          of(text)
            .map(({ state }) => state)
            .join() || "none"
        }`,
      ({ text }) => text,
    ),
    check(
      "a message that is `sent` is in Intercom once, under its id",
      kept.filter(({ state, kind }) => state === "sent" && kind === "message"),
      ({ message_id, request }) =>
        at(textOf(request)).filter(({ id }) => id === message_id).length !== 1 && `message_id ${message_id}`,
      ({ id }) => id,
    ),
    check(
      "a reply that is `sent` is in its conversation",
      kept.filter(({ state, kind }) => state === "sent" && kind === "conversation"),
      ({ conversation_id, request }) =>
        !at(textOf(request)).some(({ conversation }) => conversation === conversation_id) &&
        `conversation ${conversation_id}`,
      ({ id }) => id,
    ),
    check(
      "a caller's replies are in a conversation in the order in which they were sent",
      [
        ...grouped(
          arrived.filter(({ text, conversation }) => conversation && retried(text) === 0),
          ({ text, conversation }) => `${sendOf.get(text).caller} in ${conversation}`,
        ),
      ],
      ([, all]) => {
        const numbers = all.map(({ text }) => sendOf.get(text).number);
        return numbers.some((number, at) => at > 0 && numbers[at - 1] > number) && numbers.join();
      },
      ([where]) => where,
    ),
    check(
      "what only `failed` isn't in Intercom",
      sends.filter(({ text }) => of(text).every(({ state }) => state === "failed")),
      ({ text }) => at(text).length > 0 && "it is",
      name,
    ),
    check(
      "what was answered is in the outbox, under its caller's name",
      known,
      ({ id, send }) => byId.get(id)?.caller !== send.caller && id,
      ({ send }) => name(send),
    ),
    check(
      "what was accepted is listed to its caller",
      answers.filter(({ status }) => status < 300),
      ({ id, send }) => !listed[send.caller]?.includes(id) && `${id}`,
      ({ send }) => name(send),
    ),
    // Not only what it is now: a retry, or the same key after a failure, sends it again.
    check(
      "an answer says what is so, or was",
      waited,
      ({ id, status, body, send }) => {
        const message = byId.get(id);
        const says = code(body) === "message_unknown" ? "unknown" : status === 200 ? "sent" : "failed";
        if (!message?.history.some(({ state }) => state === says))
          return `${status} ${code(body) ?? ""} of one that is ${message?.state}`;
        const names = send.conversation ?? message.message_id;
        return status === 200 && body?.id !== names && `${body?.id} of ${names}`;
      },
      ({ send }) => name(send),
    ),
    check(
      "a repeat is answered with the same bytes",
      repeated,
      (all) => {
        const different = new Set(all.map(({ status, text }) => `${status} ${text}`));
        const ends = byId.get(all[0].id)?.history.filter(({ state }) => FINAL.includes(state)).length;
        return different.size > ends && [...different].map((one) => one.slice(0, 200)).join(" | ");
      },
      ([{ send }]) => name(send),
    ),
    check(
      "only the first answer to an attempt is no replay",
      repeated,
      (all) => {
        const { send, id } = all[0];
        const fresh = all.filter(({ replayed }) => !replayed).length;
        // Who joins the send that is in flight gets its answer as well.
        const joins = send.twice || send.hangsUp !== undefined || send.cut > 0;
        return (
          fresh > (joins ? all.length : 1 + times(byId.get(id), "failed", "queued")) && `${fresh} of ${all.length}`
        );
      },
      ([{ send }]) => name(send),
    ),
    check(
      "a key has one message",
      sends.filter(({ key }) => key),
      ({ text, answers }) => {
        const ids = new Set([...of(text), ...answers].flatMap(({ id }) => id ?? []));
        return ids.size > 1 && [...ids].join();
      },
      name,
    ),
    check(
      "only what failed is tried anew",
      sends,
      ({ text }) =>
        of(text).filter(({ state }) => state !== "failed").length > 1 &&
        of(text)
          .map(({ state }) => state)
          .join(),
      name,
    ),
    // The request of a message that was not sent isn't kept.
    check(
      "a message has its caller's key",
      kept.filter(({ request, batch_id }) => request && !batch_id),
      ({ request, idempotency_key, caller }) => {
        const send = sendOf.get(textOf(request));
        return (send?.caller !== caller || (send.key ?? null) !== idempotency_key) && `${caller}, ${idempotency_key}`;
      },
      ({ id }) => id,
    ),
    check(
      "each caller is shown all that is theirs and nothing else",
      Object.entries(listed),
      ([caller, ids]) => {
        const own = outbox.filter((message) => message.caller === caller).map(({ id }) => id);
        return [...ids].sort().join() !== own.sort().join() && `${ids.length} of ${own.length}`;
      },
      ([caller]) => caller,
    ),
    check(
      "each history is one that can be",
      outbox,
      ({ state, history, idempotency_key }) => {
        const states = history.map(({ state }) => state);
        const fits =
          states[0] === "queued" &&
          states.at(-1) === state &&
          states.every((one, at) => at === 0 || follows(states.slice(0, at), idempotency_key).includes(one)) &&
          history.every(({ at: time }, at) => at === 0 || history[at - 1].at <= time);
        return !fits && states.join(" → ");
      },
      ({ id }) => id,
    ),
    check(
      "what was ever `unknown` never ends `failed`",
      outbox,
      (message) => wasUnknown(message) && message.state === "failed" && "it did",
      ({ id }) => id,
    ),
    check(
      "what is `unknown` is sent again as often as someone retried it, at most",
      outbox,
      (message) =>
        times(message, "unknown", "queued") > (retries.get(message.id) ?? 0) &&
        `${times(message, "unknown", "queued")} times`,
      ({ id }) => id,
    ),
    check(
      "each batch was taken, and there is one of each",
      batches,
      ({ refused, id }) =>
        refused
          ? JSON.stringify(refused)
          : (!batchOf.has(id) || made.length !== batches.length) && `${made.length} of ${batches.length}`,
      called,
    ),
    check(
      "each batch has come to its end",
      made,
      ({ finished_at, queued, sending }) =>
        (finished_at === null || queued + sending > 0) &&
        `${queued} queued, ${sending} sending, finished_at ${finished_at}`,
      ({ id }) => id,
    ),
    check(
      "each batch's numbers add up",
      batches.filter(({ id }) => batchOf.has(id)),
      ({ id, listed }) => {
        const { total, duplicates, sent, failed, unknown } = batchOf.get(id);
        const theirs = outbox.filter(({ batch_id }) => batch_id === id);
        const counted = FINAL.map((state) => theirs.filter((message) => message.state === state).length);
        const fits =
          sent + failed + unknown === total &&
          total + duplicates === listed &&
          counted.join() === [sent, failed, unknown].join();
        return !fits && `${sent} sent, ${failed} failed, ${unknown} unknown, ${duplicates} duplicates of ${listed}`;
      },
      called,
    ),
    check(
      "a batch is cancelled if someone cancelled it",
      batches.filter(({ id }) => batchOf.has(id)),
      ({ id, done }) =>
        batchOf.get(id).state !== (done.includes("cancel") ? "cancelled" : "done") && batchOf.get(id).state,
      called,
    ),
    check(
      "who stores too much is refused with the reason, and not told to wait",
      quota,
      ({ refusal }) => !(refusal?.status === 429 && !refusal.headers.has("retry-after")) && `${refusal?.status}`,
      () => GREEDY,
    ),
    check(
      "whose messages were removed may send again",
      quota,
      ({ again }) => exceedsQuota(again) && JSON.stringify(again.body),
      () => GREEDY,
    ),
    check(
      "nobody else is refused for it",
      [...answers, ...batches.flatMap(({ refused }) => refused ?? [])],
      (answer) => exceedsQuota(answer) && answer.status,
      ({ send }) => (send ? name(send) : "a batch"),
    ),
  ];
}

/** What is printed at the end. */
export function counts({ sends, outbox, arrived, retries, batches, quota }) {
  const answers = sends.flatMap(({ answers }) => answers);
  const number = (list, test) => list.filter(test).length;
  const changes = batches.flatMap(({ done }) => done);
  return {
    sends: sends.length,
    replies: number(sends, ({ conversation }) => conversation),
    batches: batches.length,
    recipients: sum(batches.map(({ listed }) => listed)),
    pauses: number(changes, (change) => change === "pause"),
    cancels: number(changes, (change) => change === "cancel"),
    "messages cancelled": number(outbox, ({ history }) => history.at(-1).cause?.startsWith("The batch was cancelled")),
    retries: sum([...retries.values()]),
    "retried messages sent": number(outbox, (message) => wasUnknown(message) && message.state === "sent"),
    "keys sent again": sum(outbox.map((message) => times(message, "failed", "queued"))),
    "quota rejections": number(quota, ({ refusal }) => refusal),
    requests: answers.length + sum(sends.map(({ cut }) => cut)),
    "without an answer": sum(sends.map(({ cut }) => cut)),
    replayed: number(answers, ({ replayed }) => replayed),
    accepted: number(sends, ({ answers }) => answers.some(({ status }) => status < 300)),
    messages: outbox.length,
    ...Object.fromEntries(FINAL.map((state) => [state, number(outbox, (message) => message.state === state)])),
    "in Intercom": arrived.length,
  };
}

const code = (body) => body?.errors?.[0]?.code;
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
const wasUnknown = ({ history }) => history.some(({ state }) => state === "unknown");

/** How often one state followed another in a message's history. */
const times = (message, before, after) =>
  message?.history.filter(({ state }, at) => state === after && message.history[at - 1]?.state === before).length ?? 0;

/** The states that can follow some others: docs/messages.md, "States". */
function follows(states, key) {
  const failed = states.includes("unknown") ? "unknown" : "failed";
  // The same key sends what failed, unless Intercom rejected it.
  const rejected = states.at(-2) === "sending";
  return {
    queued: ["sending", failed],
    sending: ["queued", "sent", failed, "unknown"],
    sent: [],
    failed: key && !rejected ? ["queued"] : [],
    unknown: ["queued"],
  }[states.at(-1)];
}

function check(what, list, broken, name) {
  const wrong = list.flatMap((one) => {
    const how = broken(one);
    return how ? [`${name(one)}: ${how}`] : [];
  });
  return { what, wrong };
}

function grouped(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

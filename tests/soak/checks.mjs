// What must be true of messages, whatever was killed and whatever went wrong: of the sends as their
// callers saw them, of the outbox, and of Intercom's ledger. Without I/O.

/** What an answer to somebody who waited can be. 502 to 504 may be of what leads up to the message, too. */
const STATUSES = [200, 403, 404, 429, 502, 503, 504];
const FINAL = ["sent", "failed", "unknown"];
const NEXT = { queued: ["sending", "failed"], sending: ["queued", ...FINAL], sent: [], failed: [], unknown: [] };

/**
 * The checks, each `{ what, wrong }`: a promise, and where it's broken.
 *
 * `sends`: as [`deliver`] leaves them. `outbox`: every message there with its request, `listed`: the ids
 * that each caller is shown, `ledger`: what Intercom accepted.
 */
export function checks({ sends, outbox, listed, ledger }) {
  const accepted = grouped(ledger, ({ request }) => request.subject);
  const messages = grouped(outbox, ({ request }) => request?.subject);
  const byId = new Map(outbox.map((message) => [message.id, message]));
  const answers = sends.flatMap((send) => send.answers.map((answer) => ({ ...answer, send })));
  const known = answers.filter(({ id }) => id);
  const waited = known.filter(({ status }) => status !== 202 && status !== 409);
  const at = ({ subject }) => accepted.get(subject) ?? [];
  const of = ({ subject }) => messages.get(subject) ?? [];
  const name = ({ caller, number }) => `send ${number} of ${caller}`;

  return [
    check("each caller was told what became of each send", sends, ({ answers, cut }) =>
      !answers.some(({ status }) => status !== 409) && `no answer but ${cut} cut connections and ${answers.length} times 409`, name),
    check("every answer is one that the outbox gives", answers, ({ status, id, body, text, send }) => {
      if (status === 409 && code(body) === "idempotency_key_in_use") return undefined;
      const known = STATUSES.includes(status) || (status === 202 && !send.waits);
      return !(known && id) && `${status} ${text.slice(0, 200)}`;
    }, ({ send }) => name(send)),
    check("nothing is left on its way", outbox, ({ state }) => !FINAL.includes(state) && state, ({ id }) => id),
    check("nothing is in Intercom twice", sends, (send) => at(send).length > 1 && `${at(send).length} times`, name),
    check("nothing is in Intercom that the outbox doesn't know", ledger, ({ request, answer }) =>
      !of(request).some(({ state, message_id }) => state === "unknown" || (state === "sent" && message_id === answer.id)) &&
      `its messages are ${of(request).map(({ state }) => state).join() || "none"}`, ({ request }) => request.subject),
    check("what is `sent` is in Intercom once, under its id", outbox.filter(({ state }) => state === "sent"), (message) =>
      at(message.request).filter(({ answer }) => answer.id === message.message_id).length !== 1 && `message_id ${message.message_id}`, ({ id }) => id),
    check("what only `failed` isn't in Intercom", sends.filter((send) => of(send).every(({ state }) => state === "failed")), (send) =>
      at(send).length > 0 && "it is", name),
    check("what was answered is in the outbox, under its caller's name", known, ({ id, send }) =>
      byId.get(id)?.caller !== send.caller && id, ({ send }) => name(send)),
    check("what was accepted is listed to its caller", answers.filter(({ status }) => status < 300), ({ id, send }) =>
      !listed[send.caller]?.includes(id) && `${id}`, ({ send }) => name(send)),
    check("an answer says what is so", waited, ({ id, status, body }) => {
      const message = byId.get(id);
      const says = code(body) === "message_unknown" ? "unknown" : status === 200 ? "sent" : "failed";
      if (message?.state !== says) return `${status} ${code(body) ?? ""} of one that is ${message?.state}`;
      return status === 200 && body?.id !== message.message_id && `${body?.id} of ${message.message_id}`;
    }, ({ send }) => name(send)),
    check("a repeat is answered with the same bytes", [...grouped(waited, ({ id }) => id).values()], (all) =>
      new Set(all.map(({ status, text }) => `${status} ${text}`)).size > 1 && all.map(({ status, text }) => `${status} ${text.slice(0, 200)}`).join(" | "),
    ([{ send }]) => name(send)),
    check("only the first answer of a message is no replay", [...grouped(waited, ({ id }) => id).values()], (all) => {
      const { send } = all[0];
      const fresh = all.filter(({ replayed }) => !replayed).length;
      // Who joins the send that is in flight gets its answer as well.
      return fresh > (send.twice || send.hangsUp !== undefined || send.cut > 0 ? all.length : 1) && `${fresh} of ${all.length}`;
    }, ([{ send }]) => name(send)),
    check("a key has one message", sends.filter(({ key }) => key), (send) => of(send).length > 1 && `${of(send).length}`, name),
    check("only what failed is tried anew", sends, (send) =>
      of(send).filter(({ state }) => state !== "failed").length > 1 && of(send).map(({ state }) => state).join(), name),
    // The request of a message that was not sent isn't kept.
    check("a message has its caller's key", outbox.filter(({ request }) => request), ({ request, idempotency_key, caller }) => {
      const send = sends.find(({ subject }) => subject === request?.subject);
      return (send?.caller !== caller || (send.key ?? null) !== idempotency_key) && `${caller}, ${idempotency_key}`;
    }, ({ id }) => id),
    check("each caller is shown all that is theirs and nothing else", Object.entries(listed), ([caller, ids]) => {
      const own = outbox.filter((message) => message.caller === caller).map(({ id }) => id);
      return [...ids].sort().join() !== own.sort().join() && `${ids.length} of ${own.length}`;
    }, ([caller]) => caller),
    check("each history is one that can be", outbox, ({ state, history }) => {
      const states = history.map(({ state }) => state);
      const fits = states[0] === "queued" && states.at(-1) === state &&
        states.every((one, at) => at === 0 || NEXT[states[at - 1]].includes(one)) &&
        history.every(({ at: time }, at) => at === 0 || history[at - 1].at <= time);
      return !fits && states.join(" → ");
    }, ({ id }) => id),
  ];
}

/** What is printed at the end. */
export function counts({ sends, outbox, ledger }) {
  const answers = sends.flatMap(({ answers }) => answers);
  const number = (list, test) => list.filter(test).length;
  return {
    sends: sends.length,
    requests: answers.length + sends.reduce((sum, { cut }) => sum + cut, 0),
    "without an answer": sends.reduce((sum, { cut }) => sum + cut, 0),
    replayed: number(answers, ({ replayed }) => replayed),
    accepted: number(sends, ({ answers }) => answers.some(({ status }) => status < 300)),
    messages: outbox.length,
    ...Object.fromEntries(FINAL.map((state) => [state, number(outbox, (message) => message.state === state)])),
    "in the ledger": ledger.length,
  };
}

const code = (body) => body?.errors?.[0]?.code;

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

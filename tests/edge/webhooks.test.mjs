// POST /edge/webhooks/intercom: each status, each kind of bad input, and the events that readers get for it.

import { createHmac, randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { logs } from "../../scripts/paths.mjs";
import { configWithLimit, serve, standIn } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const PATH = "/edge/webhooks/intercom";
const ME = { type: "admin", id: "1", app: { type: "app", id_code: "ws1" } };
const MIB = 1 << 20;
/** A time that is long past: Saturday, 28 November 2026. */
const TIME = 1795824000;

let intercom;
let worker;

beforeAll(async () => {
  intercom = await standIn();
  intercom.reply = () => ({ body: ME });
  worker = await serve("webhooks", intercom, {
    keys: { all: ["*"], contacts: ["contacts:read"], admin: ["edge:admin"] },
    vars: { INTERCOM_CLIENT_SECRET: "new, old" },
  });
});
afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
});

const contact = (id, more) => ({ type: "contact", id, updated_at: TIME, ...more });
const notification = (more) => ({
  type: "notification_event",
  app_id: "ws1",
  id: `notif_${randomUUID()}`,
  topic: "contact.user.created",
  created_at: TIME,
  data: { type: "notification_event_data", item: contact("5") },
  ...more,
});
const of = (item, more) => notification({ data: { type: "notification_event_data", item }, ...more });
const digits = (body, secret = "new") => createHmac("sha1", secret).update(body).digest("hex");

/** Delivers a body: bytes, a text, or an object to write as JSON. */
function deliver(body, { secret, headers, to = worker, ...init } = {}) {
  const bytes = Buffer.isBuffer(body) ? body : typeof body === "string" ? body : JSON.stringify(body);
  return to.ask(PATH, {
    as: null,
    method: "POST",
    body: bytes,
    ...init,
    headers: { "content-type": "application/json", "x-hub-signature": `sha1=${digits(bytes, secret)}`, ...headers },
  });
}
const statusOf = async (...delivery) => (await deliver(...delivery)).status;

/** Reads an event stream until `until` accepts the objects that came. */
async function read(until, { as = "all", after, topics = "*", from = worker } = {}) {
  const response = await fetch(`${from.url}/edge/live?topics=${topics}`, {
    headers: { authorization: `Bearer ${from.keys[as]}`, ...(after && { "last-event-id": after }) },
  });
  expect(response.status).toBe(200);
  const objects = [];
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    for (const line of lines.filter((line) => line.startsWith("data: "))) {
      objects.push({ ...JSON.parse(line.slice(6)), line });
    }
    if (until(objects)) return objects;
  }
  throw new Error("The stream ended");
}

/** Returns the id after which new events follow. */
const position = async (from = worker) => (await read(([first]) => first, { from }))[0].id;

/** Returns the events that were stored while `act` ran, in their order. */
async function storedBy(act, { as, topics, from = worker } = {}) {
  const after = await position(from);
  await act();
  // The topic of the last event must be one that the reader may read.
  const last = of(contact(randomUUID()), as === "admin" ? { topic: "last.one" } : {});
  expect(await statusOf(last, { to: from })).toBe(200);
  const objects = await read((all) => all.at(-1)?.notification_id === last.id, { as, after, topics, from });
  return objects.slice(0, -1).filter(({ type }) => type === "edge.event");
}

/** Checks that a delivery was rejected, and returns its error. */
function rejected(answer, status, field) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.body.type).toBe("error.list");
  if (field !== undefined) expect(firstError(answer).field).toBe(field);
  return firstError(answer);
}

describe("the endpoint", () => {
  test("answers HEAD with 200 and no body, as Intercom checks it", async () => {
    const answer = await worker.ask(PATH, { as: null, method: "HEAD" });
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  test.each(["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])("answers %s with 405", async (method) => {
    const answer = await worker.ask(PATH, { as: null, method });
    rejected(answer, 405);
    expect(answer.headers.get("allow").split(", ").sort()).toEqual(["HEAD", "POST"]);
  });

  test("answers ping with 200 and stores nothing, whatever the workspace", async () => {
    const events = await storedBy(async () => {
      expect(await statusOf(notification({ topic: "ping", id: undefined, app_id: undefined }))).toBe(200);
      expect(await statusOf(of({ type: "ping", message: "ping" }, { topic: "ping" }))).toBe(200);
    });
    expect(events).toEqual([]);
  });

  test("stores a notification before it answers 200", async () => {
    const one = notification();
    let answer;
    const [event, ...more] = await storedBy(async () => {
      answer = await deliver(one);
    });
    expect([answer.status, answer.text]).toEqual([200, ""]);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: "edge.event",
      topic: "contact.user.created",
      created_at: TIME,
      notification_id: one.id,
      outdated: false,
      item: contact("5"),
    });
  });

  test("needs no caller key, and ignores one", async () => {
    expect(await statusOf(notification(), { headers: { authorization: "Bearer nonsense" } })).toBe(200);
  });

  test("takes any Content-Type, also none", async () => {
    expect(await statusOf(notification(), { headers: { "content-type": "text/plain" } })).toBe(200);
    const body = Buffer.from(JSON.stringify(notification()));
    expect(await statusOf(body, { headers: { "content-type": null } })).toBe(200);
  });

  test("without INTERCOM_CLIENT_SECRET is 503 and names it", async () => {
    for (const [index, INTERCOM_CLIENT_SECRET] of [undefined, " , "].entries()) {
      const vars = INTERCOM_CLIENT_SECRET === undefined ? {} : { INTERCOM_CLIENT_SECRET };
      const bare = await serve(`webhooks-bare-${index}`, intercom, { vars });
      try {
        const error = rejected(await deliver(notification(), { to: bare }), 503);
        expect(error.message).toContain("INTERCOM_CLIENT_SECRET");
        expect((await bare.ask(PATH, { as: null, method: "HEAD" })).status).toBe(200);
        // The empty secret is not a secret.
        rejected(await deliver(notification(), { to: bare, secret: "" }), 503);
      } finally {
        await bare.stop();
      }
    }
  });

  test("without the binding of the event log is 503 and names it", async () => {
    const vars = { INTERCOM_CLIENT_SECRET: "new" };
    const unbound = await serve("webhooks-unbound", intercom, { vars, unbound: ["WEBHOOKS"] });
    try {
      expect(rejected(await deliver(notification(), { to: unbound }), 503).message).toContain("WEBHOOKS");
    } finally {
      await unbound.stop();
    }
  });
});

describe("the signature", () => {
  test("may be of each secret during a rotation", async () => {
    for (const [secret, status] of [
      ["new", 200],
      ["old", 200],
      ["new, old", 401],
      ["older", 401],
    ]) {
      expect(await statusOf(notification(), { secret }), secret).toBe(status);
    }
  });

  test("is hexadecimal in either case, after sha1=", async () => {
    const body = JSON.stringify(notification());
    const right = digits(body);
    for (const [header, status] of [
      [`sha1=${right.toUpperCase()}`, 200],
      [` sha1=${right} `, 200],
      [right, 401],
      [`sha256=${right}`, 401],
      [`SHA1=${right}`, 401],
      [`sha1= ${right}`, 401],
      [`sha1=${right.slice(1)}`, 401],
      [`sha1=${right}0`, 401],
      [`sha1=${right}, sha1=${right}`, 401],
      [`sha1=${right.slice(0, -1)}g`, 401],
      [`sha1=${Buffer.from(right, "hex").toString("base64")}`, 401],
      [`sha1=${createHmac("sha256", "new").update(body).digest("hex")}`, 401],
      ["sha1=", 401],
      ["", 401],
      [null, 401],
    ]) {
      expect(await statusOf(body, { headers: { "x-hub-signature": header } }), String(header)).toBe(status);
    }
  });

  test("that is wrong stores nothing, and the error names the header and no secret", async () => {
    const events = await storedBy(async () => {
      const error = rejected(await deliver(notification(), { secret: "wrong" }), 401, "X-Hub-Signature");
      expect(error.message).toContain("INTERCOM_CLIENT_SECRET");
    });
    expect(events).toEqual([]);
  });

  test("is of the bytes: the same JSON written differently has another one", async () => {
    const one = notification();
    const headers = { "x-hub-signature": `sha1=${digits(JSON.stringify(one))}` };
    expect(await statusOf(JSON.stringify(one, null, 1), { headers })).toBe(401);
    expect(await statusOf(JSON.stringify(one), { headers })).toBe(200);
  });

  test("is checked before anything of the body is", async () => {
    for (const body of ["{", "", notification({ app_id: "other" }), notification({ id: undefined })]) {
      rejected(await deliver(body, { secret: "wrong" }), 401);
    }
  });
});

describe("the body", () => {
  /** A notification of exactly so many bytes. */
  const ofLength = (length) => {
    const frame = JSON.stringify(of(contact("long", { text: "" })));
    return frame.replace('"text":""', `"text":"${"x".repeat(length - frame.length)}"`);
  };
  const chunked = (body, headers) =>
    deliver(body, {
      headers,
      duplex: "half",
      body: new ReadableStream({
        start(controller) {
          const bytes = Buffer.from(body);
          for (let at = 0; at < bytes.length; at += 60_000) controller.enqueue(bytes.subarray(at, at + 60_000));
          controller.close();
        },
      }),
    });

  test("may have 1 MiB and not a byte more, whether or not its length is declared", async () => {
    const events = await storedBy(async () => {
      const [most, more] = [ofLength(MIB), ofLength(MIB + 1)];
      expect(Buffer.byteLength(most)).toBe(MIB);
      expect(await statusOf(most)).toBe(200);
      rejected(await deliver(more), 413, "body");
      expect((await chunked(ofLength(MIB))).status).toBe(200);
      rejected(await chunked(more), 413, "body");
    });
    expect(events.map(({ item }) => item.id)).toEqual(["long", "long"]);
    for (const { item } of events) expect(item.text.length).toBeGreaterThan(MIB - 1000);
  });

  test("that is compressed is 415", async () => {
    rejected(await deliver(notification(), { headers: { "content-encoding": "gzip" } }), 415, "Content-Encoding");
  });

  test.each([
    ["nothing", ""],
    ["white space", " \n"],
    ["text", "hello"],
    ["JSON that ends in its middle", '{"type":"notification_event","id":"a"'],
    ["JSON and more", "{}{}"],
    ["an array", "[]"],
    ["an array of a notification's values", '["contact.created","notif_1","ws1",1,{}]'],
    ["null", "null"],
    ["a number", "7"],
    ["a text of JSON", '"{}"'],
    ["a form", "topic=ping"],
    ["XML", "<notification/>"],
    ["a byte order mark", "\ufeff{}"],
    ["a key twice", '{"id":"a","id":"b","topic":"a.b"}'],
  ])("that is %s is 400", async (_, body) => {
    rejected(await deliver(body), 400, "body");
  });

  test.each([
    ["no id", { id: undefined }, "id"],
    ["an empty id", { id: "" }, "id"],
    ["null as its id", { id: null }, "id"],
    ["an object as its id", { id: { a: 1 } }, "id"],
    ["true as its id", { id: true }, "id"],
    ["a very long id", { id: "a".repeat(100_000) }, "id"],
    ["no topic", { topic: undefined }, "topic"],
    ["an empty topic", { topic: "" }, "topic"],
    ["a list as its topic", { topic: ["contact.created"] }, "topic"],
    ["a very long topic", { topic: `contact.${"a".repeat(1000)}` }, "topic"],
  ])("with %s is 400 and names the field", async (_, more, field) => {
    rejected(await deliver(notification(more)), 400, field);
  });

  test("with a number as its id is stored, once", async () => {
    const events = await storedBy(async () => {
      for (let times = 0; times < 2; times++) expect(await statusOf(notification({ id: 12345 }))).toBe(200);
    });
    expect(events.map(({ notification_id }) => notification_id)).toEqual(["12345"]);
  });

  test.each([
    ["of another workspace", "other"],
    ["of no workspace", undefined],
    ["of the workspace in another case", "WS1"],
    ["of an object as the workspace", { id: "ws1" }],
    ["of the empty workspace", ""],
  ])("%s is 403 and stores nothing", async (_, app_id) => {
    const events = await storedBy(async () => rejected(await deliver(notification({ app_id })), 403, "app_id"));
    expect(events).toEqual([]);
  });

  test.each([
    ["no data", { data: undefined }, null],
    ["null as its data", { data: null }, null],
    ["data without an item", { data: { a: 1 } }, { a: 1 }],
    ["a text as its data", { data: "a" }, "a"],
    ["null as its item", { data: { item: null } }, { item: null }],
    ["a list as its item", { data: { item: [1] } }, [1]],
    ["a list as its data", { data: [{ id: "5" }] }, [{ id: "5" }]],
  ])("with %s is stored", async (_, more, item) => {
    const [event] = await storedBy(async () => expect(await statusOf(notification(more))).toBe(200));
    expect(event.item).toEqual(item);
  });

  test("passes its item byte for byte", async () => {
    const item =
      '{"z":1, "a" : 12345678901234567890.10,\t"b":1e400,"lone":"\\ud800","slash":"\\/","é":"\u2028ü🙂","z":2}';
    const body = JSON.stringify(notification()).replace(/"item":\{[^}]*\}/, () => `"item":${item}`);
    const [event] = await storedBy(async () => expect(await statusOf(body)).toBe(200));
    expect(event.line).toContain(`"item":${item}}`);
  });

  test("keeps its line breaks out of the stream's lines", async () => {
    const body = JSON.stringify(notification(), null, 2).replaceAll("\n", "\r\n");
    const [event] = await storedBy(async () => expect(await statusOf(body)).toBe(200));
    expect(event.item).toEqual(contact("5"));
  });

  test("may nest 100,000 levels deep", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    const body = JSON.stringify(notification()).replace(/"item":\{[^}]*\}/, () => `"item":{"id":"deep","a":${deep}}`);
    const [event] = await storedBy(async () => expect(await statusOf(body)).toBe(200));
    expect(event.item.id).toBe("deep");
    const objects = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
    for (const field of ["id", "topic", "app_id", "created_at", "data", "other"]) {
      const body = JSON.stringify(notification({ [field]: "here" })).replace('"here"', () => objects);
      expect(await statusOf(body), field).toBeLessThan(500);
    }
  });

  test("with broken UTF-8 is 400, and stores nothing", async () => {
    const events = await storedBy(async () => {
      for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf0, 0x9f, 0x99], [0xc0, 0x80]]) {
        const [before, after] = JSON.stringify(of(contact("5", { name: "HERE" }))).split("HERE");
        const body = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
        rejected(await deliver(body), 400, "body");
      }
    });
    expect(events).toEqual([]);
  });

  test("with lone surrogates is never a 5xx", async () => {
    const body = (more) => JSON.stringify(notification(more)).replaceAll("LONE", "\\ud800");
    expect(await statusOf(body({ data: { item: { name: "LONE" } } }))).toBe(200);
    rejected(await deliver(body({ id: "notif_LONE" })), 400, "id");
    rejected(await deliver(body({ topic: "contact.LONE" })), 400, "topic");
    rejected(await deliver(body({ app_id: "LONE" })), 403, "app_id");
  });

  test("is never a 5xx, whatever its times and its types", async () => {
    const odd = [null, true, -1, 0, 1e300, 9e15, -9e15, 0.5, "", "x", "2026-11-28T01:02:03Z", "9".repeat(300), [], {}];
    for (const value of odd) {
      for (const body of [
        notification({ created_at: value }),
        of(contact("odd", { updated_at: value })),
        of({ type: value, id: value, updated_at: value }),
        of(value),
        notification({ type: value, links: value, self: value }),
        of({ type: "contact", id: value }, { topic: "contact.deleted" }),
        of(contact("odd", { merged_from: value }), { topic: "contact.merged" }),
        of(contact("odd", { merged_from: { id: value } }), { topic: "contact.merged" }),
      ]) {
        const answer = await deliver(body);
        expect(answer.status, `${JSON.stringify(body).slice(0, 500)}: ${answer.text}`).toBe(200);
      }
    }
  });

  test("that is cut anywhere is 400 or 403", async () => {
    const whole = JSON.stringify(notification());
    for (let length = 0; length < whole.length; length += 3) {
      expect([400, 403], `${length} bytes`).toContain(await statusOf(whole.slice(0, length)));
    }
  });
});

describe("a notification", () => {
  test("that is repeated is stored once, also at the same moment", async () => {
    const [one, two] = [notification(), notification()];
    const events = await storedBy(async () => {
      const statuses = await Promise.all([one, two, one, two, one, one, two].map((body) => statusOf(body)));
      statuses.push(await statusOf({ ...one, delivery_attempts: 2 }), await statusOf(two, { secret: "old" }));
      expect(new Set(statuses)).toEqual(new Set([200]));
    });
    expect(events.map(({ notification_id }) => notification_id).sort()).toEqual([one.id, two.id].sort());
  });

  test("with an older state than one that came before is marked", async () => {
    const [id, other] = [randomUUID(), randomUUID()];
    const states = [
      [contact(id, { updated_at: TIME + 10 }), false],
      [contact(id, { updated_at: TIME + 5 }), true],
      [contact(id, { updated_at: String(TIME + 9) }), true],
      [contact(id, { updated_at: TIME + 10 }), false],
      [contact(id, { updated_at: new Date((TIME + 20) * 1000).toISOString() }), false],
      [contact(id, { updated_at: TIME + 19 }), true],
      // API 1.x calls the same person a user.
      [{ type: "user", id, updated_at: TIME + 19 }, true],
      [{ type: "user", id, updated_at: TIME + 30 }, false],
      [{ type: "lead", id, updated_at: TIME + 29 }, true],
      [contact(id, { updated_at: TIME + 29 }), true],
      [contact(other, { updated_at: TIME }), false],
      [{ type: "company", id, updated_at: TIME }, false],
    ];
    const events = await storedBy(async () => {
      for (const [item] of states) await deliver(of(item, { topic: "contact.user.updated" }));
    });
    expect(events.map(({ outdated }) => outdated)).toEqual(states.map(([, outdated]) => outdated));
  });

  test.each([
    ["contact.deleted", "contact"],
    ["user.deleted", "user"],
    ["company.deleted", "company"],
    ["conversation.deleted", "conversation"],
  ])("of topic %s is the last state: later ones are outdated", async (topic, type) => {
    const id = randomUUID();
    const update = of({ type, id, updated_at: TIME + 10_000 }, { topic: `${type}.updated` });
    const events = await storedBy(async () => {
      await deliver(update);
      // Intercom's deletions have no time of their own.
      await deliver(of(type === "conversation" ? { type, conversation_id: id } : { type, id }, { topic }));
      await deliver({ ...update, id: `notif_${randomUUID()}` });
    });
    expect(events.map(({ outdated }) => outdated)).toEqual([false, false, true]);
  });

  test("of a merge makes states of the contact that is gone outdated", async () => {
    const [user, lead] = [randomUUID(), randomUUID()];
    const events = await storedBy(async () => {
      await deliver(of(contact(user, { updated_at: TIME + 50 }), { topic: "contact.user.updated" }));
      // The remaining contact's state here is older; the merge is true nevertheless.
      const merged_from = { type: "contact", id: lead };
      await deliver(of(contact(user, { updated_at: TIME + 40, merged_from }), { topic: "contact.merged" }));
      await deliver(of(contact(lead, { updated_at: TIME + 60 }), { topic: "contact.lead.updated" }));
      await deliver(of(contact(user, { updated_at: TIME + 60 }), { topic: "contact.user.updated" }));
    });
    expect(events.map(({ outdated }) => outdated)).toEqual([false, true, true, false]);
  });

  test.each([
    "conversation.user.created",
    "conversation.admin.single.created",
    "conversation_part.tag.created",
    "user.created",
    "user.unsubscribed",
    "contact.signed_up",
    "visitor.signed_up",
    "company.contact.attached",
    "ticket.state.updated",
    "call.ended",
    "content_stat.series",
    "event.created",
    "admin.added_to_workspace",
    "granular.subscribe",
  ])("of topic %s is stored", async (topic) => {
    const events = await storedBy(async () => expect(await statusOf(notification({ topic }))).toBe(200));
    expect(events.map((event) => event.topic)).toEqual([topic]);
  });

  test("of an unknown topic is read only with edge:admin", async () => {
    const topic = "later.version.added";
    const send = async () => {
      await deliver(notification({ topic }));
      await deliver(notification());
    };
    const topics = async (as) => (await storedBy(send, { as })).map((event) => event.topic);
    expect(await topics("contacts")).toEqual(["contact.user.created"]);
    expect(await topics("admin")).toEqual([topic]);
  });
});

test("ten thousand notifications at once are all stored, and a reader that resumes gets each once", async () => {
  const after = await position();
  const all = Array.from({ length: 10_000 }, (_, at) => of(contact(`many-${at}`)));
  const statuses = new Map();
  const waiting = [...all];
  const send = async () => {
    for (let body = waiting.pop(); body; body = waiting.pop()) {
      const status = await statusOf(body);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: 64 }, send));
  expect([...statuses]).toEqual([[200, all.length]]);
  const objects = await read((objects) => objects.length > all.length, { after, topics: "contact.*" });
  const ids = objects.filter(({ type }) => type === "edge.event").map(({ notification_id }) => notification_id);
  expect(ids.sort()).toEqual(all.map(({ id }) => id).sort());
}, 400_000);

describe("the workspace", () => {
  test("is read once for many notifications; while it can't be read, the answer is 503", async () => {
    const own = await standIn();
    const vars = { INTERCOM_CLIENT_SECRET: "new" };
    const state = join(logs, "tests/edge/webhooks-workspace-state", randomUUID());
    mkdirSync(state, { recursive: true });
    const fresh = await serve("webhooks-workspace", own, { vars, state });
    const one = notification();
    try {
      for (const reply of [
        { status: 401, body: { type: "error.list", errors: [{ code: "unauthorized" }] } },
        { status: 500 },
        { status: 429 },
        { body: "not JSON" },
        { body: {} },
        { body: { ...ME, app: null } },
        { body: { ...ME, app: { ...ME.app, id_code: "" } } },
        { cut: "before" },
      ]) {
        own.reply = () => reply;
        rejected(await deliver(one, { to: fresh }), 503);
        expect(await statusOf(notification({ topic: "ping" }), { to: fresh })).toBe(200);
        rejected(await deliver("{", { to: fresh }), 400);
      }
      own.reply = async () => {
        await sleep(300);
        return { body: ME };
      };
      own.arrived.length = 0;
      const events = await storedBy(
        async () => {
          const statuses = await Promise.all(Array.from({ length: 300 }, () => statusOf(one, { to: fresh })));
          expect(new Set(statuses)).toEqual(new Set([200]));
          rejected(await deliver(notification({ app_id: "other" }), { to: fresh }), 403);
        },
        { from: fresh },
      );
      expect(events.map(({ notification_id }) => notification_id)).toEqual([one.id]);
      expect(own.arrived.map(({ method, url }) => `${method} ${url}`)).toEqual(["GET /me"]);
      // Another instance asks the event log.
      await fresh.restart();
      own.reply = () => ({ status: 500 });
      expect(await statusOf(notification(), { to: fresh })).toBe(200);
      expect(own.arrived).toHaveLength(1);
    } finally {
      await fresh.stop();
      await own.stop();
    }
  });
});

describe("the caller limit", () => {
  const LIMIT = 5;
  let limited;

  beforeAll(async () => {
    const config = configWithLimit("webhooks-limit", LIMIT);
    limited = await serve("webhooks-limit", intercom, { config, vars: { INTERCOM_CLIENT_SECRET: "new" } });
  });
  afterAll(() => limited?.stop());

  test("does not count webhooks: a 429 would make Intercom drop them", async () => {
    for (let at = 0; at < 4 * LIMIT; at++) {
      expect(await statusOf(notification(), { to: limited })).toBe(200);
      expect(await statusOf(notification(), { to: limited, secret: "wrong" })).toBe(401);
    }
    expect((await limited.ask("/edge/whoami")).status).toBe(200);
  });
});

test("the log says nothing of the notifications", async () => {
  const marker = `Person ${randomUUID()}`;
  const email = `${randomUUID()}@example.com`;
  const secrets = [marker, email];
  const item = contact(marker, { name: marker, email });
  await deliver(of(item));
  await deliver(of(item), { secret: "wrong" });
  await deliver(of(item, { app_id: marker }));
  await deliver(of(item, { topic: `${marker}.created` }));
  await deliver(of(item, { id: undefined }));
  await deliver(`{"name":"${marker}"`);
  await storedBy(() => undefined);
  const log = worker.log();
  expect(log).toContain('"operation":"POST /edge/webhooks/intercom"');
  for (const secret of [...secrets, "notif_", "ws1"]) expect(log).not.toContain(secret);
  expect(log).not.toMatch(/panicked|RuntimeError/);
});

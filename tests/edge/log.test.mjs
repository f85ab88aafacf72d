// One line a request in the Worker's log: enough to see who did what and what it cost, and not a word
// about a person, not a secret.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gate, serve, standIn } from "../gate.mjs";

const V2 = { "intercom-version": "2.14" };
const V1 = { "intercom-version": "1.4" };

const it = gate("log", {
  keys: { all: ["*"], reader: ["contacts:read"] },
  vars: { CACHE_SECONDS: "tags=60", ALLOWED_ORIGINS: "https://a.example" },
});

const FIELDS = [
  "id",
  "caller",
  "method",
  "operation",
  "status",
  "by",
  "upstream_ms",
  "edge_ms",
  "bytes",
  "cache",
  "requests",
  "retries",
  "cause",
];

/** What the Worker wrote: one object a line, and nothing else. */
const lines = (worker = it) =>
  worker
    .log()
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

/** The line of an answer, once it is written. */
async function lineOf({ headers }, worker = it) {
  const id = headers.get("x-request-id");
  for (;;) {
    const found = lines(worker).filter((line) => line.id === id);
    if (found.length > 0) {
      expect(found).toHaveLength(1);
      return found[0];
    }
    await sleep(20);
  }
}

describe("a line", () => {
  test("has every field, and its id is X-Request-Id's, Intercom's where it gave one", async () => {
    it.reply({ headers: { "x-request-id": "of-intercom-1" }, body: "1234567" });
    const answer = await it.ask("/contacts/5", { headers: V2 });
    expect(answer.headers.get("x-request-id")).toBe("of-intercom-1");
    const line = await lineOf(answer);
    expect(Object.keys(line)).toEqual(FIELDS);
    expect(line).toMatchObject({
      id: "of-intercom-1",
      caller: "all",
      method: "GET",
      operation: "GET /contacts/{contact_id}",
      status: 200,
      by: "upstream",
      bytes: 7,
      cache: null,
      requests: 1,
      retries: 0,
    });
    for (const time of [line.upstream_ms, line.edge_ms]) expect(Number.isInteger(time) && time >= 0).toBe(true);
  });

  test.each([
    [
      "nobody",
      { as: null },
      {},
      "/contacts",
      { caller: null, method: "GET", operation: "", status: 401, by: "edge", requests: 0 },
    ],
    [
      "a wrong key",
      { headers: { authorization: "Bearer wrong" } },
      {},
      "/contacts",
      { caller: null, status: 401, requests: 0 },
    ],
    [
      "one who may not",
      { as: "reader", method: "POST", json: {} },
      {},
      "/messages",
      { caller: "reader", method: "POST", operation: "POST /messages", status: 403, by: "edge", requests: 0 },
    ],
    ["an unknown path", {}, {}, "/nothing/5", { caller: "all", operation: "", status: 404, by: "edge", requests: 0 }],
    [
      "an unknown method",
      { method: "PROPFIND" },
      {},
      "/contacts",
      { caller: "all", method: "?", operation: "", status: 405, requests: 0 },
    ],
    [
      "an error of Intercom's",
      {},
      { status: 422 },
      "/contacts/5/notes",
      { operation: "GET /contacts/{contact_id}/notes", status: 422, by: "upstream", requests: 1 },
    ],
    [
      "a failed connection",
      { method: "POST", json: {} },
      { cut: "before" },
      "/contacts",
      { operation: "POST /contacts", status: 502, by: "edge", requests: 1 },
    ],
    [
      "a preflight",
      { as: null, method: "OPTIONS", headers: { origin: "https://a.example", "access-control-request-method": "PUT" } },
      {},
      "/contacts",
      { caller: null, method: "OPTIONS", status: 204, by: "edge" },
    ],
    [
      "a call of API 1.x",
      { headers: V1 },
      { body: { type: "list", data: [], total_count: 0, pages: {} } },
      "/users",
      { operation: "GET /users", status: 200, by: "edge" },
    ],
    ["a person of API 1.x", { headers: V1 }, { status: 404 }, "/users/5", { operation: "GET /users/{id}", by: "edge" }],
  ])("of %s tells so", async (_, init, reply, path, expected) => {
    it.reply(reply);
    const answer = await it.ask(path, { ...init, headers: { ...V2, ...init.headers } });
    expect(await lineOf(answer)).toMatchObject(expected);
  });

  test("counts what was asked of Intercom, and what was asked again", async () => {
    it.reply((_, count) => (count === 1 ? { status: 429 } : {}));
    const line = await lineOf(await it.ask("/contacts", { headers: V2 }));
    expect(line).toMatchObject({ requests: 2, retries: 1, status: 200 });
  });

  test("tells what the cache did", async () => {
    const cached = async () => await lineOf(await it.ask("/tags?log", { headers: V2 }));
    it.reply({ body: '{"a":1}' });
    expect(await cached()).toMatchObject({ cache: "miss", requests: 1, bytes: 7, by: "upstream" });
    expect(await cached()).toMatchObject({ cache: "hit", requests: 0, bytes: 7, by: "upstream", upstream_ms: 0 });
  });

  test("is one for each request, under one id", async () => {
    const before = lines().length;
    const answers = await Promise.all(Array.from({ length: 20 }, () => it.ask("/contacts", { headers: V2 })));
    const found = await Promise.all(answers.map((answer) => lineOf(answer)));
    expect(new Set(found.map(({ id }) => id)).size).toBe(20);
    expect(lines().length - before).toBe(20);
  });
});

test("Server-Timing tells every caller how long Intercom and the Worker took", async () => {
  for (const [path, init] of [
    ["/contacts", {}],
    ["/nothing", {}],
    ["/contacts", { as: null }],
    ["/edge/health", { as: null }],
    ["/users", { headers: V1 }],
  ]) {
    const { headers } = await it.ask(path, { ...init, headers: { ...V2, ...init.headers } });
    expect(headers.get("server-timing"), path).toMatch(/^upstream;dur=\d+, edge;dur=\d+$/);
  }
});

describe("whatever callers send, the log has none of it", () => {
  // Recognisable wherever they turn up, in any case and percent-encoded or not.
  const PERSON = {
    email: "ada.lovelace@hidden.example",
    name: "Adalovelace",
    phone: "+15550100777",
    id: "5bb2hidden77",
    word: "tellnobody",
    header: "hiddenheader",
  };
  const needles = ["lovelace", "hidden", "5550100777", "tellnobody"];
  const person = {
    type: "contact",
    id: PERSON.id,
    role: "user",
    email: PERSON.email,
    name: PERSON.name,
    phone: PERSON.phone,
  };
  const query = `email=${encodeURIComponent(PERSON.email)}&q=${PERSON.word}`;
  const headers = {
    "user-agent": PERSON.header,
    cookie: `session=${PERSON.header}`,
    referer: `https://a.example/?${query}`,
    origin: `https://${PERSON.header}.example`,
    "accept-language": PERSON.header,
    "x-forwarded-for": "10.77.77.77",
    "if-none-match": `"${PERSON.header}"`,
    "idempotency-key": PERSON.header,
    "x-request-id": PERSON.header,
  };
  const message = {
    message_type: "email",
    subject: PERSON.word,
    body: PERSON.word,
    template: "plain",
    from: { type: "admin", id: "1" },
  };
  const error = {
    type: "error.list",
    request_id: "x",
    errors: [{ code: "not_found", message: `${PERSON.email} is not there`, field: PERSON.word }],
  };

  const replies = [
    { body: person },
    {
      body: { type: "list", data: [person, { ...person, id: `${PERSON.id}b` }], total_count: 2, pages: { next: null } },
    },
    { status: 404, body: error },
    { status: 409, body: error },
    { status: 500, body: PERSON.email },
    { body: `{"email":"${PERSON.email}` },
    { cut: "before" },
    { status: 302, headers: { location: `https://elsewhere.example/?${query}` } },
  ];
  const paths = [
    `/users?${query}`,
    `/users/${PERSON.id}`,
    `/users?user_id=${PERSON.word}`,
    `/contacts?${query}`,
    `/contacts/${PERSON.id}`,
    `/users/scroll?scroll_param=${PERSON.word}`,
    `/users?per_page=${PERSON.word}`,
    `/users?page=1&order=${PERSON.word}`,
    `/contacts/${PERSON.id}/tags?${query}`,
    `/contacts/find_by_external_id/${PERSON.email}`,
    `/nothing/${PERSON.email}`,
    `/${PERSON.email}`,
    `/contacts/${PERSON.word}%2F${PERSON.word}`,
    `/admins?${query}`,
    `/tags/${PERSON.id}?${query}`,
    `/edge/${PERSON.word}`,
    `/edge/health?${query}`,
    `/conversations/${PERSON.id}?${query}`,
    `/dashboard/?${query}`,
  ];

  test("in any version, at any path, however it ends", async () => {
    const ends = [];
    for (const reply of replies) {
      it.reply(reply);
      for (const version of [V1, V2]) {
        ends.push(
          ...(await Promise.all([
            ...paths.map((path) => it.ask(path, { headers: { ...headers, ...version } })),
            it.ask(`/contacts/search?${query}`, {
              headers: { ...headers, ...version },
              json: { query: { field: "email", operator: "=", value: PERSON.email } },
            }),
            it.ask(`/messages?${query}`, {
              headers: { ...headers, ...version },
              json: { ...message, to: { type: "user", email: PERSON.email } },
            }),
            it.ask("/messages", {
              headers: { ...headers, ...version },
              json: { ...message, to: { type: "user", user_id: PERSON.word }, [PERSON.word]: PERSON.word },
            }),
            it.ask("/messages", { headers: { ...headers, ...version }, method: "POST", body: `{"${PERSON.word}` }),
            it.ask(`/contacts/${PERSON.id}`, { headers: { ...headers, ...version }, method: "PUT", json: person }),
            it.ask(`/contacts/${PERSON.id}`, { headers: { ...headers, ...version }, method: "DELETE" }),
            it.ask(`/users/${PERSON.id}`, { headers: { ...headers, ...version }, method: "TELLNOBODY" }),
            it.ask("/contacts", { headers: { ...headers, "intercom-version": `1.${PERSON.word}` } }),
          ])),
        );
      }
    }
    for (const authorization of [
      `Bearer ${PERSON.word}`,
      `Basic ${Buffer.from(`${PERSON.email}:${PERSON.word}`).toString("base64")}`,
      PERSON.word,
    ]) {
      ends.push(await it.ask(`/users?${query}`, { headers: { ...headers, authorization } }));
    }
    expect(ends.length).toBeGreaterThan(400);
    expect(new Set(ends.map(({ status }) => status)).size).toBeGreaterThan(6);
    const last = await it.ask("/edge/whoami");
    await lineOf(last);

    // All that the Worker wrote, its lines and whatever else.
    const written = it.log().toLowerCase();
    for (const needle of needles) expect(written.includes(needle), needle).toBe(false);
    expect(written).not.toContain("10.77.77.77");
    expect(written).not.toContain(Buffer.from(PERSON.email).toString("base64").slice(0, 20).toLowerCase());
    for (const line of lines()) expect(Object.keys(line)).toEqual(FIELDS);
  });
});

describe("REQUEST_LOG=false", () => {
  let intercom;
  let worker;
  beforeAll(async () => {
    intercom = await standIn();
    worker = await serve("log-off", intercom, { vars: { REQUEST_LOG: "false" } });
  });
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });

  test("writes no line; answers have their id and their times all the same", async () => {
    for (const path of ["/contacts", "/nothing", "/edge/whoami"]) {
      const { headers } = await worker.ask(path, { headers: V2 });
      expect(headers.get("x-request-id")).toBeTruthy();
      expect(headers.get("server-timing")).toMatch(/^upstream;dur=/);
    }
    // The log of the Worker that writes shows that a line takes less time than this.
    const answer = await it.ask("/contacts", { headers: V2 });
    await lineOf(answer);
    expect(worker.log()).toBe("");
  });
});

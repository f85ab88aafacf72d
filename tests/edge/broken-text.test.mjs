// Text of Intercom's that is no JSON, and numbers that no 64 bits hold: one person's name must not cost a page
// of people, and no digit may change on its way through the Worker.

import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { email, idOf, sends, shown, until, V1, V2 } from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const it = gate("broken-text", { vars: { SENDER_ADMIN_ID: "1234567" } });

/** What stands in a JSON text, and what a reader is to find. */
const BROKEN = [
  ["half a surrogate pair", "x\\ud83d", "x\u{fffd}"],
  ["the other half", "\\uDE00x", "\u{fffd}x"],
  ["a byte of Latin-1", Buffer.from("Jos\xe9", "latin1"), "Jos\u{fffd}"],
  ["a raw line feed", "a\nb", "a\nb"],
  ["a raw NUL", "a\0b", "a\0b"],
];

const ANN = '"type":"contact","id":"a1","role":"user","external_id":"u-1","email":"a@example.com"';
/** A person's JSON: `name` and `custom` are JSON without quotes and braces. */
const person = ({ name = "Ann", custom = "" } = {}) =>
  Buffer.concat([`{${ANN},"name":"`, name, '","custom_attributes":{', custom, "}}"].map((part) => Buffer.from(part)));
const list = (...people) =>
  Buffer.concat([
    Buffer.from('{"type":"list","data":['),
    ...people.flatMap((one, at) => [Buffer.from(at ? "," : ""), one]),
    Buffer.from(`],"total_count":${people.length},"pages":{"type":"pages","page":1,"per_page":50,"total_pages":1}}`),
  ]);

/** An Intercom with one person. */
const knowing =
  (one) =>
  ({ method, url }) => {
    if (url === "/contacts/search") return { body: list(one) };
    if (method === "POST" && url === "/messages")
      return { body: '{"type":"admin_message","id":"77","message_type":"email","body":"x\\ud83d"}' };
    if (method === "POST" && url === "/tags") return { body: '{"type":"tag","id":"1","name":"t"}' };
    if (method === "POST" && url.endsWith("/notes"))
      return { body: '{"type":"note","id":"5","body":"x\\ud83d","author":{"type":"admin","id":"1","name":"\\ud83d"}}' };
    if (url.startsWith("/contacts/")) return { body: one };
    return { status: 404 };
  };
const v1 = (path, init = {}) => it.ask(path, { ...init, headers: V1 });

describe.each(BROKEN)("%s in a person's name", (_, name, read) => {
  beforeEach(() => it.reply(knowing(person({ name, custom: '"n":1' }))));

  test("costs nothing of the person", async () => {
    const { status, body, text } = await v1("/users/a1");
    expect(status, text).toBe(200);
    expect(body).toMatchObject({
      id: "a1",
      user_id: "u-1",
      email: "a@example.com",
      name: read,
      custom_attributes: { n: 1 },
    });
  });

  test("costs no list, count, scroll, change, removal, note, tag or message", async () => {
    const user = { user_id: "u-1" };
    for (const [path, init] of [
      ["/users"],
      ["/users?email=a%40example.com"],
      ["/users/scroll"],
      ["/counts?type=user"],
      ["/users/a1", { method: "DELETE" }],
      ["/users", { json: { ...user, name: "mended" } }],
      ["/notes", { json: { user, body: "n" } }],
      ["/tags", { json: { name: "t", users: [user] } }],
      ["/messages", { json: { ...email(), to: { type: "user", ...user } } }],
    ]) {
      const { status, text } = await v1(path, init);
      expect(status, `${path} ${text}`).toBe(200);
    }
  });

  test("costs no notification, preview or batch", async () => {
    await it.ask("/edge/templates/named", { method: "PUT", json: { subject: "Hi", body: "{{ contact.name }}" } });
    const preview = await it.ask("/edge/templates/named/preview", { json: { to: { user_id: "u-1" } } });
    expect(preview.body, preview.text).toMatchObject({ body: read });
    const notified = await it.ask("/edge/notify", { json: { to: { user_id: "u-1" }, template: "named" } });
    expect(notified.status, notified.text).toBe(200);
    const made = await it.ask("/edge/messages/batch", {
      json: { template: "named", search: { query: { field: "name", operator: "=", value: JSON.stringify(read) } } },
    });
    const state = async () => (await it.ask(`/edge/messages/batch/${made.body.id}`)).body;
    await until(async () => (await state()).state === "done", 20_000);
    expect(await state()).toMatchObject({ total: 1, sent: 1 });
  });
});

test("an attribute's name may be broken, and depth is kept as text", async () => {
  const deep = `${"[".repeat(200)}"x"${"]".repeat(200)}`;
  it.reply(knowing(person({ custom: `"\\ud83d":1,"deep":${deep},"flat":[[1]],"$serde_json::private::Number":"x"` })));
  const { status, body, text } = await v1("/users/a1");
  expect(status, text).toBe(200);
  const { "\u{fffd}": key, deep: read, flat } = body.custom_attributes;
  expect([key, flat]).toEqual([1, [[1]]]);
  let [levels, inner] = [0, read];
  for (; Array.isArray(inner); levels++) [inner] = inner;
  expect(`${"[".repeat(levels)}${inner}${"]".repeat(levels)}`).toBe(deep);
  expect((await v1("/users")).body.users).toHaveLength(1);
});

test("depth that would fill a stack is no crash", async () => {
  it.reply(knowing(person({ custom: `"deep":${'{"a":['.repeat(100_000)}${"]}".repeat(100_000)}` })));
  expect((await v1("/users/a1")).status).toBe(200);
  it.reply({ body: "[".repeat(1_000_000) });
  expect((await v1("/users/a1")).status).toBe(502);
  it.reply(knowing(person()));
  expect((await v1("/users/a1")).status).toBe(200);
});

test.each(['{"type":"contact","id":"a1","name":"x\\ud83d"', '{"type":"contact","id":"a1",}', "<html>"])(
  "what is no JSON otherwise stays a 502: %s",
  async (body) => {
    it.reply({ body });
    const answer = await v1("/users/a1");
    expect([answer.status, firstError(answer).code]).toEqual([502, "bad_gateway"]);
  },
);

test("a message whose answer has half a surrogate pair is sent", async () => {
  it.reply(knowing(person()));
  for (const [headers, json] of [
    [V1, { ...email(), to: { type: "user", user_id: "u-1" } }],
    [V2, email()],
  ]) {
    const answer = await it.ask("/messages", { json, headers });
    expect(answer.status, answer.text).toBe(200);
    expect(await shown(it, idOf(answer))).toMatchObject({ state: "sent", message_id: "77" });
  }
});

test("an error of Intercom's with broken text is passed on", async () => {
  it.reply({
    status: 422,
    body: '{"type":"error.list","errors":[{"code":"parameter_invalid","message":"no \\ud83d"}]}',
  });
  const answer = await v1("/users/a1");
  expect([answer.status, firstError(answer).code]).toEqual([422, "parameter_invalid"]);
});

test("one entry of another shape costs no other", async () => {
  const tagged = Buffer.from(
    `{${ANN},"tags":{"type":"list","data":[null,{"type":"tag","id":"1"},7]},"companies":{"type":"list","data":["x"]}}`,
  );
  it.reply(knowing(tagged));
  const { body } = await v1("/users/a1");
  expect([body.tags.tags.map(({ id }) => id), body.companies.companies]).toEqual([["1"], []]);
  it.reply({ body: list(person(), Buffer.from("null"), Buffer.from('"x"'), person()) });
  const page = await v1("/users");
  expect([page.status, page.body.users.length]).toEqual([200, 2]);
});

describe("numbers", () => {
  /** Digits that `JSON.stringify` can't write. */
  const post = (path, body) =>
    it.ask(path, { method: "POST", body, headers: { ...V1, "content-type": "application/json" } });
  const VALUES = [
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "123456789012345678901234567890",
    "0.1000000000000000000001",
    "1e+400",
  ];

  test.each(VALUES)("%s is read and written with its digits", async (digits) => {
    it.reply(knowing(person({ custom: `"n":${digits}` })));
    expect((await v1("/users/a1")).text).toContain(`"n":${digits}`);
    const saved = await post("/users", `{"user_id":"u-1","custom_attributes":{"n":${digits}}}`);
    expect(saved.status, saved.text).toBe(200);
    expect(String(it.arrived().at(-1).body)).toContain(`"n":${digits}`);
  });

  /** The calls that name a person or a company, and what Intercom is to be asked for `digits`. */
  const NAMING = [
    ["users", "/users", (id) => `{"user_id":${id},"name":"B"}`, "user_id"],
    [
      "messages",
      "/messages",
      (id) =>
        `{"message_type":"email","subject":"s","body":"b ${id}","from":{"type":"admin","id":"1"},
        "to":{"type":"user","user_id":${id}}}`,
      "to.user_id",
    ],
    [
      "an admin",
      "/messages",
      (id) =>
        `{"message_type":"email","subject":"s","body":"a ${id}","from":{"type":"admin","id":${id}},
        "to":{"type":"user","user_id":"u-1"}}`,
      "from.id",
    ],
    ["tags", "/tags", (id) => `{"name":"t","users":[{"user_id":${id}}]}`, "users[0].user_id"],
    ["notes", "/notes", (id) => `{"body":"n","user":{"user_id":${id}}}`, "user.user_id"],
    ["companies", "/companies", (id) => `{"company_id":${id},"name":"C"}`, "company_id"],
    [
      "a user's companies",
      "/users",
      (id) => `{"user_id":"u-1","companies":[{"company_id":${id}}]}`,
      "companies[0].company_id",
    ],
    [
      "conversion",
      "/contacts/convert",
      (id) => `{"contact":{"user_id":${id}},"user":{"user_id":"u-1"}}`,
      "contact.user_id",
    ],
    ["events", "/events", (id) => `{"user_id":${id},"event_name":"e","created_at":1}`, "user_id"],
    ["erasure", "/user_delete_requests", (id) => `{"intercom_user_id":${id}}`, "intercom_user_id"],
  ];
  test.each(NAMING)("an id of %s keeps its digits beyond 64 bits", async (_, path, body) => {
    it.reply(knowing(person()));
    for (const digits of ["100000000000000000001", "100000000000000000002"]) {
      it.arrived().length = 0;
      await post(path, body(digits));
      const asked = it
        .arrived()
        .map(({ url, body: sent }) => `${url} ${sent}`)
        .join("\n");
      expect(asked).toContain(digits);
    }
  });

  test.each(NAMING)("an id of %s with a fraction or an exponent is refused", async (_, path, body, field) => {
    for (const digits of ["1e3", "1.0", "1000.5", "1E+20"]) {
      const answer = await post(path, body(digits));
      expect([answer.status, firstError(answer).field], answer.text).toEqual([422, field]);
    }
    expect(it.arrived()).toEqual([]);
  });

  test("a template's variables keep their digits", async () => {
    it.reply(knowing(person({ custom: '"n":18446744073709551616' })));
    await it.ask("/edge/templates/number", {
      method: "PUT",
      json: { subject: "Hi", body: "{{ contact.custom_attributes.n }} {{ variables.n }}" },
    });
    const sent = await post(
      "/edge/notify",
      '{"to":{"user_id":"u-1"},"template":"number","variables":{"n":123456789012345678901234567890}}',
    );
    expect(sent.status, sent.text).toBe(200);
    expect(JSON.parse(sends(it).at(-1).body).body).toBe("18446744073709551616 123456789012345678901234567890");
    const batch = await post(
      "/edge/messages/batch",
      '{"to":[{"user_id":"u-1","variables":{"n":18446744073709551617}}],"template":"number","variables":{"n":1}}',
    );
    await until(async () => (await it.ask(`/edge/messages/batch/${batch.body.id}`)).body.state === "done", 20_000);
    expect(JSON.parse(sends(it).at(-1).body).body).toBe("18446744073709551616 18446744073709551617");
  });
});

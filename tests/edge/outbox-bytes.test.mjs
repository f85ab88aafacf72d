// A message of API 2.x passes as it is, and so does Intercom's answer: docs/messages.md, "Sending".

import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { accepting, email, idOf, isReplayed, isUnknown, refusing, send, sends, shown, V2 } from "../outbox.mjs";
import { asWritten } from "../raw.mjs";
import { firstError } from "../worker.mjs";

const it = gate("outbox-bytes", { vars: { DEFAULT_VERSION: "2.11" } });
const MOST = 1 << 20;

beforeEach(() => it.reply(accepting));

const post = (body, { path = "/messages", ...headers } = {}) =>
  it.ask(path, { method: "POST", body, headers: { ...V2, "content-type": "application/json", ...headers } });

describe("what goes out", () => {
  test.each([
    [
      "white space and escapes",
      '\t{ "subject" :"\\u0041 naïve 👩‍👩‍👧 \u2028",\r\n "n": 1.0, "big":12345678901234567890 } \n',
    ],
    ["keys that come twice", '{"subject":"one","subject":"two","to":{},"to":[]}'],
    ["fields nobody knows", '{"subject":"x","x":{"y":[null,{}]}}'],
    ["no JSON", '{"subject":'],
    ["a list", "[1,2]"],
    ["a text", "Hello"],
    ["a byte order mark", "\ufeff{}"],
    ["bytes that are no text", Buffer.from(Array.from({ length: 512 }, (_, at) => at % 256))],
    ["a NUL", '{"subject":"a\0b"}'],
    ["nothing", ""],
    [
      "1 MiB",
      Buffer.from(
        JSON.stringify({ subject: "long", body: Array.from({ length: 90_000 }, (_, at) => `${at}`).join(" ") }).padEnd(
          MOST,
        ),
      ),
    ],
  ])("is what came, byte for byte: %s", async (_, body) => {
    const bytes = Buffer.from(body);
    const answer = await post(bytes);
    expect(answer.status, answer.text).toBe(200);
    const [arrived, ...more] = sends(it);
    expect(more).toEqual([]);
    expect(arrived.body.equals(bytes)).toBe(true);
    expect(arrived.headers["content-length"]).toBe(String(bytes.length));
    expect(arrived.headers["transfer-encoding"]).toBeUndefined();
    expect(arrived.headers["content-type"]).toBe("application/json");
    // And it is a message like any other.
    expect((await shown(it, idOf(answer))).state).toBe("sent");
    expect(isReplayed(await post(bytes))).toBe(true);
  });

  test("a body over 1 MiB is refused, and nothing is sent", async () => {
    const answer = await post(Buffer.alloc(MOST + 1, " "));
    expect(answer.status).toBe(413);
    expect(answer.body.type).toBe("error.list");
    expect(it.arrived()).toEqual([]);
    expect((await it.ask("/edge/messages?per_page=1&state=queued")).body.data).toEqual([]);
  });

  test("a body that doesn't say its length passes, too", async () => {
    const body = Buffer.from(JSON.stringify(email()));
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(body.subarray(0, 7));
        controller.enqueue(body.subarray(7));
        controller.close();
      },
    });
    const answer = await it.ask("/messages", {
      method: "POST",
      body: stream,
      duplex: "half",
      headers: { ...V2, "content-type": "application/json" },
    });
    expect(answer.status).toBe(200);
    expect(sends(it)[0].body.equals(body)).toBe(true);
  });

  test.each([["/messages?a=b%20c&a=%C3%BC&d"], ["/messages?"], ["/messages?%7Bx%7D=[]"]])(
    "to the address as it came: %s",
    async (path) => {
      const { status } = await asWritten(it.url, path, {
        method: "POST",
        body: JSON.stringify(email()),
        headers: { authorization: `Bearer ${it.keys.all}`, ...V2, "content-type": "application/json" },
      });
      expect(status).toBe(200);
      expect(sends(it).map(({ url }) => url.replace(/\?$/, ""))).toEqual([path.replace(/\?$/, "")]);
    },
  );

  test.each([["2.14"], ["2.7"], ["Unstable"]])("in the version %s that came", async (version) => {
    await send(it, email(), { headers: { "intercom-version": version } });
    expect(sends(it)[0].headers["intercom-version"]).toBe(version);
  });

  test("in DEFAULT_VERSION where none came", async () => {
    const answer = await it.ask("/messages", { json: email() });
    expect(answer.status).toBe(200);
    expect(sends(it)[0].headers["intercom-version"]).toBe("2.11");
  });

  test("with the headers that Intercom decides by, and nothing of the caller's", async () => {
    await send(it, email(), {
      headers: {
        "user-agent": "old script/1.0",
        "accept-language": "de",
        "idempotency-key": "own-key",
        prefer: "wait=10",
        cookie: "a=b",
        "x-custom": "1",
      },
    });
    const [{ headers }] = sends(it);
    expect(headers["user-agent"]).toBe("old script/1.0");
    expect(headers["accept-language"]).toBe("de");
    expect(headers.authorization).toMatch(/^Bearer /);
    expect(headers.authorization).not.toContain(it.keys.all);
    for (const name of ["idempotency-key", "prefer", "cookie", "x-custom"])
      expect(headers, name).not.toHaveProperty(name);
  });

  test("no form, which could hide another request", async () => {
    const answer = await post("a=b", { "content-type": "application/x-www-form-urlencoded" });
    expect(answer.status).toBe(415);
    expect(it.arrived()).toEqual([]);
  });
});

describe("what comes back", () => {
  const spaced = '\t{ "type" :"admin_message",\r\n "id":"\\u0037" , "n": 1.0, "n":-0, "big":12345678901234567890 } \n';
  const limit = {
    "x-ratelimit-limit": "1667",
    "x-ratelimit-remaining": "1600",
    "x-ratelimit-reset": "1900000000",
    "x-request-id": "of-intercom",
  };

  test.each([[200], [201], [202]])("is Intercom's own answer of %i, byte for byte", async (status) => {
    it.reply({ status, body: spaced, headers: limit });
    const answer = await send(it, email());
    expect([answer.status, answer.text]).toEqual([status, spaced]);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    for (const [name, value] of Object.entries(limit)) expect(answer.headers.get(name), name).toBe(value);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(idOf(answer)).toBeTruthy();
    expect(await shown(it, idOf(answer))).toMatchObject({ state: "sent", message_id: "7", answer: { status } });
  });

  test.each([
    [400, refusing(400).body],
    [403, "<html>no</html>"],
    [404, ""],
    [409, refusing(409).body],
    [422, refusing(422).body],
    [451, "no"],
  ])("is Intercom's own refusal of %i, byte for byte", async (status, body) => {
    it.reply({ status, body, headers: limit });
    const answer = await send(it, email());
    expect([answer.status, answer.text]).toEqual([status, typeof body === "string" ? body : JSON.stringify(body)]);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    expect(await shown(it, idOf(answer))).toMatchObject({ state: "failed", answer: { status } });
  });

  test("an answer that comes compressed", async () => {
    it.reply({ body: gzipSync(spaced), headers: { "content-encoding": "gzip" } });
    const body = email();
    const answer = await send(it, body);
    expect([answer.status, answer.text]).toEqual([200, spaced]);
    expect((await send(it, body)).text).toBe(spaced);
  });

  test("nothing of Intercom's infrastructure", async () => {
    it.reply({
      body: { id: "1" },
      headers: { "set-cookie": "a=b", "strict-transport-security": "max-age=1", server: "nginx", "x-runtime": "0.05" },
    });
    const answer = await send(it, email());
    for (const name of ["set-cookie", "server", "x-runtime"]) expect(answer.headers.get(name), name).toBeNull();
  });

  test.each([
    ["500", { status: 500 }],
    ["502", { status: 502 }],
    ["503", { status: 503 }],
    ["504", { status: 504 }],
    ["408", { status: 408 }],
    ["a connection that is reset", { cut: "before" }],
    ["an answer that breaks off", { cut: "within", body: '{"id":', headers: { "content-length": "99" } }],
    ["200 with nothing in it", { body: "" }],
    ["200 with a page", { body: "<html>" }],
    ["200 with half an object", { body: '{"id":"7"' }],
    ["200 with a list", { body: "[]" }],
  ])("where no answer tells, 502 with message_unknown and what to do: %s", async (_, reply) => {
    it.reply(reply);
    const answer = await send(it, email());
    isUnknown(answer);
    expect(firstError(answer)).toMatchObject({
      id: idOf(answer),
      message: expect.stringMatching(/Check in Intercom: if it arrived, confirm it; if it did not, retry it$/),
    });
    expect(answer.body.type).toBe("error.list");
    expect(answer.body.request_id).toBeTruthy();
    expect(answer.text).not.toContain("How are you");
    expect((await shown(it, idOf(answer))).state).toBe("unknown");
    expect(sends(it)).toHaveLength(1);
  });
});

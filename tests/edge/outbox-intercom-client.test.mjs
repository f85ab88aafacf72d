// Intercom's own SDK sends a message again after a 5xx: through the Worker it arrives once.

import { IntercomClient, IntercomError } from "intercom-client";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { until } from "../outbox.mjs";
import { fault, intercom, messages, requests, reset } from "../sandbox.mjs";
import { ask } from "../worker.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const JOHN = "5bb2f45a1e099bf2d553a2d5";

let made = 0;
const message = () => ({
  message_type: "email",
  subject: `From the SDK ${++made}`,
  body: "How are you ?",
  template: "plain",
  from: { type: "admin", id: "1234567" },
  to: { type: "user", id: JOHN },
});

/** The SDK as it comes, and what each of its tries was answered. */
function watched(to = { baseUrl: WORKER_URL, token: CALLER_KEY }) {
  const tries = [];
  const client = new IntercomClient({
    ...to,
    fetch: async (...request) => {
      const response = await fetch(...request);
      tries.push({ status: response.status, headers: response.headers, text: await response.clone().text() });
      return response;
    },
  });
  return { client, tries };
}

const arrived = async (subject) => (await messages()).filter(({ request }) => request.subject === subject);
const sends = async (subject) =>
  (await requests()).filter(({ path, body }) => path === "/messages" && JSON.stringify(body).includes(`${subject}\\"`))
    .length;
const once = (kind) => fault(kind, { method: "POST", path: "/messages" });

describe("messages.create, where something fails", () => {
  const KINDS = [
    "accept_then:502",
    "accept_then:500",
    "accept_then:503",
    "empty200",
    "truncate",
    "reset",
    "status:500",
    "status:408",
  ];
  const seen = new Map();
  let keyed;
  let direct;

  // The SDK rests for seconds between its tries: all do so at the same time.
  beforeAll(async () => {
    await reset();
    const running = [];
    const begin = async (kind, client, tries, body, options) => {
      await once(kind);
      const call = client.messages.create(body, options).catch((error) => error);
      await until(() => tries.length > 0);
      running.push(call);
      // Not the promise itself, which would be waited for.
      return { end: call };
    };
    for (const kind of KINDS) {
      const { client, tries } = watched();
      const body = message();
      const call = await begin(kind, client, tries, body);
      seen.set(kind, { body, tries, call });
    }
    keyed = { ...watched(), body: message() };
    keyed.call = await begin("accept_then:502", keyed.client, keyed.tries, keyed.body, {
      headers: { "Idempotency-Key": "of-the-sdk" },
    });
    direct = { ...watched({ baseUrl: process.env.SANDBOX_URL, token: "sandbox-token" }), body: message() };
    direct.call = await begin("accept_then:502", direct.client, direct.tries, direct.body);
    await Promise.all(running);
  });

  test.each(KINDS)(
    "after %s: each of the SDK's tries gets the same 502 that says unknown, and no success is invented",
    async (kind) => {
      const { body, tries, call } = seen.get(kind);
      const error = await call.end;
      expect(error).toBeInstanceOf(IntercomError);
      expect(error.statusCode).toBe(502);
      expect(error.body.errors[0]).toMatchObject({ code: "message_unknown", state: "unknown" });
      // It is the SDK that tries three times: were it to try once, this would prove nothing.
      expect(tries.map(({ status }) => status)).toEqual([502, 502, 502]);
      expect(new Set(tries.map(({ text }) => text)).size).toBe(1);
      expect(tries.map(({ headers }) => headers.get("idempotency-replayed"))).toEqual([null, "true", "true"]);
      expect(new Set(tries.map(({ headers }) => headers.get("x-intercom-edge-message"))).size).toBe(1);
      expect(await sends(body.subject)).toBe(1);
      expect(await arrived(body.subject)).toHaveLength(kind.startsWith("status") ? 0 : 1);
      const { body: kept } = await ask(`/edge/messages/${tries[0].headers.get("x-intercom-edge-message")}`);
      expect(kept.state).toBe("unknown");
    },
  );

  test("with a key: one message, however often it's called", async () => {
    const { client, tries, body, call } = keyed;
    expect((await call.end).statusCode).toBe(502);
    const again = await client.messages
      .create(body, { headers: { "Idempotency-Key": "of-the-sdk" }, maxRetries: 0 })
      .catch((error) => error);
    expect(again.statusCode).toBe(502);
    expect(tries).toHaveLength(4);
    expect(new Set(tries.map(({ text }) => text)).size).toBe(1);
    expect(await arrived(body.subject)).toHaveLength(1);
  });

  test("without the Worker the very same SDK sends it again: that is what the outbox is for", async () => {
    expect((await direct.call.end).subject).toBe(direct.body.subject);
    expect(await arrived(direct.body.subject)).toHaveLength(2);
  });
});

describe("messages.create", () => {
  beforeEach(() => reset());

  test("after a 429: the Worker waits for the window, and the SDK notices nothing", async () => {
    const { client, tries } = watched();
    const body = message();
    await once("status:429");
    const sent = await client.messages.create(body);
    expect(tries.map(({ status }) => status)).toEqual([200]);
    expect((await arrived(body.subject)).map(({ answer }) => answer.id)).toEqual([sent.id]);
  });

  test("after a refusal: the SDK's own error, and the next call is a new message", async () => {
    const { client } = watched();
    const body = message();
    await once("status:404");
    const error = await client.messages.create(body).catch((error) => error);
    expect(error.statusCode).toBe(404);
    expect((await client.messages.create(body)).subject).toBe(body.subject);
    expect(await arrived(body.subject)).toHaveLength(1);
  });

  test("where nothing fails, the message as the SDK knows it", async () => {
    const { client, tries } = watched();
    const body = message();
    expect(await client.messages.create(body)).toMatchObject({
      type: "admin_message",
      subject: body.subject,
      body: body.body,
    });
    expect(tries).toHaveLength(1);
  });
});

test("conversations.reply, where the answer is lost: one reply, though the SDK tries three times", async () => {
  await reset();
  const { client, tries } = watched();
  const body = `A reply of the SDK ${++made}`;
  await fault("accept_then:502", { method: "POST", path: "/conversations/1001/reply" });
  const replied = client.conversations.reply({
    conversation_id: "1001",
    body: { message_type: "comment", type: "admin", admin_id: "1234567", body },
  });
  const error = await replied.catch((error) => error);
  expect(error.statusCode).toBe(502);
  expect(tries.map(({ status }) => status)).toEqual([502, 502, 502]);
  const { conversation_parts: parts } = await intercom("GET", "/conversations/1001");
  expect(parts.conversation_parts.filter((part) => part.body?.includes(body))).toHaveLength(1);
});

// The outbox's settings: docs/messages.md, "Settings".

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { serve, standIn, told } from "../gate.mjs";
import {
  ASYNC,
  accepting,
  email,
  idOf,
  isReplayed,
  isUnknown,
  oldEmail,
  refusing,
  send,
  sends,
  settled,
  shown,
  until,
  V1,
  V2,
  withKey,
} from "../outbox.mjs";
import { everything, grown } from "../storage.mjs";
import { firstError } from "../worker.mjs";

/** Where a Worker of a test keeps what it keeps. */
const folders = [];
function newState() {
  const folder = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
  folders.push(folder);
  return folder;
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A Worker whose storage can be looked at. */
function kept(name, options) {
  const it = { state: newState() };
  let intercom;
  let worker;
  beforeAll(async () => {
    intercom = await standIn();
    worker = await serve(name, intercom, { ...options, state: it.state });
    Object.assign(it, worker, {
      arrived: () => intercom.arrived,
      reply: (reply) => Object.assign(intercom, { reply: typeof reply === "function" ? reply : () => reply }),
      keeps: (text) => everything(it.state).filter((value) => value.includes(text)).length > 0,
    });
  });
  beforeEach(() => Object.assign(intercom, { arrived: [], reply: accepting }));
  afterAll(async () => {
    await worker?.stop();
    await intercom?.stop();
  });
  return it;
}

/** A message with words in it that stand nowhere else. */
let count = 0;
const secretive = (make = email) => {
  count += 1;
  return make({ subject: `Zanzibar${count}`, body: `<p>Popocatepetl${count}</p>` });
};

describe("OUTBOX_KEEP_BODY=false", () => {
  const it = kept("outbox-forgets", { vars: { OUTBOX_KEEP_BODY: "false" } });

  const forgotten = (body, id) => {
    expect(it.keeps(id)).toBe(true);
    for (const text of [body.subject, `Popocatepetl${body.subject.slice(8)}`]) expect(it.keeps(text), text).toBe(false);
  };
  const remembered = (body) => expect(it.keeps(body.subject)).toBe(true);

  test("a message's text is gone when it is sent, out of the stored answer too", async () => {
    const body = secretive();
    const answer = await withKey(it, "forgotten", body);
    expect(answer.body).toMatchObject({ subject: body.subject, body: body.body });
    forgotten(body, idOf(answer));
    const message = await shown(it, idOf(answer));
    expect(message).toMatchObject({ state: "sent", request: null, message_id: answer.body.id });
    expect(message.answer.body).toMatchObject({ id: answer.body.id, type: "admin_message" });
    expect(message.answer.body).not.toHaveProperty("subject");
    expect(message.answer.body).not.toHaveProperty("body");
    // The key still stands for this request.
    const again = await withKey(it, "forgotten", body);
    expect([again.status, isReplayed(again), again.body.id]).toEqual([200, true, answer.body.id]);
    expect(again.text).not.toContain(body.subject);
    expect((await withKey(it, "forgotten", secretive())).status).toBe(422);
  });

  test.each([
    ["in API 1.x", { headers: V1 }],
    ["that nobody waits for", { headers: ASYNC }],
  ])("one %s, too", async (_, init) => {
    const body = secretive(init.headers === V1 ? oldEmail : email);
    const answer = await send(it, body, init);
    expect((await settled(it, idOf(answer))).state).toBe("sent");
    forgotten(body, idOf(answer));
  });

  test("a notification's, too, and a batch's", async () => {
    it.reply((request, count) =>
      request.url.startsWith("/messages")
        ? accepting(request, count)
        : { body: { type: "contact", id: "id-of-john", role: "user" } },
    );
    const from = { type: "admin", id: "1" };
    const body = secretive();
    const answer = await it.ask("/edge/notify", {
      json: { to: { user_id: "john_doe" }, from, subject: body.subject, body: body.body },
    });
    expect(answer.body).toMatchObject({ subject: body.subject, body: body.body });
    forgotten(body, idOf(answer));
    await it.ask("/edge/templates/secret", {
      method: "PUT",
      json: { subject: "Hi {{ variables.word }}", body: "Hi {{ variables.other }}" },
    });
    const { subject, body: text } = secretive();
    const to = [{ user_id: "john_doe", variables: { word: subject, other: text } }];
    const {
      body: { id },
    } = await it.ask("/edge/messages/batch", { json: { template: "secret", from, to } });
    await until(async () => (await it.ask(`/edge/messages/batch/${id}`)).body.state === "done");
    expect(JSON.parse(sends(it)[1].body)).toMatchObject({ subject: `Hi ${subject}` });
    forgotten({ subject }, id);
  });

  test.each([
    ["Intercom refuses", refusing(422)],
    ["Intercom refuses in the message's own words", { status: 400, body: "Zanzibar is no subject" }],
  ])("and when it has failed: %s", async (_, reply) => {
    const body = secretive();
    it.reply(reply);
    const answer = await send(it, body);
    expect((await shown(it, idOf(answer))).state).toBe("failed");
    forgotten(body, idOf(answer));
  });

  test("but stays of one that is unknown, until it is sent", async () => {
    const body = secretive();
    it.reply({ status: 500 });
    const answer = await send(it, body);
    isUnknown(answer);
    remembered(body);
    expect((await shown(it, idOf(answer))).request).toEqual(body);
    it.reply(accepting);
    expect((await it.ask(`/edge/messages/${idOf(answer)}/retry`, { method: "POST" })).body.subject).toBe(body.subject);
    expect(JSON.parse(sends(it)[1].body)).toEqual(body);
    forgotten(body, idOf(answer));
  });
});

describe("OUTBOX_KEEP_BODY", () => {
  const it = kept("outbox-keeps", {});
  test("keeps the text where it isn't set", async () => {
    const body = secretive();
    const { request, answer } = await shown(it, idOf(await send(it, body)));
    expect(request).toEqual(body);
    expect(answer.body.subject).toBe(body.subject);
    expect(it.keeps(body.subject)).toBe(true);
  });

  test("the storage holds no caller's key", async () => {
    await send(it, email());
    expect(it.keeps(it.keys.all)).toBe(false);
  });
});

describe("OUTBOX_KEEP_DAYS", () => {
  const it = kept("outbox-days", { vars: { OUTBOX_KEEP_DAYS: "2" } });
  const pass = (days) => it.restart(() => grown(it.state, days * 86_400_000));

  test("a message is there until then, and is removed by itself; its key is free again", async () => {
    const body = email();
    const old = await withKey(it, "monthly", body);
    await pass(1.9);
    const again = await withKey(it, "monthly", body);
    expect([again.text, isReplayed(again)]).toEqual([old.text, true]);
    expect((await shown(it, idOf(old))).state).toBe("sent");

    const young = await send(it, email());
    await pass(0.2);
    await until(() => !everything(it.state).includes(idOf(old)));
    expect((await it.ask(`/edge/messages/${idOf(old)}`)).status).toBe(404);
    expect((await it.ask("/edge/messages")).body.data.map(({ id }) => id)).toEqual([idOf(young)]);
    const next = await withKey(it, "monthly", email());
    expect([next.status, isReplayed(next)]).toEqual([200, false]);
  });
});

describe("a setting that can't be meant", () => {
  const wrong = [
    ["OUTBOX_DEDUPE_SECONDS", "-1"],
    ["OUTBOX_DEDUPE_SECONDS", "86401"],
    ["OUTBOX_DEDUPE_SECONDS", "soon"],
    ["OUTBOX_DEDUPE_SECONDS", "1.5"],
    ["OUTBOX_KEEP_BODY", "no"],
    ["OUTBOX_KEEP_DAYS", "0"],
    ["OUTBOX_KEEP_DAYS", "366"],
    ["OUTBOX_FREE_SHARE", "1"],
    ["OUTBOX_FREE_SHARE", "-0.1"],
    ["OUTBOX_FREE_SHARE", "NaN"],
    ["OUTBOX_FREE_SHARE", "20%"],
    ["SENDER_ADMIN_ID", "../me"],
  ];
  test("is 503 and named", async () => {
    const answers = await told(
      "outbox-wrong",
      wrong.map(([name, value]) => ({ vars: { [name]: value } })),
      "/edge/messages",
    );
    answers.forEach((answer, at) => {
      const [name, value] = wrong[at];
      expect(answer.status, `${name}=${value}`).toBe(503);
      expect(firstError(answer).message, `${name}=${value}`).toContain(name);
    });
  });

  test("sends nothing", async () => {
    const intercom = await standIn();
    const worker = await serve("outbox-wrong-send", intercom, { vars: { OUTBOX_KEEP_BODY: "maybe" } });
    try {
      const answer = await worker.ask("/messages", { headers: V2, json: email() });
      expect(answer.status).toBe(503);
      expect(firstError(answer).message).toContain("OUTBOX_KEEP_BODY");
      expect(intercom.arrived).toEqual([]);
    } finally {
      await worker.stop();
      await intercom.stop();
    }
  });
});

test("a setting of spaces and an empty one are as none", async () => {
  const intercom = await standIn();
  intercom.reply = accepting;
  const worker = await serve("outbox-blank", intercom, {
    vars: { OUTBOX_KEEP_BODY: "", OUTBOX_DEDUPE_SECONDS: " 30 ", OUTBOX_FREE_SHARE: "" },
  });
  try {
    expect((await worker.ask("/messages", { headers: V2, json: email() })).status).toBe(200);
  } finally {
    await worker.stop();
    await intercom.stop();
  }
});

// The package from Node, as `import … from "intercom-edge"` finds it, through the real Worker.

import http from "node:http";
import { Intercom, IntercomError } from "intercom-edge";
import { beforeEach, expect, test } from "vitest";
import { everybody, fault, messages, requests, reset, intercom as upstream } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
const ids = (people) => people.map(({ id }) => id);
const collect = async (iterable) => {
  const items = [];
  for await (const item of iterable) items.push(item);
  return items;
};

beforeEach(() => reset());

test("users and leads, one by one", async () => {
  expect(ids(await collect(intercom.users.list({ perPage: 150 })))).toEqual(ids(await everybody("user")));
  expect(ids(await collect(intercom.leads.list()))).toEqual(ids(await everybody("lead")));
});

test("pages, and going on from a kept cursor", async () => {
  const pages = await collect(intercom.users.list({ perPage: 60 }).pages());
  const all = await everybody("user");
  expect(pages.flatMap(({ data }) => ids(data))).toEqual(ids(all));
  expect(pages[0].totalCount).toBe(all.length);
  expect(pages.at(-1).startingAfter).toBeNull();
  const [first, second] = pages;
  const { value } = await intercom.users.list({ perPage: 60, startingAfter: first.startingAfter }).pages().next();
  expect(ids(value.data)).toEqual(ids(second.data));
});

test("nothing is asked before the first item, and nothing after break", async () => {
  const list = intercom.users.list({ perPage: 10 });
  expect(await requests()).toEqual([]);
  let count = 0;
  for await (const user of list) if (user && ++count === 15) break;
  expect(await requests()).toHaveLength(2);
});

test("two next() at once never give one person twice", async () => {
  const iterator = intercom.users.list({ perPage: 5 })[Symbol.asyncIterator]();
  const results = await Promise.all(Array.from({ length: 12 }, () => iterator.next()));
  const found = results.map(({ value }) => value.id);
  expect(found).toEqual(ids((await everybody("user")).slice(0, 12)));
});

test("admins and me", async () => {
  const { admins } = await upstream("GET", "/admins");
  expect(await collect(intercom.admins.list())).toEqual(admins);
  expect(await intercom.me()).toEqual(await upstream("GET", "/me"));
});

let count = 0;
/** An e-mail of its own: the same one again would be a repeat. */
const email = async () => {
  const [admin] = await collect(intercom.admins.list());
  const { id } = await upstream("GET", "/contacts/find_by_external_id/john_doe");
  return {
    message_type: "email",
    subject: `Grüße ${++count}`,
    body: "日本 👋",
    template: "plain",
    from: { type: "admin", id: admin.id },
    to: { type: "user", id },
  };
};

test("a message is sent once, every character as it was", async () => {
  const message = await email();
  const sent = await intercom.messages.send(message);
  expect(sent).toMatchObject({ type: "admin_message", subject: message.subject, message_type: "email" });
  expect(await messages()).toHaveLength(1);
  expect(JSON.parse((await requests()).at(-1).body)).toEqual(message);
});

test("a send that fails is not repeated", async () => {
  const message = await email();
  await fault("accept_then:502", { method: "POST", path: "/messages" });
  await expect(intercom.messages.send(message)).rejects.toMatchObject({ name: "UpstreamError", status: 502 });
  expect(await messages()).toHaveLength(1);
});

test("a read that fails for a moment is repeated", async () => {
  await fault("status:503", { times: 2 });
  expect((await intercom.me()).type).toBe("admin");
});

test("errors say status, code, request id and nothing of people", async () => {
  const wrong = new Intercom({ baseUrl: WORKER_URL, auth: "wrong" });
  const refused = await wrong.me().catch((error) => error);
  expect(refused).toBeInstanceOf(IntercomError);
  expect(refused).toMatchObject({ status: 401, code: "unauthorized", requestId: expect.any(String) });
  expect(refused.errors[0].message).toBe(refused.message);

  const nobody = new Intercom({ baseUrl: "http://127.0.0.1:9", auth: "x".repeat(32) });
  const unsent = { message_type: "inapp", body: "x", from: { type: "admin", id: "1" }, to: { type: "user", id: "1" } };
  await expect(nobody.messages.send(unsent)).rejects.toMatchObject({
    name: "NetworkError",
    status: 0,
    code: "network",
  });

  await fault("empty200");
  await expect(intercom.me()).rejects.toMatchObject({ name: "UpstreamError", code: "unreadable" });
});

test("an abort throws the signal's own reason, whatever it is", async () => {
  for (const reason of [new Error("enough"), "enough", 7]) {
    await fault("hang");
    const controller = new AbortController();
    const call = intercom.me({ signal: controller.signal });
    setTimeout(() => controller.abort(reason), 200);
    await expect(call.catch((thrown) => thrown)).resolves.toBe(reason);
    await expect(intercom.me({ signal: AbortSignal.abort(reason) }).catch((thrown) => thrown)).resolves.toBe(reason);
  }
});

test("what isn't a list doesn't look like an empty one", async () => {
  const upstream = http.createServer((_, response) => response.end(body));
  let body;
  await new Promise((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const odd = new Intercom({ baseUrl: `http://127.0.0.1:${upstream.address().port}`, auth: CALLER_KEY });
  for (body of [
    "{}",
    "[]",
    '{"type":"error.list","errors":[]}',
    '{"data":null,"total_count":400}',
    '{"data":"abc"}',
    '{"data":{"0":1}}',
    "7",
    "",
  ]) {
    await expect(collect(odd.users.list()), body).rejects.toMatchObject({ name: "UpstreamError", code: "unreadable" });
  }
  upstream.close();
});

test("auth as a function is asked each time, and what it throws is thrown", async () => {
  let asked = 0;
  const auth = async () => {
    asked++;
    return CALLER_KEY;
  };
  const lazy = new Intercom({ baseUrl: new URL(WORKER_URL), auth });
  await lazy.me();
  await lazy.me();
  expect(asked).toBe(2);
  const reason = new Error("signed out");
  const broken = new Intercom({
    baseUrl: WORKER_URL,
    auth: () => {
      throw reason;
    },
  });
  await expect(broken.me()).rejects.toBe(reason);
});

test("mistakes are told before anything is sent", async () => {
  for (const perPage of [0, 151, 1.5, "many", NaN]) {
    expect(() => intercom.users.list({ perPage }), `perPage ${perPage}`).toThrow(TypeError);
  }
  expect(() => new Intercom({ baseUrl: "ftp://x", auth: "k" })).toThrow(TypeError);
  for (const auth of ["", "ключ", "€", "a\nb", "a\0b", 7, null]) {
    expect(() => new Intercom({ baseUrl: "http://x", auth }), String(auth)).toThrow(TypeError);
    await expect(new Intercom({ baseUrl: WORKER_URL, auth: () => auth }).me(), String(auth)).rejects.toThrow(TypeError);
  }
  await expect(new Intercom({ baseUrl: WORKER_URL, auth: () => undefined }).me()).rejects.toThrow("auth");
  const cyclic = {};
  cyclic.self = cyclic;
  const throwing = {
    get body() {
      throw new TypeError("no");
    },
  };
  for (const message of [cyclic, { body: 7n }, throwing, undefined, null, 7, []]) {
    await expect(intercom.messages.send(message)).rejects.toThrow(TypeError);
  }
  expect((await intercom.me()).type).toBe("admin");
  await reset();
  expect(await requests()).toEqual([]);
});

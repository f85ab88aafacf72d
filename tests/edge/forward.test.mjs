// API 2.x passes as it stands: nothing decoded, nothing added, nothing lost.

import { randomBytes } from "node:crypto";
import http from "node:http";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { asWritten } from "../raw.mjs";
import { fault, intercom, messages, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };

beforeEach(() => reset());

test("contacts, search, admins, tags, segments and companies are Intercom's own", async () => {
  for (const path of [
    "/contacts?per_page=3",
    "/contacts/find_by_external_id/john_doe",
    "/contacts/5bb2f45a1e099bf2d553a2da/tags",
    "/contacts/5bb2f45a1e099bf2d553a2da/companies",
    "/contacts/5bb2f45a1e099bf2d553a2d5/notes",
    "/admins",
    "/me",
    "/tags",
    "/segments",
    "/companies",
  ]) {
    const answer = await ask(path, { headers: V2 });
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
    expect(answer.body, path).toEqual(await intercom("GET", path));
  }
  const search = { query: { field: "role", operator: "=", value: "lead" }, pagination: { per_page: 5 } };
  const answer = await ask("/contacts/search", { headers: V2, json: search });
  expect(answer.body).toEqual(await intercom("POST", "/contacts/search", search));
});

test("the pin is the caller's, and the limit headers come through", async () => {
  const answer = await ask("/admins", { headers: { "intercom-version": "2.11" } });
  expect(answer.headers.get("intercom-version")).toBe("2.11");
  for (const name of ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]) {
    expect(Number(answer.headers.get(name)), name).toBeGreaterThan(0);
  }
  const unpinned = await ask("/admins");
  expect(unpinned.headers.get("intercom-version")).toBe("2.14");
  const nonsense = await ask("/admins", { headers: { "intercom-version": "9.99" } });
  expect(nonsense.status).toBe(400);
  expect(nonsense.headers.get("x-intercom-edge")).toBe("upstream");
  expect(firstError(nonsense).code).toBe("intercom_version_invalid");
  const old = await ask("/admins", { headers: { "intercom-version": "1.9" } });
  expect(old.status).toBe(400);
  expect(old.headers.get("x-intercom-edge")).toBe("edge");
});

test("bodies and queries arrive byte for byte", async () => {
  const body = '{ "query" : {"field":"email","operator":"=","value":"日本\\u0041 "} }';
  await ask("/contacts/search?a=%2F&b=+&c", {
    method: "POST",
    body,
    headers: { ...V2, "content-type": "application/json; charset=utf-8" },
  });
  const arrived = (await requests()).at(-1);
  expect(arrived.body).toBe(body);
  expect(arrived.path).toBe("/contacts/search?a=%2F&b=+&c");
  expect(arrived.headers["content-type"]).toBe("application/json; charset=utf-8");
});

test("Intercom's errors pass unchanged, whatever they are", async () => {
  for (const [kind, status] of [
    ["status:500", 500],
    ["status:503", 503],
    ["status:422", 422],
    ["html403", 403],
    ["empty200", 200],
  ]) {
    await fault(kind);
    const answer = await ask("/contacts", { headers: V2 });
    expect(answer.status, kind).toBe(status);
    expect(answer.headers.get("x-intercom-edge"), kind).toBe("upstream");
    if (kind === "html403") expect(answer.headers.get("content-type")).toContain("text/html");
    if (kind === "empty200") expect(answer.text).toBe("");
  }
  const missing = await ask("/contacts/000000000000000000000000", { headers: V2 });
  expect(missing.status).toBe(404);
  expect(missing.body.request_id).toBe(missing.headers.get("x-request-id"));
});

test("a GET's body stays behind", async () => {
  const url = new URL("/tags", process.env.WORKER_URL);
  const headers = {
    authorization: `Bearer ${process.env.CALLER_KEY}`,
    "content-type": "application/json",
    "content-length": 2,
  };
  const status = await new Promise((resolve, reject) => {
    http
      .request(url, { method: "GET", headers, agent: false }, (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end("{}");
  });
  expect(status).toBe(200);
});

test("a connection that fails is 502, and the next request works", async () => {
  // workerd itself asks once more where a kept connection broke under a GET.
  await fault("reset", { times: 10 });
  const answer = await ask("/contacts", { headers: V2 });
  expect(answer.status).toBe(502);
  expect(answer.body.type).toBe("error.list");
  await reset();
  expect((await ask("/contacts", { headers: V2 })).status).toBe(200);
});

test("a body that is cut off aborts the caller's connection rather than looking whole", async () => {
  await fault("truncate", { path: "/contacts" });
  const url = new URL("/contacts?per_page=150", process.env.WORKER_URL);
  const headers = { ...V2, authorization: `Bearer ${process.env.CALLER_KEY}` };
  const outcome = await new Promise((resolve) => {
    http
      .get(url, { headers, agent: false }, (response) => {
        response.resume();
        response.on("end", () => resolve(response.complete ? "whole" : "cut off"));
        response.on("error", () => resolve("cut off"));
      })
      .on("error", () => resolve("cut off"));
  });
  expect(outcome).toBe("cut off");
  expect((await ask("/contacts", { headers: V2 })).status).toBe(200);
});

test("a 2.x message is passed on as it is", async () => {
  const [admin] = (await intercom("GET", "/admins")).admins;
  const { id } = await intercom("GET", "/contacts/find_by_external_id/john_doe");
  const json = {
    message_type: "inapp",
    body: "Hi",
    from: { type: "admin", id: admin.id },
    to: { type: "user", id },
    unknown: [1],
  };
  const answer = await ask("/messages", { headers: V2, json });
  expect(answer.status).toBe(200);
  expect(JSON.parse((await requests()).at(-1).body)).toEqual(json);
  expect(await messages()).toHaveLength(1);
});

test("what isn't an operation is 404, a wrong method 405 with Allow, and neither reaches Intercom", async () => {
  await reset();
  for (const path of [
    "/",
    "/nothing",
    "/contacts//",
    "/contacts//5",
    "/messenger",
    "/fin-sdk/manifest",
    "/Contacts",
    "/contacts/1/2/3",
    "/admins%2F1",
    "/edge/nothing",
    "/contacts%00",
  ]) {
    const answer = await ask(path, { headers: V2 });
    expect(answer.status, path).toBe(404);
    expect(answer.body.type, path).toBe("error.list");
    if (!path.startsWith("/edge/"))
      expect(firstError(answer).message, path).toContain("not an operation of this Worker");
  }
  for (const [method, path, allow] of [
    ["DELETE", "/contacts", "GET, POST"],
    ["PUT", "/admins", "GET"],
    ["GET", "/messages", "POST"],
    ["GET", "/contacts/search", "POST"],
  ]) {
    const answer = await ask(path, { method, headers: V2 });
    expect(answer.status, `${method} ${path}`).toBe(405);
    expect(answer.headers.get("allow")).toBe(allow);
  }
  expect((await ask("/users", { method: "PATCH", json: {} })).status).toBe(405);
  expect((await ask("/users", { headers: V2 })).status).toBe(404);
  expect(await requests()).toEqual([]);
});

test("a body that declares itself too large is 413 and stays here", async () => {
  const answer = await ask("/contacts/search", {
    method: "POST",
    headers: { ...V2, "content-type": "application/json" },
    body: Buffer.alloc((32 << 20) + 1, " "),
  });
  expect(answer.status).toBe(413);
  expect(await requests()).toEqual([]);
});

describe("with a stand-in for Intercom", () => {
  const it = gate("forward");

  test.each([200, 201, 202, 204, 206, 304, 400, 404, 409, 410, 422, 500, 503])(
    "a %i passes, with its body and its id",
    async (status) => {
      it.reply({ status, body: { status, é: "\u0000" }, headers: { "x-request-id": "of-intercom", etag: '"a"' } });
      for (const [method, path] of [
        ["GET", "/contacts/5"],
        ["POST", "/contacts"],
        ["PUT", "/contacts/5"],
        ["DELETE", "/contacts/5"],
        ["PATCH", "/data_connectors/5"],
      ]) {
        const answer = await it.ask(path, {
          method,
          headers: V2,
          ...(["POST", "PUT", "PATCH"].includes(method) ? { json: {}, method } : {}),
        });
        expect(answer.status).toBe(status);
        expect(answer.headers.get("x-request-id")).toBe("of-intercom");
        expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
        if (status === 204 || status === 304) expect(answer.text).toBe("");
        else expect(answer.body).toEqual({ status, é: "\u0000" });
      }
    },
  );

  test.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
  ])("an answer that comes as %s reads as it was", async (encoding, compress) => {
    const body = JSON.stringify({ text: "é".repeat(50_000) });
    it.reply({ body: compress(body), headers: { "content-encoding": encoding } });
    for (const path of ["/contacts", "/admins"]) expect((await it.ask(path, { headers: V2 })).text).toBe(body);
    it.reply({
      status: 404,
      body: compress('{"type":"error.list","errors":[{"code":"not_found"}]}'),
      headers: { "content-encoding": encoding },
    });
    const bridged = await it.ask("/users/5", { headers: { "intercom-version": "1.4" } });
    expect(firstError(bridged).code).toBe("not_found");
  });

  test("any bytes go both ways as they are, long ones too", async () => {
    const body = randomBytes(5 << 20);
    it.reply({
      body,
      headers: { "content-type": "application/octet-stream", "content-disposition": 'attachment; filename="a.csv"' },
    });
    const headers = {
      authorization: `Bearer ${it.keys.all}`,
      ...V2,
      "content-type": "application/vnd.x+json; boundary=x",
    };
    const answer = await fetch(`${it.url}/contacts`, { method: "POST", headers, body });
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="a.csv"');
    const [arrived] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(arrived.headers["content-type"]).toBe("application/vnd.x+json; boundary=x");
  });

  test.each([
    ["a search", "/contacts/search", true],
    ["a search that says no length", "/contacts/search", false],
    ["a write", "/contacts", true],
  ])("the compressed body of %s arrives as it was sent, with its encoding", async (_, path, declared) => {
    const body = gzipSync('{"query":{}}');
    const sent = declared
      ? body
      : new ReadableStream({
          start(controller) {
            controller.enqueue(body);
            controller.close();
          },
        });
    const headers = { ...V2, "content-type": "application/json", "content-encoding": "gzip" };
    await it.ask(path, { method: "POST", body: sent, duplex: "half", headers });
    const [arrived] = it.arrived();
    expect(arrived.body.equals(body)).toBe(true);
    expect(arrived.headers["content-encoding"]).toBe("gzip");
  });

  /** Types of bodies out of which a server may take another method, or that no operation takes. */
  const TYPES = [
    "",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "Multipart/Form-Data; boundary=x",
    "multipart/mixed; boundary=x",
    "multipart/related; boundary=x",
    "text/plain",
    "application/octet-stream",
    "application/json, application/x-www-form-urlencoded",
  ];

  test.each(TYPES)("a body of the type %j is 415 and stays here", async (type) => {
    for (const [version, method, path] of [
      ["2.14", "POST", "/contacts/search"],
      ["2.14", "PUT", "/contacts/5"],
      ["2.14", "DELETE", "/tags/5"],
      ["2.14", "POST", "/messages"],
      ["2.14", "POST", "/edge/notify"],
      ["1.4", "POST", "/users"],
      ["1.4", "POST", "/messages"],
      ["1.4", "PUT", "/conversations/5"],
    ]) {
      const headers = {
        authorization: `Bearer ${it.keys.all}`,
        "intercom-version": version,
        ...(type && { "content-type": type }),
        "content-length": 14,
      };
      const answer = await asWritten(it.url, path, { method, headers, body: "_method=DELETE" });
      expect([answer.status, JSON.parse(answer.text).errors?.[0].field], `${method} ${path}`).toEqual([
        415,
        "Content-Type",
      ]);
    }
    expect(it.arrived()).toEqual([]);
  });

  test("a body of no bytes may have any type, or none", async () => {
    for (const type of TYPES) {
      for (const [method, path] of [
        ["POST", "/contacts/5/archive"],
        ["DELETE", "/contacts/5"],
      ]) {
        for (const length of [{ "content-length": 0 }, {}]) {
          const headers = {
            authorization: `Bearer ${it.keys.all}`,
            ...V2,
            ...(type && { "content-type": type }),
            ...length,
          };
          const { status } = await asWritten(it.url, path, { method, headers });
          expect(status, `${method} ${path} ${type} ${JSON.stringify(length)}`).toBe(200);
        }
      }
    }
    expect(it.arrived().every(({ body }) => body.length === 0)).toBe(true);
  });

  test("an upload passes where the operation takes one, and nowhere else", async () => {
    const form = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.json"\r\n\r\n[]\r\n--x--\r\n';
    const init = {
      method: "POST",
      headers: { "intercom-version": "Preview", "content-type": "multipart/form-data; boundary=x" },
      body: form,
    };
    expect((await it.ask("/ecommerce/connectors/5/catalog", init)).status).toBe(200);
    expect(it.arrived()[0].body.toString()).toBe(form);
    expect((await it.ask("/folders", init)).status).toBe(415);
    expect(it.arrived()).toHaveLength(1);
  });

  test("nothing of Intercom's infrastructure passes, in either direction", async () => {
    const hidden = [
      "set-cookie",
      "server",
      "via",
      "x-powered-by",
      "x-runtime",
      "x-ami-version",
      "strict-transport-security",
      "x-frame-options",
      "alt-svc",
      "cf-ray",
      "connection-id",
      "x-intercom-edge-fake",
    ];
    it.reply({
      headers: Object.fromEntries([
        ...hidden.map((name) => [name, "1"]),
        ["x-intercom-edge", "fake"],
        ["cache-control", "public, max-age=3600"],
      ]),
    });
    const { headers } = await it.ask("/contacts", {
      headers: {
        ...V2,
        "x-http-method-override": "DELETE",
        "x-forwarded-for": "1.2.3.4",
        "x-original-url": "/admins",
        cookie: "a=b",
        "cf-access-jwt-assertion": "x",
        "proxy-authorization": "Basic eA==",
        te: "trailers",
      },
    });
    for (const name of hidden) expect(headers.get(name), name).toBeNull();
    expect(headers.get("x-intercom-edge")).toBe("upstream");
    expect(headers.get("cache-control")).toBe("no-store");
    const sent = Object.keys(it.arrived()[0].headers).sort();
    expect(sent.filter((name) => !["accept-encoding", "connection", "host"].includes(name))).toEqual([
      "accept",
      "accept-language",
      "authorization",
      "intercom-version",
      "user-agent",
    ]);
  });

  describe("a link to Intercom leads through the Worker", () => {
    /** What comes of a body in which `HERE` is Intercom's address. */
    const passed = async (method, path, body, { headers, status = 200, version = V2 } = {}) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      it.reply(({ headers: { host } }) => {
        const bytes = text.replaceAll("HERE", `http://${host}`);
        return {
          status,
          body: headers?.["content-encoding"] ? gzipSync(bytes) : bytes,
          headers: { "x-request-id": "of-intercom", "x-ratelimit-remaining": "7", ...headers },
        };
      });
      const answer = await it.ask(path, { method, headers: version, ...(method === "POST" && { json: {} }) });
      expect(answer.status).toBe(status);
      expect(answer.headers.get("x-request-id")).toBe("of-intercom");
      expect(answer.headers.get("x-ratelimit-remaining")).toBe("7");
      expect(answer.headers.get("x-intercom-edge")).toBe("upstream");
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      return answer.text;
    };
    const here = (text) => text.replaceAll("HERE", it.url);

    test.each([
      "/events?type=user&user_id=5",
      "/ai/content_import_sources",
      "/ai/external_pages",
      "/contacts/5/companies",
      "/contacts/5/notes",
      "/companies",
      "/companies/5/contacts",
      "/articles",
      "/articles/search?phrase=a",
      "/help_center/collections",
      "/internal_articles",
      "/news/news_items",
      "/news/newsfeeds",
      "/news/newsfeeds/5/items",
      "/admins/activity_logs?created_at_after=1",
    ])("to the next page of %s, and every other byte stays", async (path) => {
      const data = '[{"url":"HERE/a","x":1e400,"é":"\\ud800"}]';
      const body = `{"type":"list" , "data":${data},"pages":{ "next":"HERE/next?a=b&c","page":1}}`;
      expect(await passed("GET", path, body)).toBe(
        here(body).replace(`${it.url}/a`, `http://${it.arrived()[0].headers.host}/a`),
      );
    });

    test.each([
      ["GET", "/export/content/data/5", { status: "completed", download_url: "HERE/download/content/data/5" }],
      ["POST", "/export/content/data", { status: "pending", download_url: "" }],
      ["GET", "/jobs/status/5", { url: "HERE/jobs/status/5", resource_url: "HERE/tickets/20" }],
      ["POST", "/tickets/enqueue", { url: "HERE/jobs/status/20" }],
      [
        "GET",
        "/calls",
        { data: [{ recording_url: "HERE/calls/5/recording" }, { transcription_url: "HERE/calls/6/transcript" }] },
      ],
      [
        "GET",
        "/calls/5",
        {
          recording_url: "HERE/calls/5/recording",
          transcription_url: "HERE/calls/5/transcript",
          fin_recording_url: null,
        },
      ],
    ])("in %s %s", async (method, path, body) => {
      expect(await passed(method, path, body)).toBe(here(JSON.stringify(body)));
    });

    test("in an answer that came compressed", async () => {
      const body = { pages: { next: "HERE/events?page=2" } };
      expect(await passed("GET", "/events?type=user", body, { headers: { "content-encoding": "gzip" } })).toBe(
        here(JSON.stringify(body)),
      );
    });

    test("in what a caller of API 1.x is passed", async () => {
      const body = { type: "list", data: [], pages: { next: "HERE/articles?page=2" } };
      expect(await passed("GET", "/articles", body, { version: { "intercom-version": "1.4" } })).toBe(
        here(JSON.stringify(body)),
      );
    });

    test("in the header Link", async () => {
      it.reply(({ headers: { host } }) => ({
        status: 410,
        headers: { link: `<http://${host}/contacts/6>; rel="canonical"` },
      }));
      expect((await it.ask("/contacts/5", { headers: V2 })).headers.get("link")).toBe(
        `<${it.url}/contacts/6>; rel="canonical"`,
      );
    });

    test.each([
      ["a cursor", { pages: { next: { starting_after: "HERE/" } } }],
      ["an address elsewhere", { pages: { next: "https://elsewhere.example/events" } }],
      ["no JSON", "{ pages: HERE"],
      ["nothing", ""],
    ])("but %s stays", async (_, body) => {
      expect(await passed("GET", "/events?type=user", body)).toContain(
        typeof body === "string" ? body.replace("HERE", "http://") : JSON.stringify(body).split("HERE")[0],
      );
    });

    test("and a list too long to look through comes whole", async () => {
      const body = JSON.stringify({ data: "x".repeat(3 << 20), pages: { next: "https://elsewhere.example/" } });
      for (const headers of [{}, { "content-encoding": "gzip" }])
        expect((await passed("GET", "/events?type=user", body, { headers })) === body).toBe(true);
    });

    test("and one that is cut off is 502", async () => {
      it.reply({ cut: "within", headers: { "content-length": "1000" }, body: '{"type":"li' });
      const answer = await it.ask("/events?type=user", { headers: V2 });
      expect([answer.status, answer.headers.get("x-intercom-edge")]).toEqual([502, "edge"]);
    });
  });

  test("a redirect is not followed: within Intercom it leads through the Worker, else it is passed on", async () => {
    const location = async (to) => {
      it.arrived().length = 0;
      it.reply({ status: 302, headers: { location: to } });
      const answer = await it.ask("/contacts/5", { headers: V2 });
      expect([answer.status, it.arrived().length]).toEqual([302, 1]);
      return answer.headers.get("location");
    };
    await it.ask("/contacts/5", { headers: V2 });
    const [{ headers }] = it.arrived();
    const { host } = headers;
    expect(await location(`http://${host}/contacts/6?a=b`)).toBe(`${it.url}/contacts/6?a=b`);
    for (const to of ["https://storage.example/recording?signature=x", "http://storage.example:8080/x"])
      expect(await location(to), to).toBe(to);
    for (const [to, through] of [
      ["/contacts/2", "/contacts/2"],
      ["6?a=b", "/contacts/6?a=b"],
      ["?page=2", "/contacts/5?page=2"],
      [`//${host}/contacts/2`, "/contacts/2"],
    ]) {
      expect(await location(to), to).toBe(it.url + through);
    }
    for (const to of [
      "https://",
      "https://user@storage.example/x",
      `http://${host}@evil.example/`,
      "//evil.example/x",
      "javascript:x",
    ]) {
      expect(await location(to), to).toBeNull();
    }
  });
});

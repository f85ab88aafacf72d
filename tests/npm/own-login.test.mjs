// All code of docs/your-own-login.md, with the settings beside it, before a real Worker: in Node and in workerd.

import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Intercom } from "intercom-edge";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { serve, standIn } from "../gate.mjs";
import {
  files,
  issuer,
  newSigningKeys,
  settings,
  startNode,
  startWorkerOf,
  tokenHeader,
  writeFiles,
} from "../own-login.mjs";
import { raw } from "../raw.mjs";
import { ask } from "../worker.mjs";

const { folder, remove } = writeFiles();
const tokens = await import(join(folder, "tokens.js"));
const keys = newSigningKeys();
const runtimes = { Node: "server", "a Worker": "worker" };
const start = (file, ...rest) =>
  file.endsWith("worker.js") ? startWorkerOf(folder, file, ...rest) : startNode(folder, file, ...rest);

let intercom;
beforeAll(async () => (intercom = await standIn()));
beforeEach(() => Object.assign(intercom, { arrived: [], reply: () => ({}) }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
afterAll(async () => {
  await intercom?.stop();
  remove();
});

const as = (worker, token, path = "/edge/whoami") =>
  ask(worker.url + path, { headers: { authorization: `Bearer ${token}`, "intercom-version": "2.14" } });
const issuers = (url) => ({ TOKEN_ISSUERS: JSON.stringify([{ ...issuer, jwks: `${url}/jwks` }]) });

/** The token that a user would have got some seconds ago. */
function tokenOf(seconds, user = { id: "ann", role: "support" }) {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() - seconds * 1000 });
  const token = tokens.tokenFor(user, keys[0]);
  vi.useRealTimers();
  return token;
}

const linesOf = (code) => code.split("\n").filter((line) => line.trim() && !/^\s*(\/\/|\/\*)/.test(line)).length;

test("the signing part has under 15 lines, the forwarding part in Node under 25", () => {
  const signing = files["tokens.js"].slice(files["tokens.js"].indexOf("\nconst utf8"));
  expect(signing).toContain("publicKeys");
  expect(linesOf(signing)).toBeLessThan(15);
  const forwarding = /^async function forward.*?^\}/ms.exec(files["proxy-server.js"])[0];
  expect(linesOf(forwarding)).toBeLessThan(25);
});

test("the command creates keys that differ, one in a list", () => {
  const others = newSigningKeys();
  for (const list of [keys, others]) {
    expect(list).toEqual([
      {
        kty: "EC",
        crv: "P-256",
        x: expect.any(String),
        y: expect.any(String),
        d: expect.any(String),
        kid: expect.any(String),
      },
    ]);
  }
  expect(others[0].d).not.toBe(keys[0].d);
  expect(others[0].kid).not.toBe(keys[0].kid);
});

describe.each(Object.entries(runtimes))("tokens that %s signs", (_, kind) => {
  const file = `token-${kind}.js`;
  let server;
  let worker;
  const serving = (list) => start(file, { SIGNING_KEYS: JSON.stringify(list) }, server?.port);
  const tokenFor = async (user, options) => {
    const response = await fetch(`${server.url}/session/token`, { headers: { cookie: `session=${user}` }, ...options });
    return { status: response.status, headers: response.headers, token: await response.text() };
  };

  beforeAll(async () => {
    server = await serving(keys);
    worker = await serve(`own-login-${kind}`, intercom, { vars: issuers(server.url) });
  });
  afterAll(async () => {
    await worker?.stop();
    await server?.stop();
  });

  test("give each user a name and the scopes of their role, for five minutes", async () => {
    const { status, headers, token } = await tokenFor("ann");
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const ann = (await as(worker, token)).body;
    expect(ann.scopes.sort()).toEqual([
      "companies:read",
      "contacts:read",
      "messages:read",
      "messages:retry",
      "messages:send",
      "templates:read",
    ]);
    expect(ann.expires_at - Date.now() / 1000).toBeGreaterThan(200);
    expect(ann.expires_at - Date.now() / 1000).toBeLessThanOrEqual(300);
    expect((await as(worker, token, "/contacts")).status).toBe(200);
    expect((await as(worker, token, "/tags")).status).toBe(403);

    const bob = (await as(worker, (await tokenFor("bob")).token)).body;
    expect(bob.scopes.sort()).toEqual(["companies:read", "contacts:read", "contacts:write"]);
    expect(bob.name).not.toBe(ann.name);
    expect((await as(worker, (await tokenFor("ann")).token)).body.name).toBe(ann.name);
    // A role without scopes.
    const eve = await as(worker, (await tokenFor("eve")).token);
    expect([eve.status, eve.body.scopes]).toEqual([200, []]);
    expect((await as(worker, (await tokenFor("eve")).token, "/contacts")).status).toBe(403);
  });

  test("are given only to a session, and no private key to anyone", async () => {
    for (const cookie of ["", "session=nobody"]) {
      const response = await fetch(`${server.url}/session/token`, { headers: { cookie } });
      expect([response.status, await response.text()]).toEqual([401, ""]);
    }
    const response = await fetch(`${server.url}/jwks`);
    expect(response.headers.get("content-type")).toMatch(/^application\/json/);
    const { d: _, ...published } = keys[0];
    expect(await response.json()).toEqual({ keys: [published] });
    expect((await fetch(`${server.url}/else`)).status).toBe(404);
  });

  test("are rejected after five minutes, and if anything in them is changed", async () => {
    expect((await as(worker, await tokenOf(0))).status).toBe(200);
    // The Worker tolerates a minute.
    const { status, headers } = await as(worker, await tokenOf(361));
    expect([status, headers.get("www-authenticate")]).toEqual([401, expect.stringContaining("invalid_token")]);
    const [head, , signature] = (await tokenFor("ann")).token.split(".");
    const [, claims] = (await tokenFor("bob")).token.split(".");
    expect((await as(worker, `${head}.${claims}.${signature}`)).status).toBe(401);
    expect(intercom.arrived).toEqual([]);
  });

  test("go on while the key is rotated, and a removed key signs nothing any more", async () => {
    const [old, [added]] = [keys[0], newSigningKeys()];
    const before = (await tokenFor("ann")).token;
    expect((await as(worker, before)).status).toBe(200);
    for (const [list, kid] of [
      [[old, added], old.kid],
      [[added, old], added.kid],
      [[added], added.kid],
    ]) {
      await server.stop();
      server = await serving(list);
      const { token } = await tokenFor("ann");
      expect(JSON.parse(Buffer.from(token.split(".")[0], "base64url"))).toEqual({ alg: "ES256", kid });
      expect((await as(worker, token)).status).toBe(200);
      expect((await as(worker, before)).status).toBe(200);
    }
    // As after an hour: the Worker has only the keys that are published now.
    await worker.restart();
    expect((await as(worker, before)).status).toBe(401);
    expect((await as(worker, (await tokenFor("ann")).token)).status).toBe(200);
  });
});

test("the page's auth uses a token until it is rejected, and then fetches one", async () => {
  const server = await start("token-server.js", { SIGNING_KEYS: JSON.stringify(keys) });
  const worker = await serve("own-login-page", intercom, { vars: issuers(server.url) });
  const { fetch: real } = globalThis;
  let session = "session=ann";
  const given = [await tokenOf(400)];
  let fetched = 0;
  vi.stubGlobal("fetch", async (input, init) => {
    if (input !== "/session/token") return real(input, init);
    fetched++;
    return given.length > 0 ? new Response(given.shift()) : real(server.url + input, { headers: { cookie: session } });
  });
  const code = files["page.js"].replace("https://intercom-edge.example.com", worker.url);
  expect(code).not.toBe(files["page.js"]);
  const site = writeFiles({ "page.js": code });
  try {
    const { intercom: client } = await import(join(site.folder, "page.js"));
    for (const count of [2, 2]) {
      expect((await client.request("GET", "/edge/whoami")).credential).toBe("token");
      expect(fetched).toBe(count);
    }
    intercom.reply = () => ({ body: { type: "list", data: [] } });
    await client.contacts.list().page();
    expect([intercom.arrived.length, fetched]).toEqual([1, 2]);

    session = "";
    given.push(await tokenOf(400));
    const signedOut = writeFiles({ "page.js": code });
    const { intercom: late } = await import(join(signedOut.folder, "page.js"));
    await expect(late.me()).rejects.toThrow("Sign in again");
    signedOut.remove();
  } finally {
    site.remove();
    await worker.stop();
    await server.stop();
  }
});

test("the settings allow the page's origin, which the tokens name", () => {
  expect(settings).toContain(`ALLOWED_ORIGINS = "${issuer.issuer}"`);
  expect(files["tokens.js"]).toContain(`{ iss: "${issuer.issuer}", aud: "${issuer.audience}" }`);
});

/** A server that keeps what arrives, chunk by chunk, and lets the test answer. */
async function upstream() {
  const it = { arrived: [], answer: (_, response) => response.end("{}") };
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    const one = { method, url, headers, body: "", ended: false, closed: false };
    it.arrived.push(one);
    request.on("data", (chunk) => (one.body += chunk)).on("end", () => (one.ended = true));
    response.on("close", () => (one.closed = true));
    it.answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(it, {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => server.close().closeAllConnections(),
  });
}

const SAME_ORIGIN = { cookie: "session=ann", "sec-fetch-site": "same-origin" };

describe.each(Object.entries(runtimes))("%s that adds the key", (_, kind) => {
  const KEY = "a-caller-key-of-more-than-32-characters";
  const file = `proxy-${kind}.js`;
  const proxy = (url, key) => start(file, { INTERCOM_EDGE_URL: url, CALLER_KEY: key }, undefined, url);
  let edge;
  let server;

  beforeAll(async () => {
    edge = await upstream();
    server = await proxy(edge.url, KEY);
  });
  beforeEach(() => Object.assign(edge, { arrived: [], answer: (_, response) => response.end("{}") }));
  afterAll(async () => {
    await server?.stop();
    edge?.close();
  });
  const request = (path, { headers = SAME_ORIGIN, ...init } = {}) =>
    fetch(server.url + path, { headers, redirect: "manual", ...init });

  test("forwards no request without a session, and no write of another site", async () => {
    for (const cookie of ["", "session=nobody"]) {
      for (const method of ["GET", "POST"]) {
        const response = await request("/intercom/contacts", { method, headers: { ...SAME_ORIGIN, cookie } });
        expect([response.status, await response.text()]).toEqual([401, ""]);
      }
    }
    for (const site of ["cross-site", "same-site", "none", undefined]) {
      const headers = { cookie: "session=ann", ...(site && { "sec-fetch-site": site }) };
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        expect((await request("/intercom/messages", { method, headers })).status, `${method} ${site}`).toBe(403);
      }
    }
    expect((await request("/contacts")).status).toBe(404);
    expect((await request("/intercom")).status).toBe(404);
    expect(edge.arrived).toEqual([]);
    expect((await request("/intercom/contacts", { headers: { cookie: "session=ann" } })).status).toBe(200);
    expect(edge.arrived).toHaveLength(1);
  });

  test("sends the key to the Worker only, whatever the path", async () => {
    const other = await upstream();
    const { host } = new URL(other.url);
    for (const path of [
      `/intercom/@${host}/x`,
      `/intercom//${host}/x`,
      `/intercom/\\${host}/x`,
      `/intercom/..//${host}/x`,
      `/intercom@${host}/x`,
      `/intercom.${host}/x`,
      `http://${host}/intercom/x`,
      `//${host}/intercom/x`,
    ]) {
      const headers = ["Host: app.example", "Cookie: session=ann", "Connection: close"];
      await raw(server.url, [`GET ${path} HTTP/1.1`, ...headers, "", ""].join("\r\n"));
    }
    expect(other.arrived).toEqual([]);
    for (const { headers } of edge.arrived) expect(headers.authorization).toBe(`Bearer ${KEY}`);
    expect(edge.arrived.length).toBeGreaterThan(0);
    other.close();
  });

  test("forwards the listed headers and the query, neither the cookie nor a key of the page's", async () => {
    const listed = {
      accept: "application/json",
      "content-type": "application/json",
      "idempotency-key": "order-4711",
      "intercom-version": "2.14",
    };
    const headers = {
      ...SAME_ORIGIN,
      ...listed,
      authorization: "Bearer other",
      origin: "https://app.example",
      "x-a": "b",
    };
    await request("/intercom/messages?a=%2F&b=1", { method: "POST", headers, body: '{"a":1}' });
    const [one] = edge.arrived;
    expect(one).toMatchObject({ method: "POST", url: "/messages?a=%2F&b=1", body: '{"a":1}' });
    expect(one.headers).toMatchObject({ ...listed, authorization: `Bearer ${KEY}` });
    for (const name of ["cookie", "origin", "x-a", "sec-fetch-site"]) expect(one.headers).not.toHaveProperty(name);
  });

  test("streams both ways, and ends a request that the page leaves", async () => {
    edge.answer = (request, response) => request.on("end", () => response.end("{}"));
    let feed;
    const body = new ReadableStream({ start: (controller) => (feed = controller) }).pipeThrough(
      new TextEncoderStream(),
    );
    const sent = request("/intercom/messages", { method: "POST", body, duplex: "half" });
    feed.enqueue("first ");
    await vi.waitFor(() => expect(edge.arrived[0]?.body).toBe("first "));
    expect(edge.arrived[0].ended).toBe(false);
    feed.enqueue("second");
    feed.close();
    expect((await sent).status).toBe(200);
    expect(edge.arrived[0]).toMatchObject({ body: "first second", ended: true });

    edge.answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
      // workerd notices at the next chunk that the page has left.
      const timer = setInterval(() => response.write(": still there\n\n"), 100);
      response.on("close", () => clearInterval(timer));
    };
    const leaving = new AbortController();
    const stream = await request("/intercom/edge/batches/7/events", { signal: leaving.signal });
    expect(stream.headers.get("content-type")).toBe("text/event-stream");
    const { value } = await stream.body.getReader().read();
    expect(new TextDecoder().decode(value)).toBe("data: 1\n\n");
    expect(edge.arrived[1].closed).toBe(false);
    leaving.abort();
    await vi.waitFor(() => expect(edge.arrived[1].closed).toBe(true), { timeout: 5000 });
  });

  test("passes the response on: status, headers, compressed or empty bodies, redirects", async () => {
    edge.answer = (_, response) =>
      response
        .writeHead(429, { "content-type": "application/json", "content-encoding": "gzip", "retry-after": "7" })
        .end(gzipSync('{"type":"error.list"}'));
    const limited = await request("/intercom/contacts");
    expect([limited.status, limited.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(await limited.json()).toEqual({ type: "error.list" });

    edge.answer = (_, response) => response.writeHead(204).end();
    expect((await request("/intercom/contacts/7", { method: "DELETE" })).status).toBe(204);
    edge.answer = (_, response) => response.writeHead(302, { location: "/else" }).end();
    const redirect = await request("/intercom/contacts");
    expect([redirect.status, redirect.headers.get("location")]).toEqual([302, "/else"]);
    expect(edge.arrived).toHaveLength(3);
  });

  test("serves the package without auth, before a real Worker", async () => {
    const worker = await serve(`own-key-${kind}`, intercom);
    const real = await proxy(worker.url, worker.keys.all);
    const client = new Intercom({ baseUrl: `${real.url}/intercom` });
    const options = { headers: SAME_ORIGIN };
    try {
      expect(await client.request("GET", "/edge/whoami", options)).toMatchObject({ name: "all", credential: "key" });
      intercom.reply = ({ method }) => ({ body: { type: "contact", id: "7", deleted: method === "DELETE" } });
      expect(await client.contacts.create({ role: "lead" }, options)).toMatchObject({ id: "7" });
      await client.contacts.delete("7", options);
      expect(intercom.arrived.map(({ method, url, body }) => [method, url, String(body)])).toEqual([
        ["POST", "/contacts", '{"role":"lead"}'],
        ["DELETE", "/contacts/7", ""],
      ]);
      intercom.reply = () => ({ body: { type: "admin_message", id: "9" } });
      const message = {
        message_type: "inapp",
        body: "Hi",
        from: { type: "admin", id: "1" },
        to: { type: "user", id: "7" },
      };
      for (const _ of [1, 2]) {
        const sent = await client.messages.send(message, { ...options, idempotencyKey: `own-key-${kind}` });
        expect(sent).toMatchObject({ id: "9" });
      }
      expect(intercom.arrived.filter(({ url }) => url === "/messages")).toHaveLength(1);

      const before = intercom.arrived.length;
      const signedOut = { headers: { ...SAME_ORIGIN, cookie: "" } };
      await expect(client.contacts.get("7", signedOut)).rejects.toMatchObject({
        name: "UnauthorizedError",
        status: 401,
      });
      const crossSite = { headers: { ...SAME_ORIGIN, "sec-fetch-site": "cross-site" } };
      await expect(client.contacts.delete("7", crossSite)).rejects.toMatchObject({ name: "ForbiddenError" });
      expect(intercom.arrived).toHaveLength(before);
    } finally {
      await real.stop();
      await worker.stop();
    }
  });
});

test("a server for Node says 502 where the Worker doesn't answer, and goes on", async () => {
  const edge = await upstream();
  const server = await start("proxy-server.js", { INTERCOM_EDGE_URL: edge.url, CALLER_KEY: "key" });
  edge.answer = (_, response) => response.destroy();
  for (const _ of [1, 2]) {
    expect((await fetch(`${server.url}/intercom/me`, { headers: SAME_ORIGIN })).status).toBe(502);
  }
  edge.answer = (_, response) =>
    response.writeHead(200, { "content-length": "9" }).write("{", () => response.destroy());
  const cut = await fetch(`${server.url}/intercom/me`, { headers: SAME_ORIGIN })
    .then((response) => response.text())
    .catch(String);
  expect(cut).toMatch(/terminated|failed/);
  edge.answer = (_, response) => response.end("{}");
  expect((await fetch(`${server.url}/intercom/me`, { headers: SAME_ORIGIN })).status).toBe(200);
  await server.stop();
  edge.close();
});

test("with a token instead of the key, the Worker knows each user", async () => {
  const changes = [
    [
      'import { userOf } from "./session.js";',
      'import { userOf } from "./session.js";\nimport { tokenFor } from "./tokens.js";',
    ],
    [
      "PORT = 3000 } = process.env;",
      "PORT = 3000 } = process.env;\nconst keys = JSON.parse(process.env.SIGNING_KEYS);",
    ],
    ["if (!(await userOf(headers.cookie))) return", "const user = await userOf(headers.cookie);\n  if (!user) return"],
    [/\["authorization", .*?\]/.exec(files["proxy-server.js"])[0], tokenHeader],
  ];
  let code = files["proxy-server.js"];
  for (const [from, to] of changes) {
    expect(code.split(from)).toHaveLength(2);
    code = code.replace(from, () => to);
  }
  const changed = writeFiles({ "proxy-server.js": code });
  const provider = await start("token-server.js", { SIGNING_KEYS: JSON.stringify(keys) });
  const worker = await serve("own-login-combined", intercom, { vars: issuers(provider.url) });
  const env = { INTERCOM_EDGE_URL: worker.url, SIGNING_KEYS: JSON.stringify(keys) };
  const server = await startNode(changed.folder, "proxy-server.js", env);
  try {
    const client = new Intercom({ baseUrl: `${server.url}/intercom` });
    const who = (user) => client.request("GET", "/edge/whoami", { headers: { cookie: `session=${user}` } });
    const [ann, bob] = [await who("ann"), await who("bob")];
    expect([ann.credential, bob.credential]).toEqual(["token", "token"]);
    expect(ann.name).not.toBe(bob.name);
    expect(bob.scopes).toContain("contacts:write");
  } finally {
    await server.stop();
    await worker.stop();
    await provider.stop();
    changed.remove();
  }
});

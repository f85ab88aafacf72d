// Paths and requests made to look like others: whatever the bytes, what reaches Intercom is what the
// caller's scopes cover, and the Worker says 4xx, never 5xx.

import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { asWritten, raw } from "../raw.mjs";

const it = gate("paths", { keys: { all: ["*"], reader: ["contacts:read"], tags: ["tags:read"] } });

const V2 = { "intercom-version": "2.14" };
const V1 = { "intercom-version": "1.4" };
const as = (name, version = V2) => ({ ...version, authorization: `Bearer ${it.keys[name]}` });
const arrived = () => it.arrived().map(({ method, url }) => `${method} ${url}`);

/** Paths that are no operation however one reads them, or that could be read as two. */
const NOWHERE = [
  "/",
  "//",
  "/.",
  "/..",
  "/%2e",
  "/%2e%2e",
  "/%252e%252e",
  "/%00",
  "/%0a",
  "/%0d%0aX:y",
  "/%20",
  "/%",
  "/%zz",
  "/*",
  "/~",
  "/contacts//",
  "/contacts//5",
  "//contacts//5",
  "/contacts/5//",
  "/contacts/5//tags",
  "/contacts/5/tags//",
  "//users//5",
  "//edge//whoami",
  "/edge//whoami",
  "/Contacts",
  "/CONTACTS",
  "/cONTACTS/5",
  "/contacts.json",
  "/contacts;x",
  "/contacts;x=1/5",
  "/contacts%00",
  "/contacts%20",
  "/contacts%09",
  "/contacts%2F",
  "/contacts%2F5",
  "/contacts%2f5",
  "/contacts%252F5",
  "/contacts%5C5",
  "/contacts\\5",
  "/contacts%3Bx",
  "/contacts%2Ejson",
  "/contacts%3F",
  "/contacts%23",
  "/%63ontacts",
  "/c%6Fntacts",
  "/%2563ontacts",
  "/contact%73",
  "/%2Fcontacts",
  "/%5Ccontacts",
  "/\\contacts",
  "/;/contacts",
  "/x/../contacts%2f",
  "/%c3%a9",
  "/%ff",
  "/contacts/5/tags.json",
  "/contacts/5/TAGS",
  "/contacts/5/tags;x",
  "/contacts/5/%74ags",
  "/contacts/5/tags%00",
  "/contacts/5/tags%2F",
  "/contacts/5%2Ftags",
  "/contacts/5%2ftags",
  "/contacts/5%5Ctags",
  "/contacts/5%252Ftags",
  "/contacts/5%00/tags",
  "/contacts/%2e%2e/admins",
  "/contacts/..%2Fadmins",
  "/contacts/..%2fadmins",
  "/contacts/%2e%2e%2fadmins",
  "/contacts/..%5Cadmins",
  "/contacts/..%252fadmins",
  "/contacts/.%2e/admins",
  "/contacts/%2e./admins",
  "/contacts/5;/../../admins",
  "/contacts/%2E%2E/%2E%2E/admins",
  "/contacts/.",
  "/contacts/..",
  "/contacts/%2e",
  "/contacts/%252e%252e",
  "/contacts/..;/admins",
  "/contacts/5/../../admins",
  "/contacts/./../admins",
  "/contacts/find_by_external_id/..",
  "/contacts/find_by_external_id/a%2Fb",
  "/contacts/find_by_external_id/..%2f..%2fadmins",
  "/contacts/find_by_external_id/5/x",
  "/contacts/%66ind_by_external_id/5",
  "/contacts/FIND_BY_EXTERNAL_ID/5",
  "/contacts/find_by_external_id;/5",
  // Overlong and broken UTF-8 of "/", ".", and of nothing.
  "/contacts/%c0%af",
  "/contacts/%c0%af..%c0%afadmins",
  "/contacts/%e0%80%af",
  "/contacts/%f0%80%80%af",
  "/contacts/%c0%ae%c0%ae",
  "/contacts/%c0%ae%c0%ae/admins",
  "/contacts/%80",
  "/contacts/%ff",
  "/contacts/%fe%ff",
  "/contacts/%ed%a0%80",
  "/contacts/%f5%80%80%80",
  "/contacts/%c3",
  "/contacts/%c3%28",
  "/contacts/%25c0%25af",
  // Control characters, here and to come.
  "/contacts/%00",
  "/contacts/5%00",
  "/contacts/%0a",
  "/contacts/%0d%0aHost:%20x",
  "/contacts/%09",
  "/contacts/%7f",
  "/contacts/%C2%85",
  "/contacts/%1b",
  "/contacts/%2500",
  "/contacts/%250a",
  // What needs no encoding has none.
  "/contacts/%35",
  "/contacts/%41",
  "/contacts/%2D",
  "/contacts/%5f",
  "/contacts/%7E",
  "/contacts/%2535",
  "/contacts/a%2eb",
  "/admins%2f..%2fcontacts",
  "/edge/..%2fcontacts",
  "/dashboard%2f..%2fcontacts",
  "/dashboard/..%2fcontacts",
  "/edge/%2e%2e/contacts%2f",
  "/_sandbox/reset",
  "/__scheduled",
  "/cdn-cgi/x",
  "/favicon.ico",
  "/users.json",
  "/%75sers",
  "/Users",
  "/users//5",
  "/users/5/tags",
  "/v1/contacts",
  "/contacts/5/admins",
  "/me/5",
  "/admins/5/6",
];

/** What Intercom might take for its literal, spelt otherwise. */
const NEARLY = [
  "search.json",
  "search;x",
  "SEARCH",
  "Search",
  "%73earch",
  "searc%68",
  "search%00",
  "search%20",
  "search+",
  "search~",
  "search.",
  "search%2E",
  "search%3B",
  "search%2F",
  "search%09",
  "%2573earch",
  "search*",
];

describe("a path that is no operation, or could be read as another", () => {
  test.each([
    ["2.14", V2],
    ["1.4", V1],
  ])("is 4xx to a caller who may do everything, and reaches nobody, in API %s", async (_, version) => {
    for (const path of NOWHERE) {
      const answer = await asWritten(it.url, path, { headers: as("all", version) });
      const paths = arrived();
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.status, path).toBeLessThan(500);
      expect(paths, path).toEqual([]);
    }
  });

  test("is 4xx by every method, to a caller who may only read people", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      for (const path of NOWHERE) {
        const { status } = await asWritten(it.url, path, {
          method,
          headers: { ...as("reader"), "content-type": "application/json" },
          body: "{}",
        });
        expect(status >= 400 && status < 500, `${method} ${path}: ${status}`).toBe(true);
      }
    }
    expect(arrived()).toEqual([]);
  });

  test("the beginning of a longer path is not a person", async () => {
    for (const path of ["/contacts/find_by_external_id", "/contacts/find_by_external_id/"]) {
      expect((await asWritten(it.url, path, { headers: as("all") })).status, path).toBe(404);
    }
    expect(arrived()).toEqual([]);
  });

  test.each(NEARLY)("/contacts/%s is neither a person nor a search", async (segment) => {
    for (const method of ["GET", "POST", "PUT", "DELETE"]) {
      const body = method === "POST" || method === "PUT" ? "{}" : undefined;
      const { status } = await asWritten(it.url, `/contacts/${segment}`, {
        method,
        headers: { ...as("all"), "content-type": "application/json" },
        body,
      });
      expect(status >= 400 && status < 500, `${method}: ${status}`).toBe(true);
    }
    expect(arrived()).toEqual([]);
  });

  test("no way of writing it leads from what a key may to what it may not", async () => {
    const from = ["/tags", "/tags/5", "/tags/5?x=1"];
    const to = [
      "/../contacts",
      "/..;/contacts",
      "/%2e%2e/contacts",
      "%2f..%2fcontacts",
      "/..%2f..%2fcontacts",
      "/..%5c..%5ccontacts",
      "\\..\\contacts",
      "/.%2e/.%2e/contacts",
      "/%252e%252e/contacts",
      "/%c0%ae%c0%ae/contacts",
      "#/../contacts",
      "%23/../contacts",
      "%3f/../contacts",
      ";/../contacts",
      "%00/../contacts",
      "%0a/contacts",
      "%0d%0aGET%20/contacts",
      "/../../contacts/5",
      "/../messages",
    ];
    for (const start of from) {
      for (const end of to) {
        for (const method of ["GET", "POST", "DELETE"]) {
          it.arrived().length = 0;
          const { status } = await asWritten(it.url, start + end, { method, headers: as("tags") });
          expect(status, `${method} ${start}${end}`).toBeLessThan(500);
          for (const { method, url } of it.arrived()) {
            // What comes after a ? is a query, and what after a # never leaves.
            expect(method).toBe("GET");
            expect(new URL(url, "http://x").pathname).toMatch(/^\/tags(\/5)?$/);
          }
        }
      }
    }
  });
});

describe("a path that is unusual and sound", () => {
  test.each([
    "/contacts/a%20b",
    "/contacts/%E6%97%A5%E6%9C%AC",
    "/contacts/%F0%9F%92%A5",
    "/contacts/5.json",
    "/contacts/a@b.example",
    "/contacts/a%40b.example",
    "/contacts/a+b",
    "/contacts/a:b",
    "/contacts/5?x=../../admins",
    "/contacts/5?x=%2F..%2Fadmins&y=%00",
    "/contacts/5?",
    "/contacts/5??",
    "/contacts?a=%ff&b=%zz&c",
    "/contacts/searching",
    "/contacts/find_by_external_id/search",
  ])("%s arrives byte for byte", async (path) => {
    const { status } = await asWritten(it.url, path, { headers: as("reader") });
    expect(status).toBe(200);
    expect(arrived()).toEqual([`GET ${path}`]);
  });

  test.each([
    ["//contacts", "/contacts"],
    ["///contacts", "/contacts"],
    ["/contacts/", "/contacts"],
    ["//contacts/", "/contacts"],
    ["/contacts/5/", "/contacts/5"],
    ["/contacts/5/tags/", "/contacts/5/tags"],
    ["//contacts/5/tags/?x=//y/", "/contacts/5/tags?x=//y/"],
    ["/contacts/?", "/contacts?"],
    ["/contacts/find_by_external_id/a%20b/", "/contacts/find_by_external_id/a%20b"],
  ])("%s is %s, as is what arrives", async (path, canonical) => {
    const { status } = await asWritten(it.url, path, { headers: as("reader") });
    expect(status).toBe(200);
    expect(arrived()).toEqual([`GET ${canonical}`]);
  });

  test("with such slashes needs the same scope, and is the same call of the Worker's own and of API 1.x", async () => {
    for (const path of ["//contacts/5", "/contacts/5/"])
      expect((await asWritten(it.url, path, { headers: as("tags") })).status, path).toBe(403);
    expect(arrived()).toEqual([]);
    for (const path of ["/edge/whoami/", "//edge/whoami", "//edge/health/"])
      expect((await asWritten(it.url, path, { headers: as("tags") })).status, path).toBe(200);
    it.reply({ body: { type: "list", data: [], total_count: 0, pages: { next: null } } });
    for (const path of ["//users", "/users/"]) {
      const { status, text } = await asWritten(it.url, path, { headers: as("reader", V1) });
      expect([status, JSON.parse(text).type], path).toEqual([200, "user.list"]);
    }
  });

  test("a path or a query of 16 KB is served or refused, and is never a 5xx", async () => {
    it.reply({ body: { type: "list", data: [], total_count: 0, pages: { next: null } } });
    for (const path of [
      `/contacts/${"a".repeat(16_000)}`,
      `/contacts?q=${"a".repeat(16_000)}`,
      `/${"a/".repeat(8_000)}`,
      `/contacts/${"%2e".repeat(5_000)}`,
      `/${"/".repeat(16_000)}`,
    ]) {
      for (const version of [V1, V2]) {
        const { status } = await asWritten(it.url, path, { headers: as("reader", version) });
        expect(status, path.slice(0, 40)).toBeLessThan(500);
      }
    }
    for (const one of arrived()) expect(one).toMatch(/^(GET \/contacts|POST \/contacts\/search$)/);
  });
});

describe("bytes that no client library sends", () => {
  const head = (line, ...headers) => `${[line, ...headers, "Connection: close"].join("\r\n")}\r\n\r\n`;
  const host = () => `Host: ${new URL(it.url).host}`;
  const key = (name) => `Authorization: Bearer ${it.keys[name]}`;
  const version = "Intercom-Version: 2.14";

  /** `streams`: its body may break off on its way to Intercom. */
  async function harmless(bytes, { allowed = [], streams = false } = {}) {
    it.arrived().length = 0;
    const { statuses, text } = await raw(it.url, bytes);
    // 501 is the runtime's, to a method that is none; the Worker doesn't see it.
    for (const status of statuses)
      expect(status < 500 || status === 501 || (streams && status === 502), text.slice(0, 300)).toBe(true);
    for (const one of arrived()) expect(allowed).toContain(one);
    return statuses;
  }

  test("a path in raw UTF-8, in Latin-1, with a tab, with a space, with a NUL", async () => {
    for (const path of [
      "/contacts/\u65e5",
      "/contacts/\xe9",
      "/contacts/sea\trch",
      "/contacts/a b",
      "/contacts/a\0b",
      "/con\ttacts",
      "\t/contacts",
      "/contacts/\x7f",
      "/contacts/\x1b[0m",
      "/contacts/../adm\tins",
    ]) {
      for (const encoding of ["utf8", "latin1"]) {
        const bytes = Buffer.from(head(`GET ${path} HTTP/1.1`, host(), key("tags"), version), encoding);
        expect(await harmless(bytes), path).not.toContain(200);
      }
    }
  });

  test("an address in place of a path: it is the Worker that is asked, for what the key may", async () => {
    for (const target of [
      "http://evil.example/contacts",
      "https://api.intercom.io/contacts",
      "http://evil.example@x/contacts",
      "http://x/tags/../contacts",
      "//evil.example/contacts",
      "HTTP://X/contacts",
      "ftp://x/contacts",
      "evil.example:443",
      "contacts",
      "",
    ]) {
      expect(await harmless(head(`GET ${target} HTTP/1.1`, host(), key("tags"), version)), target).not.toContain(200);
    }
    await harmless(head("GET http://evil.example/tags HTTP/1.1", host(), key("tags"), version), {
      allowed: ["GET /tags"],
    });
  });

  test("OPTIONS *, CONNECT, TRACE, and methods that are none", async () => {
    for (const line of [
      "OPTIONS * HTTP/1.1",
      "TRACE /contacts HTTP/1.1",
      "get /contacts HTTP/1.1",
      "G\u00cbT /contacts HTTP/1.1",
      "GETT /contacts HTTP/1.1",
      " GET /contacts HTTP/1.1",
      "GET  /contacts HTTP/1.1",
      "GET /contacts HTTP/9.9",
      "GET /contacts",
      "PRI * HTTP/2.0",
    ]) {
      expect(await harmless(head(line, host(), key("tags"), version)), line).not.toContain(200);
    }
    // The runtime itself refuses to be a tunnel, in its own words.
    const { statuses } = await raw(it.url, head("CONNECT api.intercom.io:443 HTTP/1.1", host(), key("all"), version));
    expect(statuses).not.toContain(200);
    expect(it.arrived()).toEqual([]);
  });

  test("HTTP/1.0, with and without a host", async () => {
    await harmless(head("GET /tags HTTP/1.0", key("tags"), version), { allowed: ["GET /tags"] });
    await harmless(head("GET /tags HTTP/1.0", host(), key("tags"), version), { allowed: ["GET /tags"] });
    expect(await harmless(head("GET /contacts HTTP/1.0", key("tags"), version))).not.toContain(200);
    expect(await harmless("GET /contacts\r\n\r\n")).not.toContain(200);
  });

  test("another host, two hosts, and a host that is an address", async () => {
    for (const hosts of [
      ["Host: evil.example"],
      ["Host: api.intercom.io"],
      ["Host: a/../contacts"],
      ["Host: evil.example/contacts?"],
      ["Host: x@y"],
      ["Host: "],
      ["Host: a b"],
      [host(), "Host: evil.example"],
      [host(), "X-Forwarded-Host: evil.example", "X-Original-URL: /contacts", "X-Rewrite-URL: /contacts"],
    ]) {
      const allowed = ["GET /tags"];
      await harmless(head("GET /tags HTTP/1.1", ...hosts, key("tags"), version), { allowed });
      expect(
        await harmless(head("GET /contacts HTTP/1.1", ...hosts, key("tags"), version)),
        hosts.join(),
      ).not.toContain(200);
    }
  });

  test("two credentials, of which one is good", async () => {
    for (const headers of [
      [key("all"), "Authorization: Bearer wrong"],
      ["Authorization: Bearer wrong", key("all")],
      [key("tags"), key("all")],
      [key("all"), key("all")],
      [`${key("all")}, Bearer x`],
    ]) {
      expect(await harmless(head("GET /contacts HTTP/1.1", host(), ...headers, version))).not.toContain(200);
    }
  });

  test("a header that is folded, or broken by a line", async () => {
    for (const headers of [
      ["Authorization: Bearer wrong\r\n\tBearer x"],
      [`Authorization: Bearer wrong\n${key("tags")}`],
      [`X-A: b\r\n ${key("all")}`],
      [`X-A: b\r${key("all")}`],
      [`X-A: b\n ${key("all")}`],
      // The Worker reads its headers as lines of one text: nobody may add a line.
      [key("tags"), "Origin: a\r\n same-origin"],
      ["Authorization: \r\n Bearer", key("tags")],
    ]) {
      expect(await harmless(head("GET /contacts HTTP/1.1", host(), version, ...headers)), headers.join()).not.toContain(
        200,
      );
    }
    for (const name of [
      "Authorization",
      "Intercom-Version",
      "Origin",
      "Sec-Fetch-Site",
      "If-None-Match",
      "Cf-Access-Jwt-Assertion",
    ]) {
      for (const value of ["a\0b", "a\x7fb", "\xe9\xff", "\u2028", "a".repeat(9000)]) {
        await harmless(Buffer.from(head("GET /contacts HTTP/1.1", host(), `${name}: ${value}`), "latin1"));
      }
    }
  });

  test("a request inside another's body is not a request", async () => {
    const inner = head("GET /contacts HTTP/1.1", host(), key("all"), version);
    // Two lengths, of which servers choose one each: it must not be two requests to anybody.
    for (const lengths of [
      ["Content-Length: 4", "Transfer-Encoding: chunked"],
      ["Transfer-Encoding: chunked", "Content-Length: 4"],
      ["Content-Length: 0", "Content-Length: 4"],
      ["Content-Length: 4, 0"],
      ["Content-Length: +4"],
      ["Content-Length: 0x4"],
      ["Content-Length: -1"],
      ["Content-Length: 4 4"],
      ["Content-Length: 99999999999999999999"],
      ["Transfer-Encoding: xchunked"],
      ["Transfer-Encoding: chunked, identity"],
      ["Transfer-Encoding : chunked"],
      ["Transfer-Encoding:\tchunked"],
      ["Transfer-Encoding: identity", "Transfer-Encoding: chunked"],
      ["Transfer-Encoding: \x0bchunked"],
    ]) {
      it.arrived().length = 0;
      const outer = [
        "POST /contacts/search HTTP/1.1",
        host(),
        key("reader"),
        version,
        "Content-Type: application/json",
        ...lengths,
      ].join("\r\n");
      const { statuses } = await raw(it.url, `${outer}\r\n\r\n0\r\n\r\n${inner}`);
      for (const status of statuses) expect(status >= 500, lengths.join()).toBe(false);
      // Where the outer one ends is between the caller and the Worker; to Intercom goes one with one end.
      for (const { method, url, body, headers } of it.arrived()) {
        expect([`POST /contacts/search`, "GET /contacts"]).toContain(`${method} ${url}`);
        expect(
          headers["content-length"] === undefined || headers["transfer-encoding"] === undefined,
          lengths.join(),
        ).toBe(true);
        if (headers["content-length"]) expect(body.length).toBe(Number(headers["content-length"]));
        expect(headers.authorization).toBe(`Bearer ${process.env.ACCESS_TOKEN}`);
      }
      expect(statuses.length, lengths.join()).toBeGreaterThanOrEqual(it.arrived().length);
    }
  });

  test("a body that is shorter or longer than it says, and chunks that are none", async () => {
    const outer = (...headers) =>
      [
        "POST /contacts/search HTTP/1.1",
        host(),
        key("reader"),
        version,
        "Content-Type: application/json",
        "Connection: close",
        ...headers,
      ].join("\r\n");
    for (const bytes of [
      `${outer("Content-Length: 100")}\r\n\r\n{}`,
      `${outer("Content-Length: 1")}\r\n\r\n{}`,
      `${outer("Transfer-Encoding: chunked")}\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
      `${outer("Transfer-Encoding: chunked")}\r\n\r\n-2\r\n{}\r\n`,
      `${outer("Transfer-Encoding: chunked")}\r\n\r\nffffffffffffffff\r\n{}\r\n`,
      `${outer("Expect: 100-continue", "Content-Length: 2")}\r\n\r\n{}`,
    ]) {
      // A body that streams is on its way before its end turns out to be none: 502, as it is to Intercom.
      await harmless(bytes, { allowed: ["POST /contacts/search"], streams: true });
    }
  });

  test("and the Worker serves the next request as ever", async () => {
    expect((await it.ask("/contacts", { headers: V2 })).status).toBe(200);
  });
});

// Pages of other origins: the operator names those that may call, exactly; a key may be bound to some
// of them; and everybody else's page gets to see nothing.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { gate, told } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const PAGE = "https://a.example";
const LOCAL = "http://localhost:5173";
const BOUND = "https://bound.example";
const APP = "capacitor://localhost";
const EXTENSION = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const V2 = { "intercom-version": "2.14" };

const it = gate("cors", {
  keys: { all: ["*"], bound: { scopes: ["*"], origins: [BOUND] }, narrow: ["tags:read"] },
  vars: { ALLOWED_ORIGINS: [PAGE, LOCAL, APP, EXTENSION].join(", ") },
});

/** Names that look like an origin of the list, and are another's. */
const STRANGERS = [
  "null",
  "https://evil.example",
  "http://a.example",
  "https://a.example:443",
  "https://a.example:8443",
  "https://a.example.evil.example",
  "https://evil-a.example",
  "https://A.example",
  "HTTPS://a.example",
  "https://a.example/",
  "https://a.example,https://evil.example",
  "https://a.example, http://localhost:5173",
  "https://a.example http://localhost:5173",
  "https://x.a.example",
  "https://a.exampl",
  "a.example",
  "//a.example",
  "https://a.example@evil.example",
  "https://user@a.example",
  "http://localhost",
  "http://localhost:51730",
  "http://localhost:517",
  "http://127.0.0.1:5173",
  "*",
  "https://*",
  "file://",
  "undefined",
  "capacitor://localhost.evil",
  "ionic://localhost",
  "chrome-extension://abcdefghijklmnop",
  "https://localhost",
];

const preflight = (origin, more = {}, path = "/messages") =>
  it.ask(path, { as: null, method: "OPTIONS", headers: { origin, "access-control-request-method": "POST", ...more } });

const names = (answer, header) =>
  (answer.headers.get(header) ?? "")
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);

function hidden({ headers }) {
  const shown = [...headers.keys()].filter((name) => name.startsWith("access-control-"));
  expect(shown).toEqual([]);
  expect(headers.get("vary")).toBe("Origin");
}

function shownTo(origin, { headers }) {
  expect(headers.get("access-control-allow-origin")).toBe(origin);
  expect(headers.get("access-control-allow-credentials")).toBeNull();
  expect(headers.get("vary")).toBe("Origin");
}

describe("a preflight", () => {
  test.each([PAGE, LOCAL, APP, EXTENSION, BOUND])(
    "of %s needs no key, and is told what it may send",
    async (origin) => {
      for (const path of ["/messages", "/contacts/5", "/edge/whoami", "/nothing"]) {
        const answer = await preflight(origin, {}, path);
        expect(answer.status).toBe(204);
        expect(answer.text).toBe("");
        shownTo(origin, answer);
        expect(names(answer, "access-control-allow-methods").sort()).toEqual([
          "delete",
          "get",
          "head",
          "patch",
          "post",
          "put",
        ]);
        expect(Number(answer.headers.get("access-control-max-age"))).toBeGreaterThan(0);
      }
      expect(it.arrived()).toEqual([]);
    },
  );

  test("allows every header that Intercom's SDK sends, and this package's", async () => {
    const folder = join(root, "node_modules/intercom-client/dist/esm");
    const sdk = readFileSync(join(folder, "BaseClient.mjs"), "utf8");
    const own = [...sdk.matchAll(/"((?:X-Fern|User|Intercom)-[\w-]+)"/g)].map(([, name]) => name.toLowerCase());
    expect(own).toContain("x-fern-sdk-version");
    const asked = readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith("Client.mjs"))
      .flatMap((name) =>
        [...readFileSync(join(folder, name), "utf8").matchAll(/headers:\s*{?[^}]*?"([A-Z][\w-]+)":/g)].map(([, name]) =>
          name.toLowerCase(),
        ),
      );
    const answer = await preflight(PAGE);
    const allowed = names(answer, "access-control-allow-headers");
    expect(allowed).toEqual(expect.arrayContaining([...own, ...asked]));
    expect(allowed).toEqual(
      expect.arrayContaining([
        "accept",
        "accept-language",
        "authorization",
        "content-type",
        "idempotency-key",
        "if-none-match",
        "intercom-version",
        "prefer",
      ]),
    );
    expect(allowed).not.toContain("*");
  });

  /** What pages' tools add by themselves. */
  const HARMLESS = [
    "traceparent",
    "tracestate",
    "baggage",
    "sentry-trace",
    "b3",
    "x-b3-traceid",
    "x-datadog-trace-id",
    "x-datadog-parent-id",
    "newrelic",
    "x-request-id",
    "x-correlation-id",
    "x-requested-with",
    "cache-control",
    "pragma",
    "x-amzn-trace-id",
    "x-cloud-trace-context",
    "uber-trace-id",
    "x-anything-else",
  ];
  /** By which servers between take another method, address, host or caller. */
  const HARMFUL = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
    "_method",
    "cookie",
    "host",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-original-url",
    "x-rewrite-url",
    "proxy-authorization",
    "x-authorization",
    "cf-access-jwt-assertion",
    "cf-connecting-ip",
    "x-real-ip",
    "transfer-encoding",
    "*",
  ];

  test("allows every other header that changes nothing, and it stays here", async () => {
    const answer = await preflight(PAGE, {
      "access-control-request-headers": [...HARMLESS, ...HARMFUL, "Authorization", "X-Upper"].join(", "),
    });
    expect(answer.status).toBe(204);
    const allowed = names(answer, "access-control-allow-headers");
    expect(allowed).toEqual(expect.arrayContaining([...HARMLESS, "authorization", "x-upper"]));
    expect(allowed.filter((name) => HARMFUL.includes(name))).toEqual([]);
    expect(new Set(allowed).size).toBe(allowed.length);
    await it.ask("/contacts", {
      headers: {
        ...V2,
        origin: PAGE,
        ...Object.fromEntries([...HARMLESS, "x-http-method-override", "x-forwarded-for"].map((name) => [name, "1"])),
      },
    });
    const [{ headers }] = it.arrived();
    expect(Object.keys(headers).filter((name) => [...HARMLESS, ...HARMFUL].includes(name) && name !== "host")).toEqual(
      [],
    );
  });

  test.each([...STRANGERS, ""])("of %j is 403 and shows nothing", async (origin) => {
    const answer = await preflight(origin);
    expect(answer.status).toBe(403);
    hidden(answer);
    expect(firstError(answer).field).toBe("Origin");
    expect(it.arrived()).toEqual([]);
  });

  test("without Origin is 403", async () => {
    const answer = await preflight(null);
    expect(answer.status).toBe(403);
    hidden(answer);
  });

  test("is one only with Access-Control-Request-Method: any other OPTIONS is an ordinary request", async () => {
    const bare = { method: "OPTIONS", headers: { origin: PAGE, ...V2 } };
    const nobody = await it.ask("/contacts", { as: null, ...bare });
    expect(nobody.status).toBe(401);
    shownTo(PAGE, nobody);
    const somebody = await it.ask("/contacts", bare);
    expect(somebody.status).toBe(405);
    expect(somebody.headers.get("allow")).toBe("GET, POST");
    expect(it.arrived()).toEqual([]);
  });

  test("is no way around the key: another method with its headers is refused as without", async () => {
    for (const method of ["GET", "POST"]) {
      const answer = await it.ask("/contacts", {
        as: null,
        method,
        headers: { origin: PAGE, "access-control-request-method": "POST", ...V2 },
      });
      expect(answer.status).toBe(401);
    }
    expect(it.arrived()).toEqual([]);
  });
});

describe("a page of a named origin", () => {
  const EXPOSED = [
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
    "x-intercom-edge",
    "retry-after",
    "idempotency-replayed",
    "intercom-version",
    "etag",
    "link",
  ];

  test.each([
    [200, "/admins", {}, {}],
    [304, "/admins", {}, { status: 304 }],
    [401, "/admins", { as: null }, {}],
    [401, "/admins", { headers: { authorization: "Bearer wrong", ...V2 } }, {}],
    [403, "/admins", { as: "narrow" }, {}],
    [404, "/nothing", {}, {}],
    [404, "/admins/5", {}, { status: 404 }],
    [405, "/admins", { method: "DELETE" }, {}],
    [400, "/contacts/a%2Fb", {}, {}],
    [429, "/conversations/5/reply", { json: {} }, { status: 429 }],
    [502, "/admins", {}, { cut: "before" }],
    [503, "/admins", {}, { status: 503 }],
    [200, "/edge/whoami", {}, {}],
    [200, "/edge/health", { as: null }, {}],
    [200, "/edge/openapi.json", { as: null }, {}],
  ])("sees a %i at %s", async (status, path, init, reply) => {
    it.reply(reply);
    for (const origin of [PAGE, LOCAL]) {
      const answer = await it.ask(path, { ...init, headers: { ...V2, ...init.headers, origin } });
      expect(answer.status).toBe(status);
      shownTo(origin, answer);
      expect(names(answer, "access-control-expose-headers")).toEqual(expect.arrayContaining(EXPOSED));
    }
  });

  test("of no other", async () => {
    for (const origin of STRANGERS) {
      for (const init of [{}, { as: null }, { as: "narrow" }]) {
        hidden(await it.ask("/admins", { ...init, headers: { ...V2, origin } }));
      }
      hidden(await it.ask("/edge/health", { as: null, headers: { origin } }));
    }
  });

  test("and what Intercom itself says about origins stays behind", async () => {
    it.reply({
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-credentials": "true",
        vary: "Cookie",
        "set-cookie": "a=b",
      },
    });
    hidden(await it.ask("/admins", { headers: V2 }));
    const answer = await it.ask("/admins", { headers: { ...V2, origin: PAGE } });
    shownTo(PAGE, answer);
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("a caller without Origin is answered as ever, and told nothing of origins", async () => {
    const answer = await it.ask("/admins", { headers: V2 });
    expect(answer.status).toBe(200);
    hidden(answer);
  });

  test("an origin never reaches Intercom", async () => {
    await it.ask("/admins", {
      headers: { ...V2, origin: PAGE, "sec-fetch-site": "cross-site", referer: `${PAGE}/people` },
    });
    const [{ headers }] = it.arrived();
    for (const name of ["origin", "referer", "sec-fetch-site"]) expect(headers).not.toHaveProperty(name);
  });
});

describe("a key that is bound to origins", () => {
  const ask = (headers, init) => it.ask("/admins", { as: "bound", ...init, headers: { ...V2, ...headers } });

  test("works in its pages", async () => {
    const answer = await ask({ origin: BOUND });
    expect(answer.status).toBe(200);
    shownTo(BOUND, answer);
  });

  test("works in the Worker's own pages, whose reads bring no Origin", async () => {
    for (const headers of [{ "sec-fetch-site": "same-origin" }, { origin: it.url, "sec-fetch-site": "same-origin" }]) {
      const answer = await ask(headers);
      expect(answer.status).toBe(200);
      hidden(answer);
    }
    expect((await ask({ origin: it.url, "sec-fetch-site": "same-origin" }, { method: "POST" })).status).toBe(405);
  });

  test.each([
    ["in no page", {}],
    ["in a page of another origin of the list", { origin: PAGE }],
    ["in a stranger's page", { origin: "https://evil.example" }],
    ["in a page without an origin", { origin: "null" }],
    ["in a part of its origin's name", { origin: "https://bound.exampl" }],
    ["in its origin's name with a port", { origin: "https://bound.example:8443" }],
    ["in a page of the same site", { "sec-fetch-site": "same-site" }],
    ["by a link from elsewhere", { "sec-fetch-site": "cross-site" }],
    ["typed into the browser", { "sec-fetch-site": "none" }],
    [
      "in a stranger's page that calls itself our own",
      { origin: "https://evil.example", "sec-fetch-site": "same-origin" },
    ],
  ])("doesn't work %s", async (_, headers) => {
    for (const init of [{}, { method: "HEAD" }]) {
      const answer = await ask(headers, init);
      expect(answer.status).toBe(403);
      hidden(answer);
      if (!init.method) expect(firstError(answer)).toMatchObject({ code: "forbidden", field: "Origin" });
    }
    expect(it.arrived()).toEqual([]);
  });

  test("opens its origin to no other key", async () => {
    const answer = await it.ask("/admins", { headers: { ...V2, origin: BOUND } });
    hidden(answer);
  });

  test("shows its pages why it isn't let in", async () => {
    const wrong = await it.ask("/admins", { headers: { authorization: "Bearer wrong", origin: BOUND } });
    expect(wrong.status).toBe(401);
    shownTo(BOUND, wrong);
  });
});

describe("a list of origins that can't be meant", () => {
  const lists = [
    "https://a.example, *",
    "https://a.example/",
    "https://a.example:443",
    "file://a.example",
    "capacitor://",
  ];

  test("is 503 and names the setting; nobody is served, and no page sees it", async () => {
    const answers = await told(
      "cors-malformed",
      lists.map((ALLOWED_ORIGINS) => ({ vars: { ALLOWED_ORIGINS } })),
      "/admins",
    );
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(firstError(answer).code).toBe("service_unavailable");
      expect(firstError(answer).message).toContain("ALLOWED_ORIGINS");
      hidden(answer);
    }
  });
});

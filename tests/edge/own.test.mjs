// What the Worker says of itself: little to everybody, more to who may know.

import { describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { ask, firstError } from "../worker.mjs";

const { ACCESS_TOKEN } = process.env;

const it = gate("own", {
  keys: { all: ["*"], operator: ["edge:admin"], reader: ["contacts:read"], messages: ["messages:admin"], nothing: [] },
});

const ME = {
  type: "admin",
  id: "1",
  email: "me@example.com",
  name: "Ada",
  app: { type: "app", id_code: "abc123", region: "EU", name: "Example", secure: true },
};
const LIMIT = { "x-ratelimit-limit": "1667", "x-ratelimit-remaining": "1600", "x-ratelimit-reset": "1900000000" };

describe("/edge/health", () => {
  test("is open, by GET and HEAD", async () => {
    const answer = await it.ask("/edge/health", { as: null });
    expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
    expect(answer.headers.get("x-intercom-edge")).toBe("edge");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const head = await it.ask("/edge/health", { as: null, method: "HEAD" });
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(it.arrived()).toEqual([]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
    "takes no %s, with and without a key, and asks Intercom nothing",
    async (method) => {
      for (const as of [null, "operator", "nothing"]) {
        const answer = await it.ask("/edge/health", { as, method });
        expect(answer.status).toBe(405);
        expect(answer.headers.get("allow")).toBe("GET, HEAD");
        expect(answer.body.type).toBe("error.list");
      }
      expect(it.arrived()).toEqual([]);
    },
  );

  test("with a wrong credential is 401: a broken key isn't told that all is well", async () => {
    for (const headers of [
      { authorization: "Bearer wrong" },
      { authorization: "wrong" },
      { "cf-access-jwt-assertion": "wrong" },
    ]) {
      expect((await it.ask("/edge/health", { as: null, headers })).status).toBe(401);
    }
  });

  test("tells callers who may not know more nothing more", async () => {
    for (const as of ["reader", "nothing"]) {
      const answer = await it.ask("/edge/health", { as });
      expect([answer.status, answer.body]).toEqual([200, { status: "ok" }]);
    }
    expect(it.arrived()).toEqual([]);
  });

  test("tells an operator the workspace, its region and its limit, and nobody's name", async () => {
    it.reply({ body: ME, headers: LIMIT });
    for (const as of ["operator", "all"]) {
      const { status, body, text } = await it.ask("/edge/health", { as });
      expect(status).toBe(200);
      expect(body).toEqual({
        status: "ok",
        intercom: {
          workspace: "abc123",
          region: "EU",
          rate_limit: { limit: 1667, remaining: 1600, reset: 1_900_000_000 },
        },
        outbox: expect.objectContaining({ status: "ok" }),
        missing_bindings: [],
        expiring_keys: [],
      });
      for (const personal of ["example.com", "Ada"]) expect(text).not.toContain(personal);
    }
    expect(it.arrived().map(({ method, url }) => `${method} ${url}`)).toEqual(["GET /me", "GET /me"]);
  });

  test.each([
    [
      "the access token is refused",
      {
        status: 401,
        body: { type: "error.list", errors: [{ code: "unauthorized", message: "Access Token Invalid" }] },
      },
      /rejects the Worker's access token.*INTERCOM_ACCESS_TOKEN.*INTERCOM_API_URL.*region/,
    ],
    ["the connection fails", { cut: "before" }, /The connection to Intercom failed/],
    ["Intercom fails", { status: 503 }, /Intercom answered 503/],
    [
      "Intercom forbids it",
      {
        status: 403,
        body: { type: "error.list", errors: [{ code: "api_plan_restricted", message: "Not in your plan" }] },
      },
      /Intercom answered 403/,
    ],
    [
      "a load balancer speaks",
      { status: 403, body: "<html>", headers: { "content-type": "text/html" } },
      /Intercom answered 403/,
    ],
  ])("tells an operator when %s", async (_, reply, reason) => {
    it.reply(reply);
    const { status, body, text } = await it.ask("/edge/health", { as: "operator" });
    expect(status).toBe(200);
    expect(body.status).toBe("failing");
    expect(body.outbox.status).toBe("ok");
    expect(body.intercom.reason).toMatch(reason);
    expect(text).not.toContain(ACCESS_TOKEN);
    // Who may not know isn't told, and nothing is asked for them.
    expect((await it.ask("/edge/health", { as: "reader" })).body).toEqual({ status: "ok" });
  });

  test("is well with the sandbox behind", async () => {
    const { body } = await ask("/edge/health");
    expect(body.status).toBe("ok");
    expect(body.intercom.workspace).toBeTruthy();
    expect(body.intercom.rate_limit.limit).toBeGreaterThan(0);
  });
});

describe("/edge/whoami", () => {
  test("tells callers who they are and what they may do", async () => {
    const { status, body } = await it.ask("/edge/whoami", { as: "reader" });
    expect(status).toBe(200);
    expect(body).toEqual({ name: "reader", scopes: ["contacts:read"], expires_at: null, credential: "key" });
    expect((await it.ask("/edge/whoami", { as: "nothing" })).body.scopes).toEqual([]);
    const { scopes } = (await it.ask("/edge/whoami")).body;
    expect(scopes).toEqual(expect.arrayContaining(["admins:read", "edge:admin", "messages:send"]));
    expect(scopes).not.toContain("*");
    expect(it.arrived()).toEqual([]);
  });

  test("lists the scopes that messages:admin includes", async () => {
    expect((await it.ask("/edge/whoami", { as: "messages" })).body.scopes).toEqual([
      "messages:admin",
      "messages:batch",
      "messages:read",
      "messages:retry",
      "templates:read",
      "templates:write",
    ]);
  });

  test("is 401 to everybody else, and takes no other method", async () => {
    expect((await it.ask("/edge/whoami", { as: null })).status).toBe(401);
    const answer = await it.ask("/edge/whoami", { method: "POST", json: {} });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await it.ask("/edge/whoami", { method: "HEAD" })).status).toBe(200);
  });
});

test("/edge/openapi.json is open, and a description", async () => {
  for (const as of [null, "nothing", "all"]) {
    const answer = await it.ask("/edge/openapi.json", { as });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/json");
    expect(answer.body.openapi).toMatch(/^3\./);
  }
  expect((await it.ask("/edge/openapi.json", { as: null, method: "HEAD" })).status).toBe(200);
  expect((await it.ask("/edge/openapi.json", { as: null, method: "POST" })).status).toBe(405);
});

test.each([
  "/edge",
  "/edge/",
  "/edge/nothing",
  "/edge//health",
  "/edge/health/more",
  "/edge/Health",
  "/edge/health.json",
  "/edge/whoami;x",
  "/edge//whoami",
])("%s is 401 to strangers, 404 to callers, and never Intercom's", async (path) => {
  expect((await it.ask(path, { as: null })).status).toBe(401);
  const answer = await it.ask(path);
  expect(answer.status).toBe(404);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(firstError(answer).code).toBe("not_found");
  expect(it.arrived()).toEqual([]);
});

test.each([
  ["DELETE", "/edge/templates/news?version=1", "version"],
  ["DELETE", "/edge/messages/5?state=failed", "state"],
  ["POST", "/edge/notify?dry_run=true", "dry_run"],
  ["GET", "/edge/messages/batch/5/result.csv?state=sent", "state"],
  ["GET", "/edge/whoami?x", "x"],
  ["GET", "/edge/messages?state=sent&state=unknown", "state"],
  ["DELETE", "/edge/messages?state=sent&state=unknown", "state"],
])("%s %s is rejected: no parameter is ignored", async (method, path, name) => {
  const answer = await it.ask(path, { method, ...(method === "POST" && { json: {} }) });
  expect([answer.status, firstError(answer).field]).toEqual([400, name]);
});

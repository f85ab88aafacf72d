// Every failure of the package's is of a kind that says what to do, and names nobody in its message.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { inspect, promisify } from "node:util";
import * as edge from "intercom-edge";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { broken, error, json, silent, standIn, text } from "../stand-in.mjs";

let worker;
let intercom;
beforeAll(async () => {
  worker = await standIn();
  intercom = new edge.Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
});
afterAll(() => worker.close());
beforeEach(() => Object.assign(worker, { seen: [], answers: [] }));

const failure = async (answer, call = () => intercom.contacts.get("7", { retries: 0 })) => {
  worker.answers = [answer];
  return call().then(
    () => undefined,
    (thrown) => thrown,
  );
};

test.each([
  [400, "parameter_invalid", "ValidationError"],
  [401, "unauthorized", "UnauthorizedError"],
  [403, "forbidden", "ForbiddenError"],
  [404, "not_found", "NotFoundError"],
  [409, "conflict", "IntercomError"],
  [410, "contact_merged", "MergedError"],
  [418, "teapot", "IntercomError"],
  [422, "parameter_invalid", "ValidationError"],
  [429, "rate_limit_exceeded", "RateLimitError"],
  [500, "server_error", "UpstreamError"],
  [503, "service_unavailable", "UpstreamError"],
])("%i %s is %s", async (status, code, name) => {
  const thrown = await failure(error(status, { code, field: "email", message: "ann@example.com is wrong" }));
  expect(thrown).toBeInstanceOf(edge[name]);
  expect(thrown).toBeInstanceOf(edge.IntercomError);
  expect(thrown).toBeInstanceOf(Error);
  expect(thrown).toMatchObject({
    name,
    status,
    code,
    requestId: "req-1",
    errors: [{ code, field: "email", message: "ann@example.com is wrong" }],
  });
  expect(thrown.message).toBe(`${status} ${code} (GET /contacts/{contact_id})`);
});

const CLASSES = {
  400: "ValidationError",
  401: "UnauthorizedError",
  403: "ForbiddenError",
  404: "NotFoundError",
  409: "IntercomError",
  410: "MergedError",
  422: "ValidationError",
  429: "RateLimitError",
};

test("each error of API 2.16 is of its status's class, and has Intercom's code", async () => {
  const [, ...rows] = readFileSync(join(root, "tests/fixtures/error-codes.tsv"), "utf8").trim().split("\n");
  expect(rows.length).toBeGreaterThan(50);
  for (const row of rows) {
    const [status, code] = row.split("\t");
    expect(await failure(error(Number(status), { code })), row).toMatchObject({ name: CLASSES[status], code });
  }
});

test("a merged contact's error has the new id", async () => {
  const thrown = await failure(
    error(410, { code: "contact_merged" }, { link: '</contacts/5bb2f45a>; rel="canonical"' }),
  );
  expect(thrown.mergedInto).toBe("5bb2f45a");
  expect((await failure(error(410, { code: "contact_merged" }))).mergedInto).toBeNull();
});

test("where the limit stands is on the error, and missing where it wasn't told", async () => {
  const reset = 1_800_000_000;
  const limits = { "x-ratelimit-limit": "1667", "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
  const thrown = await failure(error(429, { code: "rate_limit_exceeded" }, limits));
  expect(thrown.rateLimit).toEqual({ limit: 1667, remaining: 0, resetAt: new Date(reset * 1000) });
  expect((await failure(error(429, {}))).rateLimit).toBeNull();
  expect((await failure(error(429, {}, { ...limits, "x-ratelimit-reset": "soon" }))).rateLimit).toBeNull();
});

test("that there is no such thing is nobody's word but the Worker's and Intercom's", async () => {
  const thrown = await failure(text(404, "<html>Not here</html>"));
  expect(thrown).toMatchObject({
    name: "UpstreamError",
    status: 404,
    code: "unreadable",
    message: "404 unreadable (GET /contacts/{contact_id})",
  });
  expect(await failure(json(404, { status: 404, error: "Not Found" }))).toBeInstanceOf(edge.NotFoundError);
});

test("each of Intercom's shapes of errors is read, and none of them breaks", async () => {
  for (const [body, errors] of [
    [{ type: "error", request_id: "r", message: "No" }, [{ message: "No" }]],
    [{ errors: { email: "is taken" } }, [{ field: "email", message: "is taken" }]],
    [{ error_key: "gone", message: "No" }, [{ code: "gone", message: "No" }]],
    [{ errors: [{ type: "old", message: "No" }] }, [{ code: "old", message: "No" }]],
    [{ errors: [null, 7, { code: "x" }] }, [{ code: "x" }]],
    [[], []],
    [7, []],
    [{ errors: "no" }, []],
    [{ errors: [{ code: { a: 1 }, message: 7, field: null }] }, [{}]],
    [{ errors: [{ code: "conflict", ids: ["1", 2] }] }, [{ code: "conflict", ids: ["1", "2"] }]],
  ]) {
    expect((await failure(json(403, body))).errors, JSON.stringify(body)).toEqual(errors);
  }
  const page = await failure(text(403, "<html>Forbidden</html>"));
  expect(page).toMatchObject({ name: "ForbiddenError", code: null, errors: [] });
  expect(page.raw.body).toBe("<html>Forbidden</html>");
});

test("the answer is at hand, and in no log of the error", async () => {
  const thrown = await failure(error(404, { code: "not_found" }, { "x-extra": "yes" }));
  expect(JSON.parse(thrown.raw.body).errors[0].code).toBe("not_found");
  expect(thrown.raw.headers.get("x-extra")).toBe("yes");
  const secret = await failure(error(409, { code: "conflict", message: "ann@example.com is taken" }));
  expect(inspect(secret, { depth: 9 }) + JSON.stringify(secret) + secret.stack).not.toContain("ann@example.com");
});

test("what causes hold is in no log, and what they say is", async () => {
  const cause = Object.assign(new TypeError("fetch failed"), {
    cause: Object.assign(new Error("Parse Error"), { data: "ann@example.com" }),
  });
  vi.stubGlobal("fetch", () => Promise.reject(cause));
  const thrown = await intercom.me({ retries: 0 }).catch((error) => error);
  vi.unstubAllGlobals();
  expect(thrown.cause).toBe(cause);
  expect(inspect(thrown, { depth: 9 })).toMatch(/TypeError: fetch failed; Error: Parse Error(?!.*ann@)/s);
  cause.cause = cause;
  expect(inspect(thrown)).toContain("fetch failed");
});

test("a link without end is read at once, an answer's oddities name nobody", async () => {
  const long = await failure(error(410, { code: "contact_merged" }, { link: "</contacts/".repeat(1300) }));
  expect(long.mergedInto).toBeNull();
  const odd = await failure(
    json(409, { request_id: "ann@example.com", errors: [{ code: "conflict", ids: ["1", { toString: 1 }, [[]], 2] }] }),
  );
  expect(odd).toMatchObject({ requestId: null, errors: [{ code: "conflict", ids: ["1", "2"] }] });
  const never = await failure(
    error(
      404,
      { code: "x" },
      { "x-ratelimit-limit": "9", "x-ratelimit-remaining": "1", "x-ratelimit-reset": "18446744073709551615" },
    ),
  );
  expect(never.rateLimit).toBeNull();
});

test("the Worker's own sentences are the message, Intercom's aren't", async () => {
  const own = await failure(
    error(403, { code: "forbidden", message: "The key lacks contacts:read" }, { "x-intercom-edge": "edge" }),
  );
  expect(own.message).toBe("The key lacks contacts:read");
  const upstream = await failure(
    error(404, { code: "not_found", message: "ann@example.com" }, { "x-intercom-edge": "upstream" }),
  );
  expect(upstream.message).not.toContain("ann");
});

test("no answer is a network error with its cause, or a timeout", async () => {
  const lost = await failure(broken);
  expect(lost).toMatchObject({ name: "NetworkError", status: 0, code: "network" });
  expect(lost.cause).toBeInstanceOf(Error);
  const late = await failure(silent, () => intercom.contacts.get("7", { timeout: 200 }));
  expect(late).toBeInstanceOf(edge.TimeoutError);
  expect(late).toMatchObject({ status: 0, code: "timeout" });
  const cut = await failure(
    (response) => response.writeHead(200).write("{") && setTimeout(() => response.socket.destroy(), 50),
  );
  expect(cut).toBeInstanceOf(edge.NetworkError);
});

test("an answer that isn't what it says is an upstream error without its text", async () => {
  for (const body of ["", "ann@example.com", "7", "null", "{", "\0", "<html>"]) {
    const thrown = await failure(text(200, body, { "content-type": "application/json" }));
    expect(thrown, body).toMatchObject({ name: "UpstreamError", code: "unreadable", status: 200 });
    expect(thrown.message).not.toContain("ann");
    expect(thrown.raw.body).toBe(body);
  }
});

test("an answer that isn't what it says keeps Intercom's id of the request", async () => {
  for (const body of ["oops", "[1,2]", "7"]) {
    const thrown = await failure(text(200, body, { "x-request-id": "RID-1", "x-intercom-edge-message": "m-1" }));
    expect(thrown, body).toMatchObject({ code: "unreadable", requestId: "RID-1", messageId: "m-1" });
  }
});

test("what nobody catches prints no byte of the answer", async () => {
  const server = createServer((socket) =>
    socket
      .on("data", () => socket.end("HTTP/1.1 200 OK\r\nX bad\x01 john@example.com: zz\r\n\r\njohn@example.com"))
      .on("error", () => {}),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  const script = `import { Intercom } from "intercom-edge";
    await new Intercom({ baseUrl: "${baseUrl}", auth: "key" }).me({ retries: 0 });`;
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
    cwd: new URL("../..", import.meta.url),
  });
  const { stderr } = await run.catch((error) => error);
  server.close();
  expect(stderr).toContain("NetworkError");
  expect(stderr).not.toContain("john@");
});

test("a path of the caller's own stands in no message", async () => {
  const thrown = await failure(json(404, {}), () => intercom.request("GET", "/visitors?user_id=ann%40example.com"));
  expect(thrown.message).toBe("404 unreadable (GET /…)");
  expect(worker.seen[0].url).toBe("/visitors?user_id=ann%40example.com");
});

test("a code that is no word stays out of the message and of logs", async () => {
  for (const code of ["ann@example.com", "x".repeat(100_000), "two words"]) {
    const thrown = await failure(error(404, { code }));
    expect(thrown).toMatchObject({ code: null, errors: [{ code }], message: "404 (GET /contacts/{contact_id})" });
    expect(inspect(thrown)).not.toContain(code);
  }
  expect((await failure(json(404, { errors: [{ code: 7 }] }))).message).toBe("404 (GET /contacts/{contact_id})");
});

test("a redirect is not followed, and counts as a missing sign-in", async () => {
  const elsewhere = await standIn();
  elsewhere.answers = [json(200, { type: "contact" })];
  const calls = {
    "GET /contacts/{contact_id}": () => intercom.contacts.get("7"),
    "POST /contacts": () => intercom.contacts.create({ role: "lead" }),
    "POST /messages": () => intercom.messages.send({ body: "Hi" }, { idempotencyKey: "k" }),
  };
  for (const status of [301, 302, 303, 307, 308]) {
    for (const [operation, call] of Object.entries(calls)) {
      worker.seen = [];
      const thrown = await failure(text(status, "", { location: `${elsewhere.url}/sign-in` }), call);
      expect(thrown).toMatchObject({
        name: "UnauthorizedError",
        status: 401,
        code: "redirect",
        message: `A redirect, probably to a sign-in page (${operation})`,
      });
      expect(worker.seen).toHaveLength(1);
    }
  }
  // A redirect of Intercom's, which the Worker passes on.
  const location = `${elsewhere.url}/contacts/7`;
  const passed = await failure(text(302, "", { location, "x-intercom-edge": "upstream" }));
  expect(passed).toMatchObject({ name: "IntercomError", status: 302, code: null });
  expect(elsewhere.seen).toEqual([]);
  elsewhere.close();
});

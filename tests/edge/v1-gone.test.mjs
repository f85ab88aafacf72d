// What API 2.x no longer does is 410, and the error says what to do in its place.

import { beforeAll, expect, test } from "vitest";
import { requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeAll(() => reset());

test.each([
  ["GET", "/visitors/5bb2f45a1e099bf2d553a2e1", "GET /visitors?user_id="],
  ["DELETE", "/visitors/5bb2f45a1e099bf2d553a2e1", "POST /visitors/convert"],
  ["POST", "/customers/search", "POST /contacts/search"],
  ["GET", "/data_attributes/customer", "GET /data_attributes?model=contact"],
  ["GET", "/data_attributes/company", "GET /data_attributes?model=company"],
  ["POST", "/bulk/users", "POST /users"],
  ["POST", "/bulk/events", "POST /events"],
  ["GET", "/jobs/job_5ca1ab1eca11ab1e", "bulk"],
  ["GET", "/jobs/job_5ca1ab1eca11ab1e/error", "bulk"],
  ["GET", "/subscriptions", "Developer Hub"],
  ["POST", "/subscriptions", "Developer Hub"],
  ["PUT", "/subscriptions/nsub_1", "Developer Hub"],
  ["DELETE", "/subscriptions/nsub_1", "Developer Hub"],
  ["GET", "/counts?type=conversation", "POST /conversations/search"],
  ["GET", "/counts?type=conversation&count=admin", "POST /conversations/search"],
  ["GET", "/counts?type=user&count=tag", "POST /contacts/search"],
  ["GET", "/counts?type=company&count=tag", "GET /companies"],
])("%s %s", async (method, path, instead) => {
  const answer = await ask(path, { method, ...(method === "POST" ? { json: {} } : {}) });
  expect(answer.status).toBe(410);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(firstError(answer).code).toBe("gone");
  expect(firstError(answer).message).toContain(instead);
  expect(await requests()).toEqual([]);
});

test("a wrong method on a path of API 1.x tells the right ones", async () => {
  for (const [method, path, allow] of [
    ["PATCH", "/users", "GET, POST, PUT, DELETE"],
    ["POST", "/users/1", "GET, DELETE"],
    ["DELETE", "/counts", "GET"],
    ["GET", "/bulk/users", "POST"],
  ]) {
    const answer = await ask(path, { method });
    expect([answer.status, answer.headers.get("allow")], path).toEqual([405, allow]);
  }
  expect((await ask("/users/1/tags")).status).toBe(404);
});

test("a caller who pins 2.x is never bridged", async () => {
  const pinned = { headers: { "intercom-version": "2.14" } };
  expect((await ask("/bulk/users", { ...pinned, method: "POST" })).status).toBe(404);
  expect((await ask("/tags", pinned)).body).toMatchObject({ type: "list" });
});

// Notes, events, counts, visitors and segments in the dialect of API 1.x.

import { beforeEach, describe, expect, test } from "vitest";
import { everybody, fault, intercom, requests, reset } from "../sandbox.mjs";
import { ask, firstError } from "../worker.mjs";

beforeEach(() => reset());

const john = "5bb2f45a1e099bf2d553a2d5";
const lead = "5bb2f45a1e099bf2d553a2d9";
const visitor = ["5bb2f45a1e099bf2d553a2e1", "8d1e5f4c-7a63-4c55-9d0e-0000000000e1"];

async function refused(answer, status, field) {
  expect(answer.status).toBe(status);
  expect(firstError(answer).field).toBe(field);
  expect(await requests()).toEqual([]);
}

describe("notes", () => {
  test("are written on whom user names, and read one by one", async () => {
    for (const [user, id] of [
      [{ user_id: "john_doe" }, john],
      [{ id: lead }, lead],
      [{ email: "john@example.com" }, john],
    ]) {
      const { status, body } = await ask("/notes", { json: { user, admin_id: 1234568, body: "Hello" } });
      expect(status).toBe(200);
      expect(body).toEqual({
        type: "note",
        id: expect.any(String),
        created_at: expect.any(Number),
        body: "<p>Hello</p>",
        author: expect.objectContaining({ type: "admin", id: "1234568" }),
        user: { type: "user", id },
      });
      expect((await ask(`/notes/${body.id}`)).body).toEqual(body);
    }
  });

  test("are listed by id, user_id and email, page by page", async () => {
    for (const query of [`id=${john}`, "user_id=john_doe", "email=john%40example.com"]) {
      const { body } = await ask(`/notes?${query}`);
      expect(body).toMatchObject({
        type: "note.list",
        total_count: 2,
        pages: { type: "pages", page: 1, per_page: 50, total_pages: 1, next: null },
      });
      expect(body.notes.map(({ id }) => id)).toEqual(["25", "24"]);
    }
    const { body } = await ask("/notes?user_id=john_doe&per_page=1");
    expect((await ask(body.pages.next)).body).toMatchObject({ notes: [{ id: "24" }], pages: { page: 2, next: null } });
  });

  test("nobody and several", async () => {
    expect((await ask("/notes", { json: { user: { user_id: "nobody" }, body: "X" } })).status).toBe(404);
    expect((await ask("/notes", { json: { user: { email: "twins@example.com" }, body: "X" } })).status).toBe(409);
    expect((await ask("/notes?user_id=nobody")).status).toBe(404);
    expect((await ask("/notes/999")).status).toBe(404);
  });

  test.each([
    [{}, "body"],
    [{ body: " ", user: { id: "1" } }, "body"],
    [{ body: 7 }, "body"],
    [{ body: "X" }, "user"],
    [{ body: "X", user: "john" }, "user"],
    [{ body: "X", user: {} }, "user"],
    [{ body: "X", user: { id: [] } }, "user.id"],
    [{ body: "X", user: { email: "nonsense" } }, "user.email"],
    [{ body: "X", user: { id: "1" }, admin_id: {} }, "admin_id"],
  ])("a note of %j is refused", async (json, field) => refused(await ask("/notes", { json }), 422, field));

  test("a list without a name, and unsound ids", async () => {
    await refused(await ask("/notes"), 422, "user_id");
    await refused(await ask("/notes?user_id=a%2Fb"), 400, "user_id");
    await refused(await ask("/notes/a%20b"), 400, "id");
  });
});

describe("events", () => {
  const event = (at, more = {}) => ({
    event_name: "invited-friend",
    created_at: 1_700_000_000 + at,
    user_id: "john_doe",
    metadata: { at },
    ...more,
  });

  test("are recorded as they stand, and answered 202 without a body", async () => {
    for (const json of [
      event(1),
      event(2, { user_id: undefined, email: "john@example.com" }),
      event(3, { user_id: undefined, id: lead }),
    ]) {
      const answer = await ask("/events", { json });
      expect([answer.status, answer.text]).toEqual([202, ""]);
      expect(JSON.parse((await requests()).at(-1).body)).toEqual(JSON.parse(JSON.stringify(json)));
    }
  });

  test("are listed newest first, and further pages are on this Worker", async () => {
    for (const at of [1, 2, 3]) await ask("/events", { json: event(at) });
    for (const query of ["user_id=john_doe", `intercom_user_id=${john}`, "email=john%40example.com"]) {
      const { body } = await ask(`/events?type=user&${query}`);
      expect(body.type).toBe("event.list");
      expect(body.events.map(({ metadata }) => metadata.at)).toEqual([3, 2, 1]);
      expect(body.events[0]).toMatchObject({ type: "event", event_name: "invited-friend", user_id: "john_doe" });
    }
    const { body } = await ask("/events?type=user&user_id=john_doe&per_page=2");
    expect(body.pages.next.startsWith(`${process.env.WORKER_URL}/events?`)).toBe(true);
    expect((await ask(body.pages.next)).body.events.map(({ metadata }) => metadata.at)).toEqual([1]);
    const summary = (await ask("/events?type=user&user_id=john_doe&summary=true")).body;
    expect(summary).toMatchObject({ type: "event.summary", events: [{ name: "invited-friend", count: 3 }] });
  });

  test("Intercom's own errors pass, and an event in doubt is not recorded again", async () => {
    const nobody = await ask("/events", { json: event(1, { user_id: "nobody" }) });
    expect([nobody.status, nobody.headers.get("x-intercom-edge")]).toEqual([404, "upstream"]);
    await fault("accept_then:502", { method: "POST", path: "/events" });
    const doubt = await ask("/events", { json: event(1) });
    expect(doubt.status).toBe(502);
    expect(firstError(doubt).message).toContain("may have been done");
    expect((await requests()).filter(({ path }) => path === "/events")).toHaveLength(2);
  });

  test.each([
    [{}, "user_id"],
    [{ event_name: "x" }, "user_id"],
    [{ user_id: "x" }, "event_name"],
    [{ user_id: {}, event_name: "x" }, "user_id"],
  ])("an event of %j is refused", async (json, field) => refused(await ask("/events", { json }), 422, field));

  test.each([
    ["", "user_id"],
    ["?type=company&user_id=x", "type"],
    ["?type=user", "user_id"],
    ["?type=user&user_id=", "user_id"],
    ["?type=user&email=%00", "email"],
  ])("GET /events%s is refused", async (query, field) => refused(await ask(`/events${query}`), 400, field));
});

describe("counts", () => {
  test("of all, and by type", async () => {
    const [users, leads] = [await everybody("user"), await everybody("lead")];
    const all = {
      type: "count.hash",
      company: { count: 120 },
      segment: { count: 5 },
      tag: { count: 12 },
      user: { count: users.length },
      lead: { count: leads.length },
    };
    expect((await ask("/counts")).body).toEqual(all);
    for (const kind of ["company", "segment", "tag", "user", "lead"]) {
      expect((await ask(`/counts?type=${kind}`)).body).toEqual({ type: "count.hash", [kind]: all[kind] });
    }
  });

  test("of users by segment, in one request", async () => {
    const { body } = await ask("/counts?type=user&count=segment");
    const { segments } = await intercom("GET", "/segments?include_count=true");
    expect(body).toEqual({ type: "count", user: { segment: segments.map(({ name, count }) => ({ [name]: count })) } });
    expect((await requests()).filter(({ path }) => path.startsWith("/segments"))).toHaveLength(2);
  });
});

describe("visitors", () => {
  const [id, userId] = visitor;

  test("are found by user_id, and changed by either name", async () => {
    const found = await ask(`/visitors?user_id=${userId}`);
    expect(found.body).toMatchObject({ type: "visitor", id, user_id: userId, pseudonym: "Violet Suitcase" });
    for (const [method, name] of [
      ["POST", { id }],
      ["PUT", { user_id: userId }],
    ]) {
      const { body } = await ask("/visitors", {
        method,
        json: { ...name, name: method, custom_attributes: { [method]: 1 } },
      });
      expect(body).toMatchObject({ type: "visitor", id, name: method });
    }
    expect((await ask("/visitors?user_id=nobody")).status).toBe(404);
    expect((await requests()).filter(({ method }) => method === "PUT")).toHaveLength(2);
  });

  test("become users or leads, in the old shape", async () => {
    const user = await ask("/visitors/convert", {
      json: { visitor: { user_id: userId }, user: { user_id: "was-a-visitor" }, type: "user" },
    });
    expect(user.body).toMatchObject({ type: "user", user_id: "was-a-visitor", anonymous: false });
    const other = "8d1e5f4c-7a63-4c55-9d0e-0000000000e2";
    const lead = await ask("/visitors/convert", { json: { visitor: { user_id: other }, type: "lead" } });
    expect(lead.body).toMatchObject({ type: "contact", user_id: other, anonymous: true });
    expect((await ask(`/visitors?user_id=${userId}`)).status).toBe(404);
  });

  test("what is wrong", async () => {
    await refused(await ask("/visitors"), 400, "user_id");
    await refused(await ask("/visitors?user_id="), 400, "user_id");
    await refused(await ask("/visitors", { json: [] }), 400, "body");
    expect((await ask("/visitors/convert", { json: { visitor: { user_id: userId } } })).status).toBe(400);
  });
});

test("segments are the same in both", async () => {
  const { status, headers, body } = await ask("/segments?include_count=true");
  expect([status, headers.get("x-intercom-edge"), body.type]).toEqual([200, "upstream", "segment.list"]);
  expect(body.segments[0]).toMatchObject({ type: "segment", name: "Active", count: expect.any(Number) });
  expect((await ask(`/segments/${body.segments[0].id}`)).body.name).toBe("Active");
});

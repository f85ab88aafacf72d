// `after` and `before` compare the exact time, in any time zone of the workspace.

import { Intercom } from "intercom-edge";
import { dataProvider as reactAdmin } from "intercom-edge/react-admin";
import { dataProvider as refine } from "intercom-edge/refine";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { everybody, requests, reset } from "../sandbox.mjs";
import { json, standIn } from "../stand-in.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const HOUR = 3600;
const ids = (rows) => rows.map(({ id }) => id).sort();

describe("with the sandbox", () => {
  const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });
  const now = Math.floor(Date.now() / 1000);
  const midnight = Date.parse("2026-02-01T00:00:00Z") / 1000;
  const noon = midnight + 12 * HOUR;
  const ago = now - HOUR;
  const offsets = [-25 * HOUR, -13 * HOUR, -1, 0, 1, 13 * HOUR, 25 * HOUR];
  const times = [...new Set([midnight, noon, ago].flatMap((time) => offsets.map((offset) => time + offset))), null];
  let people;

  beforeAll(async () => {
    await reset();
    for (const [index, time] of times.entries()) {
      await intercom.users.create({
        external_id: `exact-${index}`,
        signed_up_at: time,
        custom_attributes: { renewal_at: time },
      });
    }
    // A search finds new contacts after some seconds.
    const indexed = async () => {
      people = await everybody("user");
      expect(people.filter(isCreated)).toHaveLength(times.length);
    };
    await vi.waitFor(indexed, { timeout: 10_000, interval: 200 });
  });

  const isCreated = ({ external_id: id }) => id?.startsWith("exact-");
  const found = (filters, options) => intercom.users.search(filters, options).toArray({ limit: Infinity });

  test("after an hour ago finds the users that were created since", async () => {
    const users = await found({ created_at: { after: new Date(ago * 1000) } });
    expect(users).toHaveLength(times.length);
    expect(users.every(isCreated)).toBe(true);
    expect(await found({ created_at: { before: new Date(ago * 1000) } })).toHaveLength(people.length - times.length);
    expect(await found({ created_at: { after: Date.now() / 1000 + HOUR } })).toEqual([]);
  });

  test.each(["midnight", "noon", "an hour ago"])("the second itself is left out: %s", async (name) => {
    const time = { midnight, noon, "an hour ago": ago }[name];
    for (const [start, end] of [-1, 0, 1].flatMap((one) => [-1, 0, 1].map((other) => [time + one, time + other]))) {
      const users = await found({ signed_up_at: { after: start, before: end + 2 * HOUR } });
      const expected = people.filter(({ signed_up_at: at }) => at !== null && at > start && at < end + 2 * HOUR);
      expect(ids(users), `${start} to ${end}`).toEqual(ids(expected));
    }
    expect(ids(await found({ signed_up_at: { after: time } }))).toEqual(
      ids(people.filter(({ signed_up_at: at }) => at !== null && at > time)),
    );
    expect(ids(await found({ signed_up_at: { before: time } }))).toEqual(
      ids(people.filter(({ signed_up_at: at }) => at !== null && at < time)),
    );
  });

  test("a part of a second counts", async () => {
    const of = async (condition) => (await found({ signed_up_at: condition })).filter(isCreated).length;
    const all = (test) => people.filter((user) => isCreated(user) && user.signed_up_at && test(user)).length;
    const half = new Date(noon * 1000 + 500);
    expect(await of({ after: half })).toBe(all(({ signed_up_at: at }) => at > noon));
    expect(await of({ before: half })).toBe(all(({ signed_up_at: at }) => at <= noon));
    expect(await of({ before: half.toISOString() })).toBe(all(({ signed_up_at: at }) => at <= noon));
    expect(await of({ before: noon + 0.5 })).toBe(all(({ signed_up_at: at }) => at <= noon));
  });

  test("a date attribute compares the exact time", async () => {
    for (const [name, matches] of [
      ["after", (at) => at > noon],
      ["before", (at) => at < noon],
    ]) {
      const users = await found({ custom_attributes: { renewal_at: { [name]: noon } } });
      const expected = people.filter(({ custom_attributes: { renewal_at: at } }) => at && matches(at));
      expect(ids(users), name).toEqual(ids(expected));
      expect(users.some(isCreated)).toBe(true);
    }
  });

  test("the order, the page size and other filters stay", async () => {
    for (const order of ["ascending", "descending"]) {
      const users = await found(
        { and: [{ signed_up_at: { after: noon - 1 } }, { or: [{ role: "user" }, { role: "lead" }] }] },
        { perPage: 2, sort: { field: "signed_up_at", order } },
      );
      const expected = people.map(({ signed_up_at: at }) => at).filter((at) => at !== null && at > noon - 1);
      expected.sort((one, other) => (order === "ascending" ? one - other : other - one));
      expect(users.map(({ signed_up_at: at }) => at)).toEqual(expected);
    }
    const limited = { perPage: 3, sort: { field: "signed_up_at", order: "ascending" } };
    const users = await intercom.users.search({ signed_up_at: { after: noon } }, limited).toArray({ limit: 1 });
    expect(users.map(({ signed_up_at: at }) => at)).toEqual([noon + 1]);
  });

  test("a page may be empty, and has no total", async () => {
    const search = { signed_up_at: { after: midnight - 2, before: midnight } };
    const options = { perPage: 1, sort: { field: "signed_up_at", order: "descending" } };
    const pages = [];
    for await (const page of intercom.users.search(search, options).pages()) pages.push(page);
    expect(pages[0]).toEqual({ data: [], totalCount: null, startingAfter: expect.any(String) });
    expect(pages.flatMap(({ data }) => data).map(({ signed_up_at: at }) => at)).toEqual([midnight - 1]);
    expect(pages.every(({ totalCount }) => totalCount === null)).toBe(true);
    expect(pages.at(-1).startingAfter).toBe(null);

    const next = { ...options, startingAfter: pages[0].startingAfter };
    expect(await intercom.users.search(search, next).page()).toEqual(pages[1]);
  });

  test("greaterThan, lessThan and equals compare by day, with a total", async () => {
    const day = Math.floor(noon / 86_400);
    for (const [name, matches] of [
      ["greaterThan", (at) => at > day],
      ["lessThan", (at) => at < day],
      ["equals", (at) => at === day],
    ]) {
      const { totalCount } = await intercom.users.search({ signed_up_at: { [name]: noon } }).page();
      const expected = people.filter(({ signed_up_at: at }) => at !== null && matches(Math.floor(at / 86_400)));
      expect(totalCount, name).toBe(expected.length);
    }
  });

  test("conversations compare the exact time too", async () => {
    const all = await intercom.conversations.list({ perPage: 150 }).toArray({ limit: Infinity });
    const { updated_at: time } = all[Math.floor(all.length / 2)];
    const search = (filters) => intercom.conversations.search(filters).toArray({ limit: Infinity });
    for (const at of [time - 1, time, time + 1]) {
      expect(ids(await search({ updated_at: { after: at } }))).toEqual(
        ids(all.filter(({ updated_at: updated }) => updated > at)),
      );
      expect(ids(await search({ updated_at: { before: at } }))).toEqual(
        ids(all.filter(({ updated_at: updated }) => updated < at)),
      );
    }
    expect((await intercom.conversations.search({ updated_at: { after: time } }).page()).totalCount).toBe(null);
  });

  test("an exact time is rejected where items cannot be left out", async () => {
    const before = (await requests()).length;
    const rejected = async (call, argument, expected) => {
      const error = await Promise.resolve()
        .then(call)
        .catch((error) => error.cause ?? error);
      expect(error).toMatchObject({ name: "ArgumentError", argument, expected });
    };
    const after = { created_at: { after: ago } };
    const instead = (name, place) => `${name}, by whole day for contacts: no exact time is possible ${place}`;
    for (const people of [intercom.users, intercom.contacts, intercom.conversations]) {
      await rejected(
        () => people.search({ or: [{ state: "open" }, after] }),
        "or[1].created_at.after",
        instead("greaterThan", "in an or"),
      );
      await rejected(
        () => people.search({ and: [{ or: [{ and: [{ waiting_since: { before: 7 } }, { a: 1 }] }, { b: 1 }] }] }),
        "and[0].or[0].and[0].waiting_since.before",
        instead("lessThan", "in an or"),
      );
    }
    await rejected(
      () => intercom.messages.batch({ template: "news", search: { or: [after, { role: "user" }] } }),
      "or[0].created_at.after",
      instead("greaterThan", "in a batch"),
    );
    const listed = { pagination: { page: 1, perPage: 5 }, filter: { last_seen_at: { before: ago } } };
    for (const resource of ["users", "conversations", "companies", "tags"]) {
      await rejected(
        () => reactAdmin(intercom).getList(resource, listed),
        "and[0].last_seen_at.before",
        instead("lessThan", "in numbered pages"),
      );
    }
    expect(await requests()).toHaveLength(before);
  });

  test("the data providers compare by day, with a total", async () => {
    const later = people.filter(({ signed_up_at: at }) => at >= midnight + 86_400).length;
    const page = await refine(intercom).getList({
      resource: "users",
      filters: [{ field: "signed_up_at", operator: "gt", value: noon }],
    });
    expect(page.total).toBe(later);
    const { total } = await reactAdmin(intercom).getList("users", {
      filter: { signed_up_at: { greaterThan: noon } },
    });
    expect(total).toBe(later);
    const sorted = { pagination: { page: 1, perPage: 5 }, sort: { field: "created_at", order: "ASC" } };
    const all = await intercom.conversations.list().page();
    expect((await reactAdmin(intercom).getList("conversations", sorted)).total).toBe(all.totalCount);
  });
});

describe("with a stand-in", () => {
  let worker;
  let intercom;
  beforeAll(async () => {
    worker = await standIn();
    intercom = new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
  });
  afterAll(() => worker.close());
  beforeEach(() => Object.assign(worker, { seen: [], answers: [] }));

  /** Answers with rows that `matches` selects by the time in the query. */
  const serve = (rows, matches = () => true) => {
    const answer = (response) => {
      const { operator, value } = worker.seen.at(-1).body.query;
      const data = rows.filter((row) => matches(row, operator, value));
      return json(200, { type: "list", data, conversations: data, total_count: data.length })(response);
    };
    worker.answers = [answer];
  };
  const found = async (list) => ids(await list.toArray({ limit: Infinity }));

  // A day of 25 hours, of 23, and zones at both ends.
  test.each([
    ["UTC", "2026-01-31"],
    ["Pacific/Kiritimati", "2026-01-31"],
    ["Etc/GMT+12", "2026-01-31"],
    ["Asia/Kathmandu", "2026-01-31"],
    ["America/New_York", "2026-11-01"],
    ["America/New_York", "2026-03-08"],
    ["Australia/Lord_Howe", "2026-04-05"],
  ])("a workspace in %s, around %s", async (timeZone, date) => {
    const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
    const dayOf = (seconds) => format.format(new Date(seconds * 1000));
    const start = Date.parse(`${date}T00:00:00Z`) / 1000 - 40 * HOUR;
    const rows = Array.from({ length: 240 }, (_, half) => start + half * (HOUR / 2) + (half % 3) - 1).map((at) => ({
      id: String(at),
      created_at: at,
    }));
    serve(rows, ({ created_at: at }, operator, value) =>
      operator === ">" ? dayOf(at) > dayOf(value) : dayOf(at) < dayOf(value),
    );
    for (let time = start + 26 * HOUR; time < start + 94 * HOUR; time += HOUR) {
      const after = await found(intercom.contacts.search({ created_at: { after: time } }));
      expect(after, `after ${time}`).toEqual(ids(rows.filter((row) => row.created_at > time)));
      const before = await found(intercom.contacts.search({ created_at: { before: time } }));
      expect(before, `before ${time}`).toEqual(ids(rows.filter((row) => row.created_at < time)));
    }
  });

  test("no more is requested than a day of 25 hours needs", async () => {
    const time = 1769860800;
    serve([]);
    const asked = async (search) => {
      await search.toArray({ limit: 1 });
      return worker.seen.at(-1).body.query;
    };
    const is = (operator, value) => ({ field: "updated_at", operator, value });
    const { contacts, conversations } = intercom;
    const [after, before] = [{ updated_at: { after: time } }, { updated_at: { before: time } }];
    expect(await asked(contacts.search(after))).toEqual(is(">", time - 25 * HOUR));
    expect(await asked(contacts.search(before))).toEqual(is("<", time + 25 * HOUR));
    expect(await asked(conversations.search(after))).toEqual(is(">", time));
    expect(await asked(conversations.search(before))).toEqual(is("<", time));
    expect(await asked(contacts.search({ query: is(">", time) }))).toEqual(is(">", time));
  });

  test("a time of a row may be a number, digits or ISO 8601; nothing else matches", async () => {
    const time = 1769860800;
    const values = {
      number: time,
      digits: String(time),
      iso: "2026-01-31T12:00:00Z",
      fraction: "2026-01-31T13:00:00.000+01:00",
      none: null,
      empty: "",
      blank: " ",
      word: "soon",
      flag: true,
      object: { toString: 1, valueOf: 1 },
      list: [time],
    };
    const rows = Object.entries(values).map(([id, at]) => ({
      id,
      seen_at: at,
      statistics: { last_close_at: at },
      custom_attributes: { "renewal.of_plan": at },
    }));
    serve([...rows, { id: "missing" }, { id: "nulls", statistics: null, custom_attributes: null }]);
    const expected = ["digits", "fraction", "iso", "number"];
    const fields = (condition) => [
      { seen_at: condition },
      { "statistics.last_close_at": condition },
      { custom_attributes: { "renewal.of_plan": condition } },
    ];
    for (const search of [...fields({ after: time - 1 }), ...fields({ before: time + 1 })]) {
      expect(await found(intercom.contacts.search(search)), JSON.stringify(search)).toEqual(expected);
      expect(await found(intercom.conversations.search(search)), JSON.stringify(search)).toEqual(expected);
    }
    for (const search of [...fields({ after: time }), ...fields({ before: time })]) {
      expect(await found(intercom.contacts.search(search)), JSON.stringify(search)).toEqual([]);
    }
  });

  test.each(
    [null, undefined, "", "soon", NaN, Infinity, new Date(NaN), {}, [], true, 1769860800000].map((value) => [value]),
  )("%o is no time", (value) => {
    for (const name of ["after", "before"]) {
      expect(() => intercom.contacts.search({ created_at: { [name]: value } })).toThrow(
        expect.objectContaining({
          name: "ArgumentError",
          argument: `created_at.${name}`,
          expected: expect.stringContaining("a Date, an ISO 8601"),
        }),
      );
    }
    expect(worker.seen).toEqual([]);
  });
});

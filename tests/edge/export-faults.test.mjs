// Exports while Intercom fails, and callers who read slowly or leave: no row is lost, none comes twice, and an export
// that is not complete never looks complete.

import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  DAY,
  FIRST_DAY,
  idsOf,
  isSearch,
  openExport,
  peopleOf,
  readExport,
  searchOf,
  workspaceOf,
} from "../export.mjs";
import { gate, serve, standIn } from "../gate.mjs";
import { door, limited, refusing, seconds, until, windowed } from "../outbox.mjs";

const it = gate("export-faults");
const PEOPLE = peopleOf(2_000);
const workspace = workspaceOf(PEOPLE);

const read = (query, options) => readExport(it, query, options);
const isPage = (request) => isSearch(request) && !searchOf(request).isEnd;
/** The searches for pages that arrived. */
const pages = () => it.arrived().filter(isPage);
/** The operators in a query. */
const operators = ({ operator, value }) => [operator, ...(Array.isArray(value) ? value.flatMap(operators) : [])];

/** Answers as the workspace, but each page from the one with a number on as `fault` says. */
function failingFrom(number, fault, answers = workspace) {
  let count = 0;
  it.reply((request) => (isPage(request) && ++count >= number ? fault(request, count - number) : answers(request)));
}

/** Reads an export whose rows have to be those people, each once. */
async function expectAll(people, query = {}) {
  const exported = await read({ markers: "true", ...query });
  expect([exported.status, exported.markers.at(-1)?.state, exported.markers.at(-1)?.errors]).toEqual([
    200,
    "done",
    undefined,
  ]);
  expect(idsOf(exported.rows)).toEqual(idsOf(people));
  return exported;
}

describe("a failure in the middle", () => {
  test.each(["ndjson", "csv"])("breaks the connection of %s without markers", async (format) => {
    failingFrom(4, () => refusing(403, "forbidden"));
    const response = await openExport(it, { format });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  test("leaves the rows before it", async () => {
    failingFrom(4, () => refusing(403, "forbidden"));
    const { rows, broken } = await read({});
    expect(broken).toBe(true);
    expect(new Set(idsOf(rows)).size).toBe(rows.length);
    expect(rows.length).toBeLessThan(PEOPLE.length);
  });

  test.each([
    [403, "forbidden"],
    [401, "token_unauthorized"],
    [404, "not_found"],
    [422, "parameter_invalid"],
  ])("with the status %i ends with a marker that has Intercom's error, and can continue", async (status, code) => {
    failingFrom(4, () => refusing(status, code));
    const first = await read({ markers: "true" });
    const last = first.markers.at(-1);
    expect(first.broken).toBe(false);
    expect(last).toMatchObject({
      state: "failed",
      next: null,
      resume: expect.any(String),
      errors: [expect.any(Object)],
    });
    if (status === 401) expect(last.errors[0].message).toContain("INTERCOM_ACCESS_TOKEN");
    else expect(last.errors[0]).toMatchObject({ code, message: "No" });
    // Those that were on their way still arrive.
    await sleep(300);
    const asked = it.arrived().length;
    await sleep(700);
    expect(it.arrived()).toHaveLength(asked);

    it.reply(workspace);
    const second = await read({ markers: "true", resume: last.resume });
    expect(second.markers[0].rows).toBe(first.rows.length);
    expect(second.markers.at(-1)).toMatchObject({ state: "done", rows: PEOPLE.length, total: PEOPLE.length });
    expect(idsOf([...first.rows, ...second.rows])).toEqual(idsOf(PEOPLE));
  });

  test("that is a page with 5xx or a broken connection is repeated, and no row is lost", async () => {
    let count = 0;
    it.reply((request) => {
      if (!isPage(request)) return workspace(request);
      count += 1;
      if (count === 2) return { status: 500 };
      if (count === 4) return { cut: "before" };
      if (count === 6) return { cut: "within", body: "{", headers: { "content-length": "100" } };
      if (count === 8) return { body: "{" };
      return workspace(request);
    });
    await expectAll(PEOPLE);
    expect(count).toBeGreaterThan(8);
  });

  test("that lasts is given up after six attempts", async () => {
    let failed = 0;
    it.reply((request) => (isPage(request) && ++failed ? { status: 503 } : workspace(request)));
    const { rows, markers } = await read({ markers: "true" });
    expect([rows.length, markers.at(-1).state]).toEqual([0, "failed"]);
    expect(markers.at(-1).resume).toBeTruthy();
    expect(failed).toBeGreaterThanOrEqual(6);
    it.reply(workspace);
    const rest = await read({ markers: "true", resume: markers.at(-1).resume });
    expect(idsOf(rest.rows)).toEqual(idsOf(PEOPLE));
  });
});

describe("an error before the first row", () => {
  test.each([
    ["401 of the token", () => refusing(401, "unauthorized"), 502, "INTERCOM_ACCESS_TOKEN"],
    ["403", () => refusing(403, "api_plan_restricted"), 403, "No"],
    ["400", () => refusing(400, "parameter_invalid"), 400, "No"],
    ["500", () => ({ status: 500 }), 502, "Intercom"],
    ["a body that is no JSON", () => ({ body: "<html>" }), 502, "Intercom"],
    ["a body without total_count", () => ({ body: { type: "list", data: [] } }), 502, "total_count"],
  ])("%s has a status, and Intercom's shape of errors", async (_, fault, status, words) => {
    it.reply((request) => (isSearch(request) ? fault() : workspace(request)));
    const answer = await read({ markers: "true" });
    expect(answer.status).toBe(status);
    expect([answer.body.type, answer.body.errors.length]).toEqual(["error.list", 1]);
    expect(answer.body.errors[0].message).toContain(words);
  });

  test("429 has Retry-After", async () => {
    it.reply((request) => (isSearch(request) ? limited(seconds(100)) : workspace(request)));
    const { status, headers } = await read({});
    expect(status).toBe(429);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });
});

describe("ranges", () => {
  test("that have too many people are divided by days", async () => {
    // Half of them on ten days of three years, so that a range by the average has many more than the others.
    const people = [
      ...peopleOf(3_000, 10).map((person) => ({ ...person, created_at: person.created_at + 500 * DAY })),
      ...peopleOf(1_000, 500).map((person) => ({
        ...person,
        id: `f${person.id.slice(1)}`,
        created_at: person.created_at + DAY,
      })),
    ];
    it.reply(workspaceOf(people));
    const { markers } = await expectAll(people);
    expect(markers.at(-1).ranges).toBeGreaterThan(markers[0].ranges);
  });

  const import_ = peopleOf(4_000, 1);

  test("of a day with too many people are divided by the ends of ids", async () => {
    it.reply(workspaceOf(import_));
    const { markers } = await expectAll(import_);
    expect(pages().some((request) => operators(searchOf(request).query).includes("$"))).toBe(true);
    expect(markers.at(-1).ranges).toBeGreaterThan(markers[0].ranges);
  });

  test("are read as a whole where Intercom rejects a search by the end of an id", async () => {
    const answers = workspaceOf(import_);
    it.reply((request) =>
      isSearch(request) && operators(searchOf(request).query).includes("$")
        ? refusing(400, "invalid_field")
        : answers(request),
    );
    await expectAll(import_);
  });

  test("are read as a whole, too, where they were counted before the rejection", async () => {
    const later = peopleOf(3_000, 1).map(({ id, ...person }) => ({
      ...person,
      id: `f${id.slice(1)}`,
      created_at: person.created_at + 20 * DAY,
    }));
    const people = [...import_, ...later];
    const answers = workspaceOf(people);
    const rejected = door();
    let waited = 0;
    it.reply(async (request) => {
      if (!isPage(request)) return answers(request);
      const { query } = searchOf(request);
      if (operators(query).includes("$")) {
        rejected.open();
        return refusing(400, "invalid_field");
      }
      const after = query.value.find(({ operator }) => operator === ">").value;
      const until = query.value.find(({ operator }) => operator === "OR").value[0].value;
      const answer = answers(request);
      if (until - after === DAY && after > FIRST_DAY + 10 * DAY && answer.body.total_count > 1_500 && waited++ === 0) {
        await rejected.opened;
        // The rejection is handled first.
        await sleep(200);
      }
      return answer;
    });
    await expectAll(people);
    expect(waited).toBeGreaterThan(0);
  });

  test("are counted by the role", async () => {
    it.reply(workspace);
    const leads = PEOPLE.filter(({ role }) => role === "lead");
    const { markers } = await expectAll(leads, { role: "lead" });
    expect(markers[0].total).toBe(leads.length);
  });
});

describe("the last page of a range", () => {
  test("has no cursor, although new people let the number of pages grow", async () => {
    it.reply((request) => {
      const answer = workspace(request);
      if (isPage(request)) Object.assign(answer.body.pages, { page: 14, per_page: 150, total_pages: 15 });
      return answer;
    });
    await expectAll(PEOPLE);
    expect(pages().filter(({ body }) => body.includes("page=15"))).toEqual([]);
  });
});

describe("a cursor that repeats", () => {
  const repeating = (cursors) => {
    let page = 0;
    it.reply((request) => {
      const answer = workspace(request);
      if (isPage(request)) answer.body.pages.next = { page: 2, starting_after: cursors[page++ % cursors.length] };
      return answer;
    });
  };

  test.each([[["a"]], [PEOPLE.slice(0, 3).map(({ id }) => id)]])("ends the export: %j", async (cursors) => {
    repeating(cursors);
    const { markers } = await read({ markers: "true" });
    expect(markers.at(-1)).toMatchObject({ state: "failed", errors: [expect.any(Object)] });
    expect(it.arrived().length).toBeLessThan(1_000);
  });

  test("breaks the connection without markers", async () => {
    repeating(["a"]);
    expect((await read({})).broken).toBe(true);
  });
});

describe("Intercom's limit", () => {
  test.each([
    ["with the time of the reset", () => limited(seconds(3)), 2_000],
    ["with Retry-After", () => ({ ...refusing(429), headers: { "retry-after": "3" } }), 2_900],
    ["without headers", () => refusing(429, "rate_limit_exceeded"), 9_900],
  ])("%s is waited for, and no row is lost", async (_, refusal, wait) => {
    let refused;
    failingFrom(3, (request, count) => {
      if (count > 0) return workspace(request);
      refused = Date.now();
      return refusal();
    });
    await expectAll(PEOPLE);
    // Those that were on their way at the time still arrive.
    const early = pages().filter(({ at }) => at > refused + 200 && at < refused + wait);
    expect(early).toEqual([]);
    expect(pages().some(({ at }) => at >= refused + wait)).toBe(true);
  });
});

describe("a scroll of companies", () => {
  const NAMES = Array.from({ length: 250 }, (_, number) => String(number));
  /** Answers as a scroll, but its page with a number as `fault` says, once. */
  function scroll(number, fault) {
    let page = 0;
    let failed = false;
    it.reply((request) => {
      if (!request.url.startsWith("/companies/scroll")) return workspace(request);
      if (page === number && !failed) {
        failed = true;
        return fault();
      }
      const data = NAMES.slice(page * 100, ++page * 100).map((id) => ({ type: "company", id }));
      return { body: { type: "list", data, total_count: null, pages: null, scroll_param: "scroll-1" } };
    });
  }
  const companies = (markers) => read({ of: "companies", markers });
  const scrolls = () => it.arrived().filter(({ url }) => url.startsWith("/companies/scroll"));

  test("waits for the limit, and skips no page", async () => {
    scroll(1, () => limited(seconds(2)));
    const { rows, markers } = await companies("true");
    expect(idsOf(rows)).toEqual(NAMES.toSorted());
    expect(markers.at(-1)).toMatchObject({ state: "done", rows: 250 });
  });

  test.each([
    ["500", () => ({ status: 500 })],
    ["403", () => refusing(403, "forbidden")],
    ["404", () => refusing(404, "not_found")],
    ["a broken connection", () => ({ cut: "before" })],
  ])("that fails with %s is not repeated, because that would skip a page", async (_, fault) => {
    scroll(1, fault);
    const { rows, markers } = await companies("true");
    expect(rows).toHaveLength(100);
    expect(markers.at(-1)).toMatchObject({ state: "failed", resume: null, errors: [expect.any(Object)] });
    expect(scrolls()).toHaveLength(2);
    scroll(1, fault);
    expect((await companies()).broken).toBe(true);
  });
});

describe("EXPORT_FREE_SHARE", () => {
  test.concurrent.each([
    [undefined, 0.2],
    ["0.5", 0.5],
    ["0", 0],
  ])("of %s leaves so much of each window to people", async (share, free) => {
    // Windows of two seconds, so that a test can see some.
    const [LIMIT, SECONDS] = [40, 2];
    const people = peopleOf(4_500, 90);
    const answers = workspaceOf(people, { perPage: 50 });
    const intercom = await standIn();
    const windows = windowed(LIMIT, SECONDS, answers);
    intercom.reply = windows.reply;
    const worker = await serve(`export-share-${free}`, intercom, {
      vars: { ...(share && { EXPORT_FREE_SHARE: share }) },
    });
    try {
      const { rows } = await readExport(worker, {});
      expect(rows).toHaveLength(people.length);
      const used = windows.used();
      const shown = JSON.stringify(used);
      expect(used.length, shown).toBeGreaterThan(2);
      for (const one of used) expect(one, shown).toBeLessThanOrEqual(LIMIT * (1 - free));
      // Between the first window and the last, it uses its share.
      for (const one of used.slice(1, -1)) expect(one, shown).toBeGreaterThanOrEqual(LIMIT * (1 - free) * 0.9);
    } finally {
      await worker.stop();
      await intercom.stop();
    }
  });
});

describe("broken text of Intercom", () => {
  const SURROGATE = "\\ud83d";
  const odd = [
    `{"type":"contact","id":"1","name":"a${SURROGATE}b","created_at":${FIRST_DAY}}`,
    `{\n  "type": "contact",\r\n  "id": "2",\n  "name": "two\\nlines",\n  "location": {\n "country": "J${SURROGATE}"}}`,
    `{"type":"contact","id":"3","name":"\\u2028 \\u0085","email":null}`,
  ];
  const page = (items, total = items.length) =>
    Buffer.concat([
      Buffer.from(`{"type":"list","total_count":${total},"pages":{"next":null},"data":[`),
      ...items.flatMap((item, at) => [Buffer.from(at ? ",\n" : ""), Buffer.from(item)]),
      Buffer.from("]}\n"),
    ]);
  const invalid = Buffer.concat([
    Buffer.from('{"type":"contact","id":"4","name":"'),
    Buffer.from([0xff, 0xfe, 0xc3]),
    Buffer.from('"}'),
  ]);
  const answer = (items) => (request) =>
    isPage(request) ? { body: page(items) } : isSearch(request) ? { body: page([odd[0]], 3) } : workspace(request);

  test.each([{}, { fields: "name,location.country" }])("keeps one row on each line, with %j", async (query) => {
    for (const items of [odd, [...odd, invalid]]) {
      it.reply(answer(items));
      const { rows, broken } = await read(query);
      expect(broken).toBe(false);
      expect(idsOf(rows)).toEqual(items.map((_, at) => String(at + 1)));
      expect(rows.find(({ id }) => id === "2").name).toBe("two\nlines");
    }
  });

  test("keeps one row on each line of CSV", async () => {
    it.reply(answer([...odd, invalid]));
    const response = await openExport(it, { format: "csv", fields: "name,location" });
    const text = await response.text();
    expect(text.split("\r\n")).toHaveLength(6);
  });
});

describe("a caller", () => {
  /** Rows of 4 KB each, so that the buffers on the way hold few pages. */
  const MANY = peopleOf(15_000, 100);
  const large = workspaceOf(MANY, { filler: "x".repeat(4_000) });

  test("who reads slowly slows the export down, and gets all rows", async () => {
    it.reply(large);
    const response = await openExport(it);
    const reader = response.body.getReader();
    let bytes = (await reader.read()).value.length;
    await sleep(1_500);
    const asked = pages().length;
    // The pages that the readers hold, and those in the buffers of the connection.
    expect(asked).toBeLessThan(85);
    await sleep(1_500);
    expect(pages().length).toBe(asked);
    let lines = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      bytes += part.value.length;
      lines += part.value.filter((byte) => byte === 10).length;
    }
    expect(bytes).toBeGreaterThan(15_000 * 4_000);
    expect(lines).toBeGreaterThan(14_000);
  });

  test.each([{}, { markers: "true" }])("who leaves ends the requests to Intercom, with %j", async (query) => {
    it.reply((request) => sleep(20).then(() => large(request)));
    const { left } = await read(query, { leave: ({ type }) => type === "contact" });
    expect(left).toBe(true);
    await sleep(500);
    const asked = it.arrived().length;
    expect(asked).toBeLessThan(100);
    await sleep(1_500);
    expect(it.arrived()).toHaveLength(asked);
  });

  test.each([{}, { markers: "true" }])("who leaves during the wait for the limit, too, with %j", async (query) => {
    let refused = false;
    it.reply((request) => {
      if (!isPage(request)) return workspace(request);
      refused = true;
      return limited(seconds(3));
    });
    const controller = new AbortController();
    const response = await openExport(it, query, { signal: controller.signal });
    const text = response.text().catch((error) => error);
    await until(() => refused);
    it.reply(large);
    await sleep(300);
    controller.abort();
    expect((await text).name).toBe("AbortError");
    const asked = pages().length;
    await sleep(4_500);
    // The runtime shows at the next write that the caller has left: one round of pages is requested in vain.
    expect(pages().length - asked).toBeLessThanOrEqual(48);
  });
});

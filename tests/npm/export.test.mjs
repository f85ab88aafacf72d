// Exports of the package, against a stand-in for the Worker: rows and markers in order, connections that break, errors,
// and the end of each request.

import { Intercom, IntercomError, NetworkError } from "intercom-edge";
import * as static_ from "intercom-edge/static";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { broken, error, json, silent, standIn, text } from "../stand-in.mjs";

let worker;
let intercom;
beforeAll(async () => {
  worker = await standIn();
  intercom = new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
});
afterAll(() => worker.close());
beforeEach(() => answering(error(500, {})));
afterEach(() => vi.unstubAllGlobals());

const answering = (...answers) => Object.assign(worker, { seen: [], answers });
const queries = () => worker.seen.map(({ url }) => Object.fromEntries(new URL(url, worker.url).searchParams));

/** A row with the size of a contact. */
const row = (id, more) => ({ type: "contact", id: String(id), ...more });
const marker = (rows, more) => ({
  type: "edge.export",
  state: "running",
  rows,
  total: 4,
  ranges_done: 0,
  ranges: 1,
  estimated_end_at: null,
  resume: `after-${rows}`,
  next: null,
  ...more,
});
const done = (rows, more) => marker(rows, { state: "done", resume: null, next: "token-1", ...more });
const removal = (id, more) => ({ type: "edge.removal", id, reason: "deleted", merged_into: null, at: 7, ...more });
const failed = (rows, ...errors) => marker(rows, { state: "failed", errors });
const line = (object) => `${JSON.stringify(object)}\n`;
const lines = (...objects) => objects.map(line).join("");

/** A stream of these texts, each in a packet of its own, which then ends, breaks or stays open. */
const stream =
  (chunks, end = "end", pause = 20) =>
  async (response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    for (const chunk of chunks) {
      response.write(chunk);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    if (end === "end") response.end();
    if (end === "break") response.socket.destroy();
  };

/** Lets the package's pauses pass a hundred times as fast, and returns them. */
function hurry() {
  const pauses = [];
  const { setTimeout } = globalThis;
  vi.stubGlobal("setTimeout", (run, milliseconds, ...more) => {
    pauses.push(milliseconds);
    return setTimeout(run, milliseconds / 100, ...more);
  });
  return pauses;
}

const idsOf = async (rows) => (await Array.fromAsync(rows)).map(({ id }) => id);
const outcome = (rows) => idsOf(rows).catch((thrown) => thrown);
const closed = () => vi.waitFor(() => expect(worker.open.size).toBe(0));

const PAGES = [marker(0), row(1), row(2), marker(2), row(3), row(4), marker(4), done(4)];

test("yields the rows as they are, and passes each marker when the rows before it were handled", async () => {
  const person = row(1, { name: "Grüße 👋\u2028", custom_attributes: { plan: null } });
  answering(stream([lines(marker(0), person, row(2), marker(2), row(3), marker(3), done(3))]));
  const events = [];
  const everyone = intercom.contacts.export({
    onProgress: async ({ rows, state }) => {
      events.push(`begin ${rows}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(everyone.progress.rows).toBe(rows);
      events.push(`end ${rows} ${state}`);
    },
  });
  expect(everyone.progress).toBeUndefined();
  expect(worker.seen).toEqual([]);
  const rows = [];
  for await (const contact of everyone) {
    rows.push(contact);
    await new Promise((resolve) => setTimeout(resolve, 5));
    events.push(`row ${contact.id}`);
  }
  expect(rows).toEqual([person, row(2), row(3)]);
  const passed = (count, state = "running") => [`begin ${count}`, `end ${count} ${state}`];
  expect(events).toEqual([...passed(0), "row 1", "row 2", ...passed(2), "row 3", ...passed(3), ...passed(3, "done")]);
  expect(everyone.progress).toEqual(done(3));
  expect(worker.seen).toHaveLength(1);
  expect(worker.seen[0].headers).toMatchObject({ accept: "*/*", authorization: "Bearer key-of-a-caller" });
  await closed();
});

test("removals are passed after the rows and before their marker, each when the one before was handled", async () => {
  const [gone, merged] = [removal("8"), removal("9", { reason: "merged", merged_into: "1" })];
  answering(stream([lines(marker(0), row(1), gone, merged, marker(1), done(1, { removals: "complete" }))]));
  const events = [];
  const changes = intercom.contacts.changedSince(0, {
    onRemoval: async (removed) => {
      events.push(removed);
      await new Promise((resolve) => setTimeout(resolve, 10));
      expect(changes.progress.rows).toBe(0);
      events.push("handled");
    },
    onProgress: ({ rows, state }) => void events.push([rows, state]),
  });
  for await (const { id } of changes) events.push(id);
  const removals = [gone, "handled", merged, "handled"];
  expect(events).toEqual([[0, "running"], "1", ...removals, [1, "running"], [1, "done"]]);
  expect(changes.progress.removals).toBe("complete");
});

test("removals without onRemoval are no rows, and come again after a break", async () => {
  hurry();
  const pages = [line(marker(0)), lines(removal("8"), removal("9"), marker(0), removal("10"))];
  const rest = lines(marker(0), removal("8"), removal("9"), removal("10"), done(0));
  answering(stream(pages, "break"), stream([rest]));
  expect(await idsOf(intercom.contacts.changedSince(0))).toEqual([]);
  answering(stream(pages, "break"), stream([rest]));
  const ids = [];
  const changes = intercom.contacts.changedSince(0, { onRemoval: ({ id }) => void ids.push(id) });
  expect(await idsOf(changes)).toEqual([]);
  expect(ids).toEqual(["8", "9", "8", "9", "10"]);
});

test("an error of onRemoval ends the export, and so does a removal that can't be read", async () => {
  const error = new Error("the copy is locked");
  answering(stream([lines(marker(0), removal("8"), done(0))], "open"));
  const failing = intercom.contacts.changedSince(0, { onRemoval: () => Promise.reject(error) });
  expect(await outcome(failing)).toBe(error);
  await closed();
  answering(stream([lines(marker(0), { type: "edge.removal", reason: "deleted" }, done(0))]));
  expect(await outcome(intercom.contacts.changedSince(0))).toMatchObject({ code: "unreadable" });
  expect(() => intercom.contacts.export({ onRemoval: "delete" })).toThrow(/onRemoval/);
});

test("lines that arrive byte by byte are the same lines", async () => {
  const person = row(1, { name: "Grüße 👋" });
  const bytes = [...Buffer.from(lines(marker(0), person, marker(1), done(1)))].map((byte) => Buffer.of(byte));
  answering(stream(bytes, "end", 1));
  expect(await Array.fromAsync(intercom.contacts.export())).toEqual([person]);
});

test("an export without rows, and blank lines", async () => {
  answering(stream([`${line(marker(0))}\n\n${line(done(0))}`]));
  expect(await idsOf(intercom.contacts.export())).toEqual([]);
});

test.each([
  ["in the middle of a row", [marker(0), row(1), row(2), marker(2)], line(row(3)).slice(0, 10)],
  ["between two rows", [marker(0), row(1), row(2), marker(2), row(3)], ""],
  ["after a marker", [marker(0), row(1), row(2), marker(2)], ""],
  ["in the middle of a marker", [marker(0), row(1), row(2), marker(2), row(3), row(4)], line(marker(4)).slice(0, 40)],
])("a connection that breaks %s is opened again at the last marker", async (_, before, rest) => {
  for (const end of ["break", "end"]) {
    hurry();
    answering(stream([lines(...before) + rest], end), stream([lines(marker(2), ...PAGES.slice(4))]));
    const passed = [];
    const everyone = intercom.contacts.export({ onProgress: ({ rows, state }) => void passed.push([rows, state]) });
    expect(await idsOf(everyone)).toEqual(["1", "2", "3", "4"]);
    expect(queries().map(({ resume }) => resume)).toEqual([undefined, "after-2"]);
    // The first marker of the second connection is no news.
    expect(passed).toEqual([
      [0, "running"],
      [2, "running"],
      [4, "running"],
      [4, "done"],
    ]);
    expect(everyone.progress.next).toBe("token-1");
    vi.unstubAllGlobals();
  }
});

test("a connection that breaks before the first marker is opened from the beginning", async () => {
  hurry();
  for (const [answer, resume] of [
    [broken, undefined],
    [stream([], "break"), undefined],
    [stream([line(marker(0)).slice(0, 20)], "break"), "from-before"],
  ]) {
    answering(answer, stream([lines(...PAGES)]));
    expect(await idsOf(intercom.contacts.export({ resume }))).toEqual(["1", "2", "3", "4"]);
    expect(queries().map((query) => query.resume)).toEqual([resume, resume]);
  }
});

test("rows that are repeated in another order after a break come once, as they are then", async () => {
  hurry();
  answering(
    stream([lines(marker(0), row(1), marker(1), row(2, { name: "old" }), row(3))], "break"),
    stream([lines(marker(1), row(4), marker(2), row(3))], "break"),
    stream([lines(marker(2), row(3), row(2, { name: "new" }), marker(4), done(4))]),
  );
  const rows = await Array.fromAsync(intercom.contacts.export());
  expect(rows).toEqual([row(1), row(4), row(3), row(2, { name: "new" })]);
  expect(queries().map(({ resume }) => resume)).toEqual([undefined, "after-1", "after-2"]);
});

test("progress always counts what was yielded, so that a file can be cut there", async () => {
  hurry();
  answering(
    stream([lines(marker(0), row(1), marker(1), row(2))], "break"),
    stream([lines(marker(1), row(3), marker(2), row(2))], "break"),
    stream([lines(marker(2), row(2), marker(3), done(3))]),
  );
  const file = [];
  for await (const { id } of intercom.contacts.export({ onProgress: ({ rows }) => expect(file).toHaveLength(rows) }))
    file.push(id);
  expect(file).toEqual(["1", "3", "2"]);
});

test("an export that can't be continued says so, once it has yielded rows", async () => {
  hurry();
  const page = (rows, more) => marker(rows, { total: null, resume: null, ...more });
  answering(
    stream([lines(page(0), row(1))], "break"),
    stream([lines(page(0), row(1), page(1))], "break"),
    stream([lines(...PAGES)]),
  );
  const everything = intercom.companies.export();
  const rows = [];
  const thrown = await (async () => {
    for await (const { id } of everything) rows.push(id);
  })().catch((thrown) => thrown);
  expect(rows).toEqual(["1"]);
  expect(thrown).toBeInstanceOf(NetworkError);
  expect(thrown).toMatchObject({ status: 0, code: "network", cause: expect.any(NetworkError) });
  expect(thrown.message).toContain("can't be continued");
  // The first connection broke before it yielded a row.
  expect(worker.seen).toHaveLength(2);
});

test("a Worker that stays away ends the export after `retries` failures in a row", async () => {
  hurry();
  const first = stream([lines(marker(0), row(1), marker(1))], "break");
  for (const answer of [broken, ...[429, 502, 503, 504].map((status) => error(status, {})), stream([], "break")]) {
    for (const [retries, count] of [
      [undefined, 5],
      [0, 0],
      [2, 2],
    ]) {
      answering(first, answer);
      const everyone = intercom.contacts.export({ retries });
      expect(await outcome(everyone)).toBeInstanceOf(IntercomError);
      expect(worker.seen).toHaveLength(1 + count);
      expect(everyone.progress.resume).toBe("after-1");
    }
  }
  // A connection that brings only markers without news is a failure, too.
  for (const known of [[marker(1)], [marker(1), marker(1, { resume: "after-1-again" })]]) {
    answering(first, stream([lines(...known)], "break"));
    expect(await outcome(intercom.contacts.export({ retries: 3 }))).toBeInstanceOf(NetworkError);
    expect(worker.seen).toHaveLength(4);
  }
});

test("a new page ends the row of failures, and the pauses grow", async () => {
  const pauses = hurry();
  // A range without rows is news, too.
  const range = (done) => stream([lines(marker(0, { ranges_done: done - 1 }), marker(0, { ranges_done: done }))]);
  answering(range(1), broken, range(2), broken, range(3), broken, stream([lines(marker(0), done(0))]));
  expect(await idsOf(intercom.contacts.export({ retries: 2 }))).toEqual([]);
  pauses.length = 0;
  const page = (rows) => stream([lines(marker(rows - 1), row(rows), marker(rows))], "break");
  answering(page(1), broken, broken, page(2), broken, broken, page(3), broken, stream([lines(marker(3), done(3))]));
  expect(await idsOf(intercom.contacts.export({ retries: 3 }))).toEqual(["1", "2", "3"]);
  const grown = pauses.filter((pause) => [500, 1000, 2000, 4000].includes(pause));
  expect(grown).toEqual([500, 1000, 2000, 500, 1000, 2000, 500, 1000]);
});

test("errors that waiting can't cure end the export at once, before and after rows", async () => {
  hurry();
  const first = stream([lines(marker(0), row(1), marker(1))], "break");
  for (const [answer, expected] of [
    [error(400, { code: "parameter_invalid", field: "fields" }), { name: "ValidationError", status: 400 }],
    [error(401, { code: "unauthorized" }), { name: "UnauthorizedError" }],
    [error(403, { code: "forbidden" }), { name: "ForbiddenError" }],
    [error(500, { code: "server_error" }), { name: "UpstreamError", status: 500 }],
    [json(200, { type: "list", data: [] }), { name: "UpstreamError", status: 200, code: "unreadable" }],
    [text(200, line(done(0)), { "content-type": "text/plain" }), { code: "unreadable" }],
    [(response) => response.writeHead(204).end(), { code: "unreadable" }],
  ]) {
    answering(answer);
    await expect(idsOf(intercom.contacts.export())).rejects.toMatchObject(expected);
    expect(worker.seen).toHaveLength(1);
    answering(first, answer);
    await expect(idsOf(intercom.contacts.export())).rejects.toMatchObject(expected);
    expect(worker.seen).toHaveLength(2);
  }
  await closed();
});

test("after a 429 it waits as long as the response says, at most 30 seconds", async () => {
  const reset = (seconds) => ({
    "x-ratelimit-limit": "300",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + seconds),
  });
  for (const [headers, least, most] of [
    [{ "retry-after": "7" }, 7_000, 7_000],
    [{ "retry-after": "3600" }, 30_000, 30_000],
    [{ "retry-after": "-1" }, 500, 500],
    [reset(9), 7_000, 9_000],
    [{}, 500, 500],
  ]) {
    const pauses = hurry();
    answering(error(429, { code: "rate_limit_exceeded" }, headers), stream([lines(...PAGES)]));
    expect(await idsOf(intercom.contacts.export())).toHaveLength(4);
    expect(pauses.filter((pause) => pause >= least && pause <= most)).toHaveLength(1);
    expect(Math.max(...pauses.filter((pause) => ![35_000, 60_000].includes(pause)))).toBeLessThanOrEqual(30_000);
    vi.unstubAllGlobals();
  }
});

test.each([
  ["unauthorized", "UnauthorizedError", 401],
  ["forbidden", "ForbiddenError", 403],
  ["parameter_invalid", "ValidationError", 400],
  ["rate_limit_exceeded", "RateLimitError", 429],
  ["bad_gateway", "UpstreamError", 502],
  ["gateway_timeout", "UpstreamError", 504],
  ["of a later version", "UpstreamError", 500],
])("a failed marker with the code %s throws %s, and its `resume` continues", async (code, name, status) => {
  const detail = { code, message: "ann@example.com is missing", field: "fields" };
  answering(
    stream([lines(marker(0), row(1), marker(1), failed(1, detail))]),
    stream([lines(marker(1), row(2), marker(2), done(2))]),
  );
  const everyone = intercom.contacts.export();
  const thrown = await outcome(everyone);
  expect(thrown).toMatchObject({ name, status, code: /^\w+$/.test(code) ? code : null, errors: [detail] });
  expect(thrown).toBeInstanceOf(IntercomError);
  expect(thrown.message).not.toContain("ann@example.com");
  expect(worker.seen).toHaveLength(1);
  expect(everyone.progress).toMatchObject({ state: "failed", resume: "after-1" });
  expect(await idsOf(intercom.contacts.export({ resume: everyone.progress.resume }))).toEqual(["2"]);
  expect(queries()[1]).toMatchObject({ resume: "after-1" });
});

test("a failed marker without errors is an error", async () => {
  for (const errors of [[], null, undefined, [null, 7]]) {
    answering(stream([lines(marker(0), marker(0, { state: "failed", resume: null, errors }))]));
    expect(await outcome(intercom.contacts.export())).toMatchObject({ name: "UpstreamError", code: null });
  }
});

test("a line that is no row and no marker ends the export, and is not quoted", async () => {
  const secret = "ann@example.com";
  for (const bad of [
    `{"id":"1","email":"${secret}`,
    `<html>${secret}</html>`,
    `"${secret}"`,
    "null",
    "7",
    `["${secret}"]`,
    JSON.stringify(marker(1, { state: secret })),
    JSON.stringify(marker(secret)),
    JSON.stringify(marker(1, { resume: { secret } })),
    JSON.stringify(marker(1, { next: 7 })),
    JSON.stringify(marker(1, { state: "failed", errors: secret })),
  ]) {
    answering(stream([`${lines(marker(0), row(1), marker(1))}${bad}\n`], "open"));
    const everyone = intercom.contacts.export();
    const thrown = await outcome(everyone);
    expect(thrown, bad).toMatchObject({ name: "UpstreamError", status: 200, code: "unreadable" });
    expect(`${thrown.message} ${thrown.stack} ${thrown.cause} ${JSON.stringify(thrown.errors)}`).not.toContain(secret);
    expect(worker.seen).toHaveLength(1);
    expect(everyone.progress.rows).toBe(1);
    await closed();
  }
  // Rows before the first marker.
  answering(stream([lines(row(1), row(2))], "open"));
  expect(await outcome(intercom.contacts.export())).toMatchObject({ code: "unreadable" });
  await closed();
});

test("an abort throws the signal's reason and ends the request, wherever the export is", async () => {
  const page = stream([lines(marker(0), row(1), row(2), marker(2))], "open");
  const cases = {
    "before the headers": { answer: silent },
    "within the stream": { answer: page },
    "between two connections": { answer: broken },
    "in the loop's body": { answer: page, body: (abort) => abort() },
    "in onProgress": { answer: page, onProgress: () => new Promise(() => {}) },
  };
  for (const [where, { answer, body, onProgress }] of Object.entries(cases)) {
    for (const reason of [new Error("enough"), "enough", 7]) {
      answering(answer);
      const controller = new AbortController();
      const abort = () => controller.abort(reason);
      const timer = setTimeout(abort, 120);
      const rows = [];
      const thrown = await (async () => {
        for await (const { id } of intercom.contacts.export({ signal: controller.signal, onProgress })) {
          rows.push(id);
          body?.(abort);
        }
      })().catch((thrown) => thrown);
      expect(thrown, where).toBe(reason);
      clearTimeout(timer);
      if (body) expect(rows).toEqual(["1"]);
      await closed();
    }
  }
  answering(page);
  const aborted = intercom.contacts.export({ signal: AbortSignal.abort("gone") });
  expect(await outcome(aborted)).toBe("gone");
  expect(worker.seen).toEqual([]);
});

test("break ends the request, and the next iteration starts from the beginning", async () => {
  const page = stream([lines(marker(8), row(1), row(2), marker(10))], "open");
  answering(page);
  const everyone = intercom.contacts.export({ resume: "from-before" });
  for (const round of [1, 2]) {
    for await (const { id } of everyone) if (id === "2") break;
    await closed();
    expect(queries()).toEqual(Array(round).fill({ of: "contacts", markers: "true", resume: "from-before" }));
  }
  expect(everyone.progress).toEqual(marker(8));
  // An error in the loop ends the request, too.
  const mine = new Error("mine");
  const loop = async () => {
    for await (const { id } of everyone) if (id === "1") throw mine;
  };
  await expect(loop()).rejects.toBe(mine);
  await closed();
});

test("an error of onProgress is passed on, and is never taken for a broken connection", async () => {
  for (const reason of [new NetworkError("mine"), "mine"]) {
    for (const onProgress of [
      () => Promise.reject(reason),
      () => {
        throw reason;
      },
    ]) {
      answering(stream([lines(marker(0), row(1))], "open"));
      expect(await outcome(intercom.contacts.export({ onProgress }))).toBe(reason);
      expect(worker.seen).toHaveLength(1);
      await closed();
    }
  }
});

test("a slow reader holds the Worker back", async () => {
  const wide = row(1, { name: "x".repeat(10_000) });
  const page = lines(...Array(100).fill(wide), marker(100));
  let written = 0;
  answering((response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" }).write(line(marker(0)));
    const fill = () => {
      while (!response.destroyed) {
        written += page.length;
        if (!response.write(page)) return;
      }
    };
    response.on("drain", fill);
    fill();
  });
  const rows = intercom.contacts.export()[Symbol.asyncIterator]();
  await rows.next();
  let before;
  await vi.waitFor(
    () => {
      const last = before;
      before = written;
      expect(written).toBe(last);
    },
    { interval: 300, timeout: 10_000 },
  );
  // What the sockets' buffers hold.
  expect(before).toBeLessThan(30_000_000);
  for (let count = 0; count < 10_000; count++) await rows.next();
  expect(written).toBeGreaterThan(before);
  await rows.return();
  await closed();
});

test("a stream that is silent for a minute is opened again; a loop that takes longer is not silence", async () => {
  answering(
    stream([lines(marker(0), row(1), marker(1))], "open"),
    stream([lines(marker(1), row(2), marker(2), done(2))]),
  );
  hurry();
  const started = performance.now();
  expect(await idsOf(intercom.contacts.export())).toEqual(["1", "2"]);
  expect(performance.now() - started).toBeGreaterThan(600);
  await closed();

  const { setTimeout } = globalThis;
  const page = [lines(marker(0), row(1), marker(1))];
  answering(async (response) => {
    await stream(page, "open")(response);
    setTimeout(() => response.end(line(done(1))), 90_000);
  });
  for await (const _ of intercom.contacts.export()) await new Promise((resolve) => setTimeout(resolve, 80_000));
  expect(worker.seen).toHaveLength(1);
});

test("what is exported is in the query", async () => {
  const since = new Date("2026-01-01T00:00:00.900Z");
  for (const [make, query] of [
    [() => intercom.contacts.export(), { of: "contacts" }],
    [() => intercom.contacts.export(null), { of: "contacts" }],
    [() => intercom.users.export(), { of: "contacts", role: "user" }],
    [() => intercom.leads.export(), { of: "contacts", role: "lead" }],
    [() => intercom.companies.export(), { of: "companies" }],
    [() => intercom.conversations.export({ since: 7 }), { of: "conversations", since: "7" }],
    [
      () => intercom.contacts.export({ fields: ["email", "custom_attributes.a b"] }),
      { fields: "email,custom_attributes.a b" },
    ],
    [() => intercom.contacts.export({ since }), { since: "1767225600" }],
    [() => intercom.contacts.export({ since: 1767225600.9 }), { since: "1767225600" }],
    [() => intercom.contacts.export({ since: "2026-01-01T00:00:00Z" }), { since: "1767225600" }],
    [() => intercom.contacts.export({ since: "1767225600" }), { since: "1767225600" }],
    [() => intercom.contacts.export({ since: "token+/=&", overlap: 0 }), { since: "token+/=&", overlap: "0" }],
    [() => intercom.contacts.export({ resume: "r&1" }), { resume: "r&1" }],
    [() => intercom.users.changedSince(since), { role: "user", since: "1767225600" }],
    [() => intercom.contacts.changedSince("token", { overlap: 60, since: "other" }), { since: "token", overlap: "60" }],
  ]) {
    answering(stream([lines(marker(0), done(0))]));
    expect(await idsOf(make())).toEqual([]);
    expect(queries(), `${make}`).toEqual([{ of: "contacts", markers: "true", ...query }]);
  }
  answering(stream([lines(marker(0), done(0))]));
  await idsOf(intercom.contacts.export({ headers: { "x-trace": "1" } }));
  expect(worker.seen[0].headers["x-trace"]).toBe("1");
});

test("a CSV file comes as fetch gives it", async () => {
  const file = "id,email\r\n1,ann@example.com\r\n";
  answering(text(200, file, { "content-type": "text/csv; charset=utf-8; header=present" }));
  const users = intercom.users.export({ fields: ["email"], since: "token", overlap: 60, headers: { "x-trace": "1" } });
  const response = await users.csv();
  expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
  expect(await response.text()).toBe(file);
  const query = { of: "contacts", role: "user", format: "csv", fields: "email", since: "token", overlap: "60" };
  expect(queries()).toEqual([query]);
  expect(worker.seen[0].headers["x-trace"]).toBe("1");
  expect(users.progress).toBeUndefined();

  answering(error(403, { code: "forbidden" }));
  await expect(users.csv()).rejects.toMatchObject({ name: "ForbiddenError" });
  await expect(intercom.users.export({ resume: "r" }).csv()).rejects.toMatchObject({
    name: "ArgumentError",
    argument: "resume",
  });

  await expect(users.csv("x")).rejects.toMatchObject({ name: "ArgumentError", argument: "options" });

  // An abort ends the body, too.
  answering((response) => response.writeHead(200, { "content-type": "text/csv" }).write("id\r\n"));
  for (const where of ["export", "csv"]) {
    const controller = new AbortController();
    const options = (place) => (place === where ? { signal: controller.signal } : undefined);
    const { body } = await intercom.contacts.export(options("export")).csv(options("csv"));
    const reader = body.getReader();
    await reader.read();
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
    await closed();
  }
});

test("an export says at once what is wrong with its options, and sends nothing", () => {
  const bad = {
    options: [7, "x", true, [], () => {}, Symbol("x")].map((options) => [options]),
    fields: ["email", [], [""], ["a,b"], [7], ["\ud800"], null, {}, new Set(["a"])],
    since: [null, "", NaN, Infinity, new Date(NaN), Date.now(), "2026-13-45", {}, [], true, 7n, "\ud800"],
    overlap: [-1, 86_401, 1.5, "60", NaN, null],
    resume: ["", null, 7, {}, "\ud800"],
    onProgress: [null, "x", {}],
    retries: [-1, 1.5, "5", NaN, null],
    signal: [null, {}, "x"],
    headers: [{ "a b": "1" }, { a: "€" }],
  };
  for (const [argument, values] of Object.entries(bad)) {
    for (const value of values) {
      const options = argument === "options" ? value[0] : { [argument]: value };
      for (const resource of ["contacts", "users", "companies", "conversations"]) {
        expect(() => intercom[resource].export(options), argument).toThrow(
          expect.objectContaining({ name: "ArgumentError", argument }),
        );
      }
    }
  }
  for (const since of [undefined, null]) {
    expect(() => intercom.contacts.changedSince(since)).toThrow(expect.objectContaining({ argument: "since" }));
  }
  expect(() => intercom.contacts.changedSince(1, "x")).toThrow(expect.objectContaining({ argument: "options" }));
  expect(worker.seen).toEqual([]);
});

test("the entry without import() exports, too", async () => {
  answering(stream([lines(...PAGES)]));
  const everyone = new static_.Intercom({ baseUrl: worker.url, auth: "key" }).contacts.export();
  expect(await idsOf(everyone)).toEqual(["1", "2", "3", "4"]);
});

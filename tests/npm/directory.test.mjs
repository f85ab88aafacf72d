// The directory's side in the package, with a stand-in for the Worker and an engine in JavaScript: loading, connections
// that break, changes, crashes, and the end of a directory.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Intercom } from "intercom-edge";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { offsetsOf } from "../../dist/directory/time-zone.js";
import { weightsOf } from "../../dist/directory/text-order.js";
import { effectsOf } from "../../dist/directory/live-effects.js";
import { engines } from "./directory-engine.mjs";

const { WebSocketServer, WebSocket } = createRequire(createRequire(import.meta.url).resolve("miniflare"))("ws");

const run = promisify(execFile);

const contact = (id, more) => ({ type: "contact", id: String(id), role: "user", custom_attributes: {}, ...more });
const marker = (rows, more) => ({
  type: "edge.export",
  state: "running",
  rows,
  total: 4,
  ranges_done: rows,
  ranges: 4,
  resume: `after-${rows}`,
  next: null,
  ...more,
});
const done = (rows, more) => marker(rows, { state: "done", resume: null, next: `token-${rows}`, ...more });
const removal = (id) => ({ type: "edge.removal", id, reason: "deleted", merged_into: null, at: 7 });
const lines = (...objects) => objects.map((object) => `${JSON.stringify(object)}\n`).join("");
const PEOPLE = [contact(1, { name: "Ann" }), contact(2, { name: "Bob" }), contact(3, { name: "Cy" })];

/** A stand-in for the Worker. `exports` answers exports by their query; the other answers are by path. */
async function workerStandIn() {
  const state = { origin: "", url: "", run: "", seen: [], sockets: new Set() };
  let runs = 0;
  const answer = (response, status, body) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  state.failing = (status) => (_, response) =>
    answer(response, status, { type: "error.list", errors: [{ code: "x" }] });
  state.streaming =
    (text, { end = true } = {}) =>
    (_, response) => {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write(text);
      if (end === true) response.end();
      if (end === "break") setTimeout(() => response.socket.destroy(), 30);
    };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { pathname: path, searchParams } = new URL(request.url, "http://worker.example");
    // Requests of earlier tests may still arrive.
    if (!path.startsWith(`/${state.run}/`)) return answer(response, 404, {});
    const pathname = path.slice(state.run.length + 1);
    const query = Object.fromEntries(searchParams);
    const name = pathname === "/edge/export" ? (query.of ?? "contacts") : pathname;
    state.seen.push({ name, query, body: body && JSON.parse(body) });
    const handler =
      state.answers[query.since === undefined ? name : "changes"] ?? state.answers[pathname.split("/")[1]];
    const one = Array.isArray(handler) ? (handler.length > 1 ? handler.shift() : handler[0]) : handler;
    if (one) return one({ query, body: body && JSON.parse(body), pathname }, response);
    return answer(response, 404, { type: "error.list", errors: [{ code: "not_found" }] });
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (opened) => {
      state.sockets.add(opened);
      opened.on("close", () => state.sockets.delete(opened));
      opened.send(JSON.stringify({ type: "edge.ready", id: "log-0" }));
    });
  });
  let events = 0;
  state.publish = (topic, item, more) => {
    const fields = { type: "edge.event", id: `log-${++events}`, created_at: 1, notification_id: null, outdated: false };
    for (const socket of state.sockets) socket.send(JSON.stringify({ ...fields, topic, item, ...more }));
  };
  state.answer = answer;
  await once(server.listen(0, "127.0.0.1"), "listening");
  state.origin = `http://127.0.0.1:${server.address().port}`;
  state.close = () => {
    for (const socket of state.sockets) socket.terminate();
    server.closeAllConnections();
    server.close();
  };
  state.reset = () => {
    for (const socket of state.sockets) socket.terminate();
    state.run = `run-${++runs}`;
    state.url = `${state.origin}/${state.run}`;
    const list = (items) => (_, response) => answer(response, 200, { type: "list", data: items, pages: {} });
    Object.assign(state, {
      seen: [],
      list,
      answers: {
        contacts: state.streaming(lines(marker(0), ...PEOPLE, marker(3), done(3))),
        changes: state.streaming(lines(marker(0), done(0, { removals: "unknown", next: "token-next" }))),
        companies: state.streaming(lines(marker(0, { resume: null }), { id: "9", name: "Acme" }, done(1))),
        "/tags": list([{ type: "tag", id: "7", name: "vip" }]),
        "/contacts/search": list([]),
        "/edge/live/tickets": (_, response) =>
          answer(response, 201, { type: "edge.ticket", ticket: "t", expires_at: Math.floor(Date.now() / 1000) + 30 }),
      },
    });
  };
  return state;
}

let worker;
let intercom;
let engine;
beforeAll(async () => {
  worker = await workerStandIn();
});
afterAll(() => worker.close());
beforeEach(() => {
  worker.reset();
  intercom = new Intercom({ baseUrl: worker.url, auth: "key-of-a-caller" });
  engine = engines();
});
afterEach(() => vi.restoreAllMocks());

/** Opens a directory that is closed after the test. */
async function open(options) {
  const directory = await intercom.directory({ worker: engine.worker, WebSocket, refreshInterval: 50, ...options });
  onTestFinished(() => directory.close());
  return directory;
}
const opened = async (options) => {
  const directory = await open(options);
  await directory.loaded();
  return directory;
};
const seen = (name) => worker.seen.filter((request) => request.name === name);
const namesIn = async (directory, query) => {
  const result = await directory.search(query);
  return (await result.slice(0, 10)).map(({ name }) => name);
};

describe("loading", () => {
  test("it loads the fields that it keeps, and is then complete", async () => {
    const directory = await opened();
    expect(directory.complete).toBe(true);
    expect(directory.progress).toMatchObject({ state: "complete", contacts: 3, memory: 3000, skipped: 3, total: null });
    const [{ query }] = seen("contacts");
    expect(query.fields.split(",")).toEqual(expect.arrayContaining(["name", "custom_attributes", "location.country"]));
    expect(await namesIn(directory, "")).toEqual(["Ann", "Bob", "Cy"]);
    expect(engine.workers[0].program.options.fields).toBeNull();
  });

  test("chosen fields and searched fields are loaded and kept", async () => {
    await opened({ fields: ["name", "custom_attributes.plan"], search: ["custom_attributes.city"], budget: 1e6 });
    const fields = ["name", "custom_attributes.plan", "custom_attributes.city"];
    expect(seen("contacts")[0].query.fields).toBe(fields.join());
    expect(engine.workers[0].program.options).toEqual({ fields, search: ["custom_attributes.city"], budget: 1e6 });
    expect(seen("/tags")).toEqual([]);
  });

  test("a broken connection is continued after the last marker, without its half line", async () => {
    const [a, b, c] = PEOPLE;
    worker.answers.contacts = [
      worker.streaming(`${lines(marker(0), a, marker(1), b)}{"id":"ha`, { end: "break" }),
      worker.streaming(lines(marker(1), b, c, marker(3), done(3))),
    ];
    const directory = await opened();
    expect(await namesIn(directory, "")).toEqual(["Ann", "Bob", "Cy"]);
    const [first, second] = seen("contacts").map(({ query }) => query.resume);
    expect([first, second]).toEqual([undefined, "after-1"]);
    expect(engine.workers[0].program.seen).toBeUndefined();
  });

  test("a Worker that fails for a while gets the request again, and progress has the error meanwhile", async () => {
    worker.answers.contacts = [worker.failing(500), worker.streaming(lines(marker(0), ...PEOPLE, done(3)))];
    const directory = await open({ refreshInterval: 500 });
    await vi.waitFor(() => expect(directory.progress.error?.status).toBe(500));
    await directory.loaded();
    expect(directory.progress.error).toBeUndefined();
  });

  test("a position that the Worker no longer knows has the load begin again", async () => {
    worker.answers.contacts = [
      worker.streaming(lines(marker(0), PEOPLE[0], marker(1)), { end: "break" }),
      worker.failing(400),
      worker.streaming(lines(marker(0), ...PEOPLE.slice(1), done(2))),
    ];
    const directory = await opened();
    expect(await namesIn(directory, "")).toEqual(["Bob", "Cy"]);
  });

  test("an error that stays ends the loading: loaded() throws it, and searches still work", async () => {
    worker.answers.contacts = worker.failing(403);
    const directory = await open();
    await expect(directory.loaded()).rejects.toMatchObject({ name: "ForbiddenError" });
    expect(directory.progress).toMatchObject({ state: "failed", error: { status: 403 } });
    expect((await directory.search("")).total).toBe(0);
  });

  test("memory that does not suffice is an error that says what to do", async () => {
    engine.room = 2;
    const directory = await open({ budget: 1000 });
    const error = await directory.loaded().catch((thrown) => thrown);
    expect(error).toMatchObject({
      name: "IntercomError",
      code: "memory",
      message: expect.stringContaining("`budget`"),
    });
    expect(seen("contacts")).toHaveLength(1);
    expect(await namesIn(directory, "")).toEqual(["Ann", "Bob"]);
  });

  test("chunks are transferred, at most two before the first is processed", async () => {
    const many = Array.from({ length: 3000 }, (_, id) => contact(id, { name: "x".repeat(300) }));
    worker.answers.contacts = worker.streaming(lines(marker(0), ...many, done(3000)));
    let most = 0;
    const { worker: create } = engine;
    const directory = await opened({
      worker: () => {
        const made = create();
        const { postMessage } = made;
        let waiting = 0;
        made.postMessage = async (message, transfer) => {
          if (message.name === "feed") most = Math.max(most, ++waiting);
          await postMessage(message, transfer);
          if (message.name === "feed") waiting--;
        };
        return made;
      },
    });
    expect(directory.progress.contacts).toBe(3000);
    expect(engine.fed.length).toBeGreaterThan(3);
    expect(engine.transferred).toBe(engine.fed.length);
    expect(most).toBe(2);
  });

  test("a Web Worker that cannot be started is replaced by this thread", async () => {
    engine.refuses = true;
    const directory = await opened();
    expect(directory.progress).toMatchObject({ contacts: 3, inWorker: false });
    expect(engine.workers.map(({ terminated }) => terminated)).toEqual([true]);
    expect(await namesIn(directory, "bob")).toEqual(["Bob"]);
  });

  test("names are loaded beside, and those that the key may not read are left out", async () => {
    worker.answers.contacts = worker.streaming(
      lines(marker(0), contact(1, { tags: { data: [{ id: "7" }] } }), done(1)),
    );
    worker.answers.companies = worker.failing(403);
    const directory = await opened();
    await vi.waitFor(async () => {
      const [{ tags }] = await (await directory.search("")).slice(0, 1);
      expect(tags.data).toEqual([{ id: "7", name: "vip" }]);
    });
    await vi.waitFor(() => expect(seen("companies")).toHaveLength(1));
    expect(directory.progress).toMatchObject({ state: "complete", error: undefined });
  });

  test("the members of chosen segments are loaded, and again later", async () => {
    worker.answers["/segments"] = worker.list([{ type: "segment", id: "s1", name: "Active" }]);
    worker.answers["/contacts/search"] = [worker.list([PEOPLE[0]]), worker.list([PEOPLE[1]])];
    await opened({ fields: ["name"], segments: ["s1"], refreshInterval: 20 });
    const [{ program }] = engine.workers;
    expect(program.options.fields).toEqual(["name", "segments"]);
    await vi.waitFor(() => expect(engine.members.length).toBeGreaterThan(1));
    const [first, second] = engine.members;
    expect([first, second]).toEqual([
      ["s1", ["1"]],
      ["s1", ["2"]],
    ]);
    expect(program.names_.segments).toEqual({ s1: "Active" });
    expect(seen("/contacts/search")[0].body.query).toEqual({ field: "segment_id", operator: "=", value: "s1" });
  });

  test("the entry without import() has none, and says what to do", async () => {
    const code = `import { Intercom } from "intercom-edge/static";
      const intercom = new Intercom({ baseUrl: "https://edge.example" });
      intercom.directory().catch(({ code, message }) => console.log(code, message));`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", code], { cwd: root });
    expect(stdout).toMatch(/^unsupported .*import intercom-edge in a page or in Node\n$/);
  });

  test("invalid options are rejected before anything is sent", async () => {
    for (const [argument, options] of [
      ["of", { of: "companies" }],
      ["fields", { fields: [] }],
      ["fields", { fields: "name" }],
      ["search", { search: ["a,b"] }],
      ["segments", { segments: "s1" }],
      ["keep", { keep: "disk" }],
      ["budget", { budget: 0 }],
      ["locale", { locale: "not a locale" }],
      ["timeZone", { timeZone: "Mars/Phobos" }],
      ["refreshInterval", { refreshInterval: "often" }],
      ["worker", { worker: {} }],
      ["options", 7],
    ]) {
      await expect(intercom.directory(options)).rejects.toMatchObject({ name: "ArgumentError", argument });
    }
    expect(worker.seen).toEqual([]);
  });
});

describe("searches", () => {
  test("filters become the engine's query, with exact times in both levels", async () => {
    const directory = await opened();
    const after = new Date("2026-01-01T10:00:30Z");
    await directory.search({
      text: "an",
      where: { or: [{ created_at: { after } }, { custom_attributes: { plan: "pro" } }] },
      sort: { field: "created_at", order: "descending" },
    });
    expect(engine.opened.at(-1)).toEqual({
      text: "an",
      where: {
        operator: "OR",
        value: [
          { field: "created_at", operator: ">", value: 1767261630 },
          { field: "custom_attributes.plan", operator: "=", value: "pro" },
        ],
      },
      sort: [{ field: "created_at", order: "descending" }],
      limit: null,
    });
    await directory.search({ where: {} });
    expect(engine.opened.at(-1)).toEqual({ text: "", where: null, sort: [], limit: null });
    await directory.search({ where: { query: { field: "id", operator: "=", value: "1" } } });
    expect(engine.opened.at(-1).where).toEqual({ field: "id", operator: "=", value: "1" });
  });

  test("a sort by text has the weights of the locale first", async () => {
    const directory = await opened({ locale: "sv" });
    const result = await directory.search({ sort: { field: "name" } });
    expect(engine.ranks).toEqual({ name: [2, 1, 3] });
    engine.ranks = {};
    await result.refresh();
    expect(engine.ranks).toEqual({ name: [2, 1, 3] });
  });

  test("a result has rows with their state, counts, values and ids", async () => {
    const people = [1, 2, 3].map((id) => contact(id, { name: `P${id}`, role: id < 3 ? "user" : null }));
    worker.answers.contacts = worker.streaming(lines(marker(0), ...people, done(3)));
    const directory = await opened({ timeZone: "Asia/Kolkata" });
    const result = await directory.search("P");
    expect(result).toMatchObject({ total: 3, typo: false, incomplete: 0 });
    expect(await result.ids()).toEqual(["1", "2", "3"]);
    engine.workers[0].program.contacts.delete("2");
    expect((await result.slice(1, 3)).map(({ id, state }) => [id, state])).toEqual([
      ["2", "removed"],
      ["3", "current"],
    ]);
    expect(await result.count({ by: "role" })).toEqual([
      { value: "user", count: 2 },
      { value: null, count: 1 },
    ]);
    expect(await result.values("role", { limit: 1 })).toEqual([{ value: "user", count: 2 }]);
    await result.count({ by: "created_at", per: "day", limit: 7 });
    expect(engine.counted.at(-1)).toEqual({
      field: "created_at",
      by: "day",
      limit: 7,
      time_zone_offsets: [[Number.MIN_SAFE_INTEGER, 19_800]],
    });
    expect(await result.changes()).toEqual({ changed: 0, removed: 0, added: true });
    await result.refresh();
    expect(result.total).toBe(2);
    result.close();
    await expect(result.slice(0, 1)).rejects.toMatchObject({ name: "IntercomError", code: "closed" });
    await expect((await directory.search("")).slice(-1, 2)).rejects.toMatchObject({ argument: "from" });
  });

  test("an invalid query is rejected with the name of the part", async () => {
    const directory = await opened();
    for (const [argument, query] of [
      ["text", { text: 7 }],
      ["query", 7],
      ["where", { where: [] }],
      ["sort", { sort: [{ field: "a" }, { field: "b" }, { field: "c" }] }],
      ["sort[0].order", { sort: { field: "name", order: "up" } }],
      ["sort[0].field", { sort: { order: "ascending" } }],
      ["name.like", { where: { name: { like: "x" } } }],
      ["filter", { filter: {} }],
      ["shoe_size", { where: { shoe_size: 43 } }],
    ]) {
      await expect(directory.search(query)).rejects.toMatchObject({ name: "ArgumentError", argument });
    }
  });

  test("until it is complete, Intercom is searched too, and its contacts are stored", async () => {
    worker.answers.contacts = worker.streaming(lines(marker(0), PEOPLE[0], marker(1)), { end: false });
    worker.answers["/contacts/search"] = worker.list([contact(8, { name: "Zoe Lee" })]);
    const directory = await open();
    expect(await namesIn(directory, { text: "Zoe", where: { role: "user" } })).toEqual(["Zoe Lee"]);
    const [{ body }] = seen("/contacts/search");
    const contains = (field) => ({ field, operator: "~", value: "Zoe" });
    expect(body.query.value).toEqual([
      { field: "role", operator: "=", value: "user" },
      { operator: "OR", value: [contains("name"), contains("email")] },
    ]);
    worker.answers["/contacts/search"] = worker.failing(429);
    expect(await namesIn(directory, "Ann")).toEqual(["Ann"]);
    expect(seen("/contacts/search")).toHaveLength(2);
    await directory.search({});
    expect(seen("/contacts/search")).toHaveLength(2);
    // A query that Intercom does not support.
    const or = [{ created_at: { after: 7 } }];
    await directory.search({ where: { or } });
    expect(seen("/contacts/search")).toHaveLength(2);
  });

  test("while contacts are loaded, Intercom is searched once for each query", async () => {
    worker.answers.contacts = worker.streaming(lines(marker(0), PEOPLE[0], marker(1)), { end: false });
    worker.answers["/contacts/search"] = worker.list([contact(8, { name: "Zoe Lee" })]);
    const directory = await open();
    for (const text of ["Zoe", "Ann", "Zoe", "Ann"]) await directory.search(text);
    expect(seen("/contacts/search")).toHaveLength(2);
    expect(await namesIn(directory, "Zoe")).toEqual(["Zoe Lee"]);
  });

  test("an invalid value or an exception rejects the call, and the engine goes on", async () => {
    const directory = await opened();
    const result = await directory.search("");
    for (const [argument, options] of [
      ["by", { by: 7 }],
      ["per", { by: "name", per: "year" }],
      ["limit", { by: "name", limit: 10n }],
    ]) {
      await expect(result.count(options)).rejects.toMatchObject({ name: "ArgumentError", argument });
    }
    await expect(result.values("name", { limit: -1 })).rejects.toMatchObject({ argument: "limit" });
    const query = { field: "created_at", operator: ">", value: 10n };
    await expect(directory.search({ where: { query } })).rejects.toMatchObject({ argument: "where" });
    engine.workers[0].program.ids = () => JSON.stringify(10n);
    await expect(result.ids()).rejects.toMatchObject({ name: "ArgumentError" });
    expect((await directory.search("")).total).toBe(3);
    expect(engine.workers).toHaveLength(1);
  });

  test("when it is complete, no search sends a request", async () => {
    const directory = await opened();
    await sleep(50);
    const before = seen("/contacts/search").length;
    await directory.search({ text: "Ann", where: { role: "user" } });
    expect(seen("/contacts/search")).toHaveLength(before);
  });
});

describe("changes", () => {
  const changes = (...objects) => worker.streaming(lines(...objects));

  test("where no webhooks arrive, changes are requested regularly, each time since the last time", async () => {
    worker.answers.changes = [
      changes(marker(0), done(0, { removals: "unknown", next: "token-a" })),
      changes(
        marker(0),
        contact(2, { name: "Robert" }),
        removal("3"),
        done(1, { removals: "unknown", next: "token-b" }),
      ),
      changes(marker(0), done(0, { removals: "unknown", next: "token-c" })),
    ];
    const directory = await opened();
    await vi.waitFor(async () => expect(await namesIn(directory, "")).toEqual(["Ann", "Robert"]));
    await vi.waitFor(() => expect(seen("contacts").length).toBeGreaterThan(4));
    const since = seen("contacts").map(({ query }) => query.since);
    expect(since.slice(0, 5)).toEqual([undefined, "token-3", "token-a", "token-b", "token-c"]);
    expect(seen("/edge/live/tickets")).toEqual([]);
    expect(directory.progress.live).toBe(false);
  });

  test("an event during an export is applied after it, because it is newer", async () => {
    const end = done(1, { removals: "complete" });
    worker.answers.changes = changes(marker(0), end);
    const directory = await opened({ refreshInterval: 20 });
    await vi.waitFor(() => expect(directory.progress.live).toBe(true));
    await sleep(50);
    let hasEnded = false;
    const slow = async (_, response) => {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write(lines(marker(0)));
      worker.publish("contact.user.updated", contact(1, { name: "New" }));
      await sleep(100);
      response.end(lines(contact(1, { name: "Old" }), end));
      hasEnded = true;
    };
    worker.answers.changes = [slow, changes(marker(0), end)];
    await vi.waitFor(() => expect(hasEnded).toBe(true));
    await sleep(100);
    expect(await namesIn(directory, "")).toEqual(["New", "Bob", "Cy"]);
  });

  test("live events change contacts, and then nothing is requested regularly", async () => {
    worker.answers.changes = changes(marker(0), done(0, { removals: "complete" }));
    worker.answers["/contacts/2"] = (_, response) => worker.answer(response, 200, contact(2, { name: "Bobby" }));
    const directory = await opened({ refreshInterval: 400 });
    await vi.waitFor(() => expect(directory.progress.live).toBe(true));
    const { version } = directory.progress;
    worker.publish("contact.user.updated", contact(1, { name: "Anna" }));
    worker.publish("contact.deleted", { type: "contact", id: "3" });
    worker.publish("contact.user.tag.created", {
      type: "contact_tag",
      tag: { id: "8", name: "new" },
      contact: contact(2),
    });
    await vi.waitFor(async () => expect(await namesIn(directory, "")).toEqual(["Anna", "Bobby"]), { timeout: 5000 });
    expect(engine.workers[0].program.names_.tags[8]).toBe("new");
    await vi.waitFor(() => expect(directory.progress.version).toBeGreaterThan(version));
    const requested = seen("contacts").length;
    await sleep(1000);
    expect(seen("contacts")).toHaveLength(requested);
    for (const socket of worker.sockets) socket.terminate();
    await vi.waitFor(() => expect(directory.progress.live).toBe(false));
  });

  test("while live events arrive, changes without an event are still requested, ten times less often", async () => {
    worker.answers.changes = changes(marker(0), done(0, { removals: "complete" }));
    const directory = await opened({ refreshInterval: 40 });
    await vi.waitFor(() => expect(directory.progress.live).toBe(true));
    await sleep(100);
    const before = seen("contacts").length;
    worker.answers.changes = changes(marker(0), contact(2, { name: "Bulk" }), done(1, { removals: "complete" }));
    await vi.waitFor(async () => expect(await namesIn(directory, "Bulk")).toEqual(["Bulk"]), { timeout: 5000 });
    expect(seen("contacts").length).toBeLessThan(before + 4);
  });

  test("without permission to read live events, changes are requested regularly", async () => {
    worker.answers.changes = changes(marker(0), done(0, { removals: "complete" }));
    worker.answers["/edge/live/tickets"] = worker.failing(403);
    const directory = await opened();
    await vi.waitFor(() => expect(seen("contacts").length).toBeGreaterThan(4));
    expect(seen("/edge/live/tickets")).toHaveLength(1);
    expect(directory.progress).toMatchObject({ state: "complete", live: false });
  });

  test("a token that the Worker no longer knows has all contacts loaded again", async () => {
    worker.answers.contacts = [
      worker.streaming(lines(marker(0), ...PEOPLE, done(3))),
      worker.streaming(lines(marker(0), PEOPLE[0], done(1))),
    ];
    worker.answers.changes = [worker.failing(400), changes(marker(0), done(0, { removals: "unknown" }))];
    const directory = await opened();
    await vi.waitFor(async () => expect(await namesIn(directory, "")).toEqual(["Ann"]));
    expect(directory.complete).toBe(true);
  });

  test.each([
    ["contact.user.created", contact(1), { put: contact(1), remove: [] }],
    ["contact.unarchive", contact(1), { put: contact(1), remove: [] }],
    ["contact.deleted", { type: "contact", id: "1" }, { remove: ["1"] }],
    ["contact.archived", contact(1), { remove: ["1"] }],
    ["contact.merged", { ...contact(1), merged_from: { id: "2" } }, { remove: ["2"] }],
    ["contact.subscribed", { type: "subscription", contact: contact(1) }, { load: "1", remove: [] }],
    ["contact.lead.tag.deleted", { contact: contact(1), tag: { id: "7" } }, { load: "1" }],
    ["company.contact.attached", { company: { id: "9", name: "A" }, contact: { id: "1" } }, { load: "1" }],
    ["company.updated", { type: "company", id: "9", name: "A" }, { names: { set: "companies" }, remove: [] }],
    ["user.created", { type: "user", id: "1", user_id: "x" }, { load: "1", remove: [] }],
    ["user.deleted", { type: "user", id: "1" }, { remove: ["1"] }],
    ["contact.user.updated", "no object", { remove: [] }],
  ])("%s", (topic, item, effects) => {
    expect(effectsOf({ topic, item, outdated: false })).toMatchObject(effects);
  });

  test("an outdated event has the contact loaded, and still removes", () => {
    expect(effectsOf({ topic: "contact.user.updated", item: contact(1), outdated: true })).toEqual({
      load: "1",
      remove: [],
    });
    expect(effectsOf({ topic: "contact.deleted", item: { id: "1" }, outdated: true })).toEqual({ remove: ["1"] });
  });
});

describe("the subscription", () => {
  test("the snapshot is the same object until something changes, at most four times a second", async () => {
    const many = Array.from({ length: 200 }, (_, id) => contact(id));
    worker.answers.contacts = async (_, response) => {
      response.writeHead(200, { "content-type": "application/x-ndjson" });
      response.write(lines(marker(0)));
      for (const [index, one] of many.entries()) {
        response.write(lines(one, marker(index + 1)));
        await sleep(5);
      }
      response.end(lines(done(200)));
    };
    const directory = await open();
    const began = performance.now();
    const snapshots = [];
    const stop = directory.subscribe(() => snapshots.push(directory.getSnapshot()));
    expect(directory.getSnapshot()).toBe(directory.getSnapshot());
    await directory.loaded();
    expect(snapshots.length).toBeGreaterThan(2);
    expect(snapshots.length).toBeLessThanOrEqual((performance.now() - began) / 250 + 2);
    expect(new Set(snapshots).size).toBe(snapshots.length);
    expect(snapshots.every(Object.isFrozen)).toBe(true);
    const counts = snapshots.map(({ contacts }) => contacts);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    stop();
    await directory.close();
    expect(snapshots.at(-1).state).not.toBe("closed");
  });
});

describe("the end", () => {
  test("close() ends the Web Worker and the requests; later calls say so", async () => {
    worker.answers.contacts = worker.streaming(lines(marker(0), PEOPLE[0], marker(1)), { end: false });
    const directory = await open();
    const result = await directory.search("");
    const loading = directory.loaded();
    await directory.close();
    await directory.close();
    expect(engine.workers[0].terminated).toBe(true);
    expect(directory.progress.state).toBe("closed");
    for (const call of [loading, directory.search("x"), result.slice(0, 1), directory.loaded()]) {
      await expect(call).rejects.toMatchObject({ name: "IntercomError", code: "closed" });
    }
    await sleep(100);
    const { length } = worker.seen;
    await sleep(200);
    expect(worker.seen).toHaveLength(length);
    await expect(directory.close({ forget: "yes" })).rejects.toMatchObject({ argument: "forget" });
  });

  test("a listener that throws does not stop the end", async () => {
    const report = vi.fn();
    vi.stubGlobal("reportError", report);
    onTestFinished(() => vi.unstubAllGlobals());
    const directory = await opened();
    const error = new Error("a fault of the page");
    directory.subscribe(() => {
      throw error;
    });
    const states = [];
    directory.subscribe(() => states.push(directory.progress.state));
    await directory.close();
    await vi.waitFor(() => expect(engine.workers[0].terminated).toBe(true));
    expect(report).toHaveBeenCalledWith(error);
    expect(states.at(-1)).toBe("closed");
  });

  test("a snapshot that cannot be deleted is an error, and other tabs close", async () => {
    const removeEntry = vi.fn(async () => {
      throw new DOMException("", "NotAllowedError");
    });
    vi.stubGlobal("navigator", { storage: { getDirectory: async () => ({ removeEntry }) } });
    onTestFinished(() => vi.unstubAllGlobals());
    const [directory, other] = [await opened({ keep: "opfs" }), await opened({ keep: "opfs" })];
    await expect(directory.close({ forget: true })).rejects.toMatchObject({ name: "IntercomError", code: "snapshot" });
    await vi.waitFor(() => expect(other.progress.state).toBe("closed"));
    await vi.waitFor(() => expect(engine.workers.map(({ terminated }) => terminated)).toEqual([true, true]));
    removeEntry.mockRejectedValue(new DOMException("", "NotFoundError"));
    await directory.close({ forget: true });
  });

  test("an abort closes it", async () => {
    const controller = new AbortController();
    const directory = await opened({ signal: controller.signal });
    controller.abort();
    expect(directory.progress.state).toBe("closed");
    const reason = new Error("left");
    await expect(open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("a 401 that stays is a sign-out: it closes by itself", async () => {
    const directory = await opened();
    worker.answers.changes = worker.failing(401);
    await vi.waitFor(() => expect(directory.progress.state).toBe("closed"));
    expect(directory.progress.error).toMatchObject({ name: "UnauthorizedError" });
    await vi.waitFor(() => expect(engine.workers[0].terminated).toBe(true));
    await expect(directory.search("")).rejects.toMatchObject({ name: "UnauthorizedError" });
  });
});

describe("crashes", () => {
  /** Has the engine trap by a contact that an event brings. */
  const live = { removals: "complete" };
  async function crashing() {
    worker.answers.changes = worker.streaming(lines(marker(0), done(0, live)));
    const directory = await opened();
    await vi.waitFor(() => expect(directory.progress.live).toBe(true));
    return directory;
  }

  test("after a trap it starts again and loads the contacts again; open results throw", async () => {
    const directory = await crashing();
    const result = await directory.search("");
    engine.traps = 1;
    worker.publish("contact.user.updated", contact(1));
    await vi.waitFor(() => expect(engine.workers).toHaveLength(2));
    expect(engine.workers[0].terminated).toBe(true);
    expect(directory.progress.error).toMatchObject({ name: "WebAssemblyError" });
    await expect(result.slice(0, 1)).rejects.toMatchObject({ name: "WebAssemblyError", code: "webassembly" });
    await directory.loaded();
    expect(await namesIn(directory, "")).toEqual(["Ann", "Bob", "Cy"]);
    expect(seen("contacts").filter(({ query }) => query.since === undefined)).toHaveLength(2);
  });

  test("a Web Worker that ends is replaced", async () => {
    const directory = await crashing();
    engine.workers[0].onerror({ message: "out of memory" });
    await vi.waitFor(() => expect(engine.workers).toHaveLength(2));
    await directory.loaded();
    expect((await directory.search("")).total).toBe(3);
  });

  test("a Web Worker that is silent for a minute is replaced, a busy page's is not", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => vi.useRealTimers());
    const directory = await opened();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(engine.workers).toHaveLength(1);
    engine.workers[0].isSilent = true;
    const search = directory.search("").catch((error) => error);
    await sleep(20);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await search).toMatchObject({ name: "WebAssemblyError" });
    await vi.waitFor(() => expect(engine.workers).toHaveLength(2));
  });

  test("after three restarts within ten minutes it gives up", async () => {
    const directory = await crashing();
    for (const index of [0, 1, 2]) {
      engine.workers[index].onerror({ message: "out of memory" });
      await vi.waitFor(() => expect(engine.workers).toHaveLength(index + 2));
      await directory.loaded();
    }
    engine.workers[3].onerror({ message: "out of memory" });
    await vi.waitFor(() => expect(directory.progress.state).toBe("failed"));
    await sleep(50);
    expect(engine.workers).toHaveLength(4);
    await expect(directory.search("")).rejects.toMatchObject({ name: "WebAssemblyError" });
    await expect(directory.loaded()).rejects.toBe(directory.progress.error);
  });
});

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Australia/Lord_Howe"])(
    "%s",
    (timeZone) => {
      const offsets = offsetsOf(timeZone);
      const parts = new Intl.DateTimeFormat("en", {
        timeZone,
        dateStyle: "short",
        timeStyle: "medium",
        hourCycle: "h23",
      });
      const local = (at) => Date.parse(`${parts.format(at * 1000)} UTC`) / 1000;
      const offsetAt = (at) => offsets.findLast(([from]) => from <= at)[1];
      // Each transition to the second, and times between.
      const times = offsets.slice(1).flatMap(([from]) => [from - 1, from, from + 86_400 * 40]);
      for (const at of [0, 1_000_000_000, 1_700_000_000, ...times])
        expect(offsetAt(at), String(at)).toBe(local(at) - at);
      expect(offsets.map(([from]) => from)).toEqual(offsets.map(([from]) => from).toSorted((a, b) => a - b));
    },
  );
});

describe("the order of texts", () => {
  const order = (text, locales) => {
    const weights = weightsOf(text, locales);
    return [...text].map((character, index) => [character, weights[index]]).sort((a, b) => a[1] - b[1]);
  };

  test("characters that differ by case or accents weigh the same, unless the language says otherwise", () => {
    const weights = (text, locale) => [...weightsOf(text, [locale])];
    expect(weights("bBéea", "en")).toEqual([2, 2, 3, 3, 1]);
    expect(weights("aåz", "en")).toEqual([1, 1, 2]);
    expect(weights("aåz", "sv")).toEqual([1, 3, 2]);
    expect(weights("", "en")).toEqual([]);
    expect(order("zя😀1", ["en"]).map(([character]) => character)).toEqual(["😀", "1", "z", "я"]);
  });
});

// Lists of messages: what each filter lets pass, in which order, and that SQLite reads no more rows than a
// list shows.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve, standIn } from "../gate.mjs";
import { email, send } from "../outbox.mjs";
import { dice } from "../soak/dice.mjs";
import { editing, inserting, rowsOf } from "../storage.mjs";
import { firstError } from "../worker.mjs";

const state = mkdtempSync(join(tmpdir(), "intercom-edge-state-"));
const COUNT = 3_000;
const NEWS = '{"name":"news","version":1}';
const BEGUN = Math.floor(Date.now() / 1000) * 1000 - 600_000;
const keys = {
  all: ["*"],
  operator: ["messages:admin"],
  ann: ["messages:read"],
  ben: ["messages:read", "conversations:read"],
  retries: ["messages:admin", "conversations:write"],
};

let intercom;
let it;
let messages;

beforeAll(async () => {
  intercom = await standIn();
  it = await serve("outbox-lists", intercom, { state, keys });
  await send(it, email());
  await it.restart(() => editing(state, fill));
  await it.ask("/edge/messages");
  messages = rowsOf(state, "message").sort((a, b) => b.created - a.created || b.number - a.number);
});
afterAll(async () => {
  await it?.stop();
  await intercom?.stop();
  rmSync(state, { recursive: true, force: true });
});

/** Messages of every state, kind, caller and batch; many in the same millisecond, as those of a batch are. */
function fill(database) {
  const random = dice(14);
  const insert = inserting(database);
  database.exec("BEGIN");
  const callers = { "b-ann": "ann", "b-ben": "ben", "b-over": "ann" };
  for (const [id, caller] of Object.entries(callers)) {
    insert("batch", {
      id,
      caller,
      fingerprint: id,
      created: BEGUN,
      finished: id === "b-over" ? BEGUN : null,
      paused: 1,
      template: NEWS,
      sender: "1",
      variables: "{}",
    });
  }
  for (let number = 0; number < COUNT; number += 1) {
    const batch = random.chance(0.4) ? random.one(Object.keys(callers)) : null;
    const ended = random.one(["sent", "sent", "failed", "unknown"]);
    insert("message", {
      id: `m-${number}`,
      caller: callers[batch] ?? random.one(["ann", "ben"]),
      batch,
      recipient: batch && `user_id:${number}`,
      state: batch && batch !== "b-over" && random.chance(0.3) ? "queued" : ended,
      kind: !batch && random.chance(0.3) ? "conversation" : "message",
      conversation: null,
      contact: batch ? `c-${number}` : `c-${random.below(5)}`,
      ...((batch || random.chance(0.2)) && { template: NEWS, template_name: "news" }),
      waits: 0,
      created: BEGUN + random.below(40) * 500,
      history: "[]",
      job: '"notification"',
      made: 0,
      body: Buffer.from("{}"),
    });
  }
  database.exec("COMMIT");
}

const list = async (query, as = "all") => {
  const { status, body, text } = await it.ask(`/edge/messages?${query}`, { as });
  expect(status, text).toBe(200);
  return body;
};

/** All pages of a list. */
async function pages(query, as) {
  const ids = [];
  for (let next = ""; next !== undefined; ) {
    const { data, pages } = await list(`per_page=150&${query}${next}`, as);
    ids.push(...data.map(({ id }) => id));
    next = pages.next ? `&starting_after=${pages.next.starting_after}` : undefined;
  }
  return ids;
}

/** All lines of an export. */
async function exported(query) {
  const { status, text } = await it.ask(`/edge/messages/export?${query}`);
  expect(status, text).toBe(200);
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line).id);
}

const second = (more) => BEGUN / 1000 + more;

describe("a list", () => {
  const queries = ["", "caller=ann", "contact_id=c-3", "template=news", "template=news&caller=ben"].flatMap((caller) =>
    ["", "state=sent", "state=queued", "state=unknown"].flatMap((state) =>
      ["", "batch_id=b-ann", "batch_id=b-ben", "batch_id=none"].flatMap((batch) =>
        ["", "kind=message", "kind=conversation"].flatMap((kind) =>
          [
            "",
            `created_after=${second(3)}`,
            `created_before=${second(9)}`,
            `created_after=${second(3)}&created_before=${second(9)}`,
          ].map((time) => [caller, state, batch, kind, time].filter(Boolean).join("&")),
        ),
      ),
    ),
  );

  const passes = (query) => {
    const asked = new URLSearchParams(query);
    const {
      caller,
      state,
      batch_id: batch,
      kind,
      created_after: after,
      created_before: before,
      contact_id: contact,
      template,
    } = Object.fromEntries(asked);
    return messages
      .filter(
        (one) =>
          (!caller || one.caller === caller) &&
          (!contact || one.contact === contact) &&
          (!template || one.template_name === template) &&
          (!state || one.state === state) &&
          (!batch || one.batch === batch) &&
          (!kind || one.kind === kind) &&
          (!after || Math.floor(one.created / 1000) > after) &&
          (!before || Math.floor(one.created / 1000) < before),
      )
      .map(({ id }) => id);
  };

  test.each(["", "caller=ann", "batch_id=b-ann", "state=unknown&kind=message", "contact_id=c-1", "template=news"])(
    "'%s' has every page, newest first",
    async (query) => {
      expect(await pages(query)).toEqual(passes(query));
      expect(await exported(query)).toEqual(passes(query));
    },
  );

  test(`each of ${queries.length} combinations of filters has what they let pass`, async () => {
    for (const query of queries) {
      const passing = passes(query);
      const first = await list(`per_page=20&${query}`);
      expect(
        first.data.map(({ id }) => id),
        query,
      ).toEqual(passing.slice(0, 20));
      expect(first.pages.next?.starting_after, query).toBe(passing.length > 20 ? passing[19] : undefined);
      const counted = (await it.ask(`/edge/messages/counts?${query}`)).body;
      expect([counted.type, counted.total], query).toEqual(["edge.message_counts", passing.length]);
      const { type, total, ...states } = counted;
      expect(
        Object.values(states).reduce((a, b) => a + b),
        query,
      ).toBe(total);
      if (passing.length <= 40) continue;
      const middle = Math.floor(passing.length / 2);
      const later = await list(`per_page=10&${query}&starting_after=${passing[middle]}`);
      expect(
        later.data.map(({ id }) => id),
        query,
      ).toEqual(passing.slice(middle + 1, middle + 11));
    }
  });

  test("after a message that it doesn't show is 400", async () => {
    const reply = messages.find(({ kind, caller }) => kind === "conversation" && caller === "ann").id;
    const bens = messages.find(({ caller }) => caller === "ben").id;
    for (const [as, id] of [
      ["ann", reply],
      ["ann", bens],
      ["operator", reply],
      ["all", "nothing"],
    ]) {
      const answer = await it.ask(`/edge/messages?starting_after=${id}`, { as });
      expect([answer.status, firstError(answer).field]).toEqual([400, "starting_after"]);
    }
  });
});

describe("replies", () => {
  const reply = (caller, state) =>
    messages.find((one) => one.kind === "conversation" && one.caller === caller && one.state === state).id;

  test("are listed to those who have conversations:read", async () => {
    const own = (caller) => messages.filter((one) => one.caller === caller);
    expect(await pages("", "ann")).toEqual(
      own("ann")
        .filter(({ kind }) => kind === "message")
        .map(({ id }) => id),
    );
    expect(await pages("", "ben")).toEqual(own("ben").map(({ id }) => id));
    expect(await pages("", "operator")).toEqual(messages.filter(({ kind }) => kind === "message").map(({ id }) => id));
    const answer = await it.ask("/edge/messages?kind=conversation", { as: "operator" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining("conversations:read"),
    ]);
  });

  test("are shown to them, and to others is 403, which names the scope", async () => {
    const [ann, ben] = [reply("ann", "sent"), reply("ben", "sent")];
    expect((await it.ask(`/edge/messages/${ben}`, { as: "ben" })).body).toMatchObject({
      id: ben,
      kind: "conversation",
      conversation_id: null,
    });
    for (const as of ["ann", "operator"]) {
      const answer = await it.ask(`/edge/messages/${ann}`, { as });
      expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
        403,
        expect.stringContaining("conversations:read"),
      ]);
    }
    expect((await it.ask(`/edge/messages/${ben}`, { as: "ann" })).status).toBe(404);
  });

  test("are sent again by those who have conversations:write besides messages:admin", async () => {
    const id = reply("ann", "unknown");
    const answer = await it.ask(`/edge/messages/${id}/retry`, { as: "operator", method: "POST" });
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining("conversations:write"),
    ]);
    expect(intercom.arrived.length).toBeLessThan(2);
    expect((await it.ask(`/edge/messages/${id}/retry`, { as: "retries", method: "POST" })).status).not.toBe(403);
  });
});

describe("SQLite", () => {
  // A test of list.rs holds this file against the statements that the Worker makes.
  const statements = readFileSync(new URL("outbox-lists.sql", import.meta.url), "utf8")
    .split(";\n\n")
    .filter(Boolean);

  test("finds each list in an index that has its order: no scan, no sort", () => {
    expect(statements.length).toBeGreaterThan(80);
    editing(state, (database) => {
      for (const statement of statements) {
        const values = [10, BEGUN, 0, "ann", '["sent"]', null, null, null, null];
        values.length = Math.max(...[...statement.matchAll(/\?(\d)/g)].map(([, number]) => Number(number)));
        const steps = database
          .prepare(`EXPLAIN QUERY PLAN ${statement}`)
          .all(...values)
          .map(({ detail }) => detail);
        const searches = steps.filter((step) => step.includes("message"));
        expect(steps.filter((step) => /SCAN message|TEMP B-TREE/.test(step))).toEqual([]);
        expect(searches.length).toBe(statement.split("UNION ALL").length);
        for (const search of searches)
          expect(search, statement).toMatch(
            statement.includes("listed_by_contact")
              ? /^SEARCH message USING INDEX listed_by_contact \(contact=\? AND created[=<>]/
              : /^SEARCH message USING COVERING INDEX listed\w* \(.*state=\? AND kind=\? AND created[=<>]/,
          );
        if (statement.includes("created = ?2"))
          for (const search of searches) expect(search).toMatch(/(number|rowid)<\?\)$/);
      }
    });
  });
});

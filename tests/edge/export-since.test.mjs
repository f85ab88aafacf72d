// Exports of what changed since a time, or since an earlier export.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { idsOf, readExport } from "../export.mjs";
import { serve } from "../gate.mjs";
import { everybody, intercom, reset } from "../sandbox.mjs";

const { SANDBOX_URL } = process.env;

let worker;
beforeAll(async () => {
  worker = await serve("export-since", { url: SANDBOX_URL });
});
beforeEach(() => reset({ contacts: 300, search_delay_ms: 0, limit_per_10s: 100_000 }));
afterAll(() => worker?.stop());

/** Reads an export that has to be complete: the ids, and the token of the next one. */
async function exported(query) {
  const { status, body, rows, markers } = await readExport(worker, { markers: "true", ...query });
  expect([status, markers.at(-1)?.state], JSON.stringify(body)).toEqual([200, "done"]);
  return { rows, ids: idsOf(rows), next: markers.at(-1).next, total: markers[0].total };
}

const rejected = async (query) => {
  const { status, body } = await readExport(worker, query);
  return [status, body?.errors[0].code, body?.errors[0].field];
};
const everyone = async () => [...(await everybody("user")), ...(await everybody("lead"))];
const change = (id) => intercom("PUT", `/contacts/${id}`, { name: `Changed ${Math.random()}` });
const create = () => intercom("POST", "/contacts", { email: `new-${Math.random()}@example.com` });
/** Waits for the next second: times have no fractions. */
const nextSecond = () => sleep(1_010 - (Date.now() % 1_000));
/** The content of a token, and the same token with other content. */
const opened = (token) => JSON.parse(Buffer.from(token, "base64url"))[1];
const forged = (token, change) =>
  Buffer.from(JSON.stringify([2, { ...opened(token), ...change }])).toString("base64url");

describe("a time", () => {
  test.each([-720, 0, 345, 840])(
    "is exact to the second, where the workspace is %i minutes ahead of UTC",
    async (utc_offset_minutes) => {
      await reset({ contacts: 300, search_delay_ms: 0, limit_per_10s: 100_000, utc_offset_minutes });
      const people = (await everyone()).sort((a, b) => a.updated_at - b.updated_at);
      for (const at of [0, 150, 290, 299]) {
        const { updated_at } = people[at];
        for (const since of [updated_at - 1, updated_at, updated_at + 1]) {
          const expected = people.filter((person) => person.updated_at > since);
          expect((await exported({ since })).ids).toEqual(idsOf(expected));
        }
      }
    },
  );

  test("may be in ISO 8601", async () => {
    const { updated_at } = (await everyone()).sort((a, b) => a.updated_at - b.updated_at)[200];
    const { ids } = await exported({ since: updated_at });
    expect(ids.length).toBeGreaterThan(50);
    const iso = new Date(updated_at * 1_000).toISOString();
    const tokyo = `${new Date((updated_at + 9 * 3_600) * 1_000).toISOString().slice(0, 19)}+09:00`;
    for (const since of [iso, tokyo, iso.replace(".000", "")]) expect((await exported({ since })).ids).toEqual(ids);
  });

  test("selects changes, merges and new people, with a role, too", async () => {
    const [one, two] = await everybody("user");
    const [lead, other] = await everybody("lead");
    await nextSecond();
    const since = Math.floor(Date.now() / 1_000) - 1;
    await change(one.id);
    await change(lead.id);
    await intercom("POST", "/contacts/merge", { from: other.id, into: two.id });
    const { id } = await create();
    expect((await exported({ since })).ids).toEqual([one.id, two.id, lead.id, id].sort());
    expect((await exported({ since, role: "lead" })).ids).toEqual([lead.id]);
    await intercom("POST", `/contacts/${one.id}/archive`);
    expect((await exported({ since, role: "user" })).ids).toEqual([two.id, id].sort());
  });

  test("selects conversations", async () => {
    const found = (await intercom("GET", "/conversations?per_page=150")).conversations;
    const { updated_at } = found.sort((a, b) => a.updated_at - b.updated_at)[20];
    const expected = found.filter((conversation) => conversation.updated_at > updated_at);
    expect((await exported({ of: "conversations", since: updated_at })).ids).toEqual(idsOf(expected));
  });

  test("in the future selects nothing", async () => {
    expect((await exported({ since: "2100-01-01" })).ids).toEqual([]);
  });

  test("works with CSV and with fields that leave the time out", async () => {
    const [{ id }] = await everybody("user");
    const since = Math.floor(Date.now() / 1_000) - 1;
    await change(id);
    expect((await exported({ since, fields: "email" })).ids).toEqual([id]);
    const answer = await worker.ask(`/edge/export?format=csv&fields=email&since=${since}`);
    expect(answer.text.split("\r\n")).toHaveLength(3);
  });
});

describe("the token of an earlier export", () => {
  test("selects what changed after that export began", async () => {
    const { next, rows } = await exported();
    expect(rows).toHaveLength(300);
    const changed = rows[7].id;
    await change(changed);
    const { id } = await create();
    const second = await exported({ since: next });
    expect(second.ids).toEqual([changed, id].sort());
    // Without a change in between, the overlap repeats them.
    expect((await exported({ since: second.next })).ids).toEqual(second.ids);
  });

  test("overlaps with that export by a time that can be chosen", async () => {
    const [{ id }] = await everybody("user");
    await change(id);
    await nextSecond();
    await nextSecond();
    const { next } = await exported();
    expect((await exported({ since: next })).ids).toEqual([id]);
    expect((await exported({ since: next, overlap: 86_400 })).ids).toEqual([id]);
    expect((await exported({ since: next, overlap: 0 })).ids).toEqual([]);
    // A change in the second in which the export began counts.
    const { began } = { began: opened(next).t };
    const { updated_at } = await intercom("GET", `/contacts/${id}`);
    expect((await exported({ since: next, overlap: began - updated_at })).ids).toEqual([id]);
    expect((await exported({ since: next, overlap: began - updated_at - 1 })).ids).toEqual([]);
  });

  test("finds a person whom the search did not find yet", async () => {
    await reset({ contacts: 50, search_delay_ms: 1_500, limit_per_10s: 100_000 });
    const [{ id: changed }] = await everybody("user");
    const first = await exported();
    const since = first.next;
    expect(first.ids).toHaveLength(50);
    // Created and changed before the second export ends, and indexed after it.
    const { id } = await create();
    await change(changed);
    const second = await exported({ since });
    expect(second.ids).toEqual([]);
    await sleep(1_700);
    // Both happened before the second export began.
    const third = await exported({ since: second.next });
    expect(third.ids).toEqual([id, changed].sort());
  });

  test.each([
    ["another role", { role: "lead" }],
    ["no role", { role: undefined }],
    ["other objects", { role: undefined, of: "conversations" }],
  ])("is rejected for %s", async (_, query) => {
    const { next } = await exported({ role: "user" });
    expect(await rejected({ since: next, ...query })).toEqual([400, "parameter_invalid", "since"]);
  });

  test("is rejected if it is damaged, of another workspace, or a marker's resume", async () => {
    const { next } = await exported();
    const { markers } = await readExport(worker, { markers: "true" });
    for (const since of [
      next.slice(0, -3),
      `${next}A`,
      `x${next}`,
      forged(next, { w: "another" }),
      forged(next, { q: "0" }),
      forged(next, { t: "now" }),
      markers[0].resume,
      "x".repeat(15_500),
    ])
      expect(await rejected({ since }), since.slice(0, 80)).toEqual([400, "parameter_invalid", "since"]);
  });

  test("may be used with other fields, and in another format", async () => {
    const { next, rows } = await exported({ fields: "email" });
    await change(rows[0].id);
    expect((await exported({ since: next, fields: "name" })).ids).toEqual([rows[0].id]);
    expect((await worker.ask(`/edge/export?format=csv&since=${next}`)).status).toBe(200);
  });

  test("doesn't panic whatever its numbers are", async () => {
    const { next } = await exported();
    for (const t of [-1, 0, 1e15, -1e15, Number.MAX_SAFE_INTEGER]) {
      const { status } = await readExport(worker, { since: forged(next, { t }) });
      expect([200, 400]).toContain(status);
    }
  });
});

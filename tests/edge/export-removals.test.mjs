// Exports of changes end with the contacts that were archived, deleted or merged, as webhooks have reported them.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readExport } from "../export.mjs";
import { serve } from "../gate.mjs";
import { CLIENT_SECRET, notification, notify, WEBHOOKS } from "../live.mjs";
import { intercom, reset, subscribe } from "../sandbox.mjs";

const { SANDBOX_URL } = process.env;
const vars = { INTERCOM_CLIENT_SECRET: CLIENT_SECRET };
const DAY = 86_400;

let worker;
let app;
let count = 0;
beforeAll(async () => {
  await reset({ contacts: 20, search_delay_ms: 0, limit_per_10s: 100_000 });
  app = (await intercom("GET", "/me")).app.id_code;
  worker = await serve("export-removals", { url: SANDBOX_URL }, { vars });
});
afterAll(async () => {
  await reset();
  await worker?.stop();
});

const seconds = () => Math.floor(Date.now() / 1000);
/** Waits for the next second: a time in `since` has no fractions. */
async function nextSecond() {
  await sleep(1_010 - (Date.now() % 1_000));
  return seconds();
}

/** Reads an export of changes that has to be complete. */
async function changes(query, by = worker) {
  const exported = await readExport(by, { markers: "true", ...query });
  expect([exported.status, exported.markers.at(-1)?.state], JSON.stringify(exported.body)).toEqual([200, "done"]);
  return { ...exported, last: exported.markers.at(-1) };
}

/** Has Intercom report a change of contact `id`. */
async function report(topic, id, { at = seconds(), ...more } = {}) {
  const item = { type: "contact", id, ...more };
  const sent = notification({ id: `notif_${count++}`, topic, item, app, at });
  expect(await notify(worker.url, sent)).toBe(200);
}

const removed = (removals) => removals.map(({ id, reason }) => [id, reason]);

describe("removals", () => {
  test("are unknown before the first webhook, and if nothing stores them", async () => {
    const since = await nextSecond();
    const { removals, last } = await changes({ since });
    expect([removals, last.removals]).toEqual([[], "unknown"]);
    const other = await serve("export-removals-unbound", { url: SANDBOX_URL }, { vars, unbound: ["WEBHOOKS"] });
    try {
      expect((await changes({ since }, other)).last.removals).toBe("unknown");
    } finally {
      await other.stop();
    }
  });

  test("follow the rows, once each, with reason and time", async () => {
    const before = await nextSecond();
    await report("contact.user.created", "c0");
    const since = await nextSecond();
    await report("contact.archived", "c1");
    await report("contact.deleted", "c2", { external_id: "2", deleted: true });
    await report("contact.merged", "c4", { merged_from: { type: "contact", id: "c3" } });
    await report("user.deleted", "c5");
    // Rows changed after this second, and removals in it, too.
    await nextSecond();
    const changed = await intercom("POST", "/contacts", { email: "changed@example.com" });

    const { rows, removals, last, markers } = await changes({ since });
    expect(rows.map(({ id }) => id)).toEqual([changed.id]);
    const common = { type: "edge.removal", at: expect.any(Number), at_row: 1, merged_into: null };
    expect(removals).toEqual([
      { ...common, id: "c1", reason: "archived" },
      { ...common, id: "c2", reason: "deleted" },
      { ...common, id: "c3", reason: "merged", merged_into: "c4" },
      { ...common, id: "c5", reason: "deleted" },
    ]);
    for (const { at } of removals) expect(at).toBeGreaterThanOrEqual(since);
    expect([last.rows, last.removals]).toEqual([1, "complete"]);
    expect(markers.slice(0, -1).every((marker) => !("removals" in marker))).toBe(true);

    // Webhooks began after the time, or removals of that time are not stored anymore.
    for (const early of [before, before - 40 * DAY]) {
      const exported = await changes({ since: early });
      expect([removed(exported.removals).length, exported.last.removals]).toEqual([4, "partial"]);
    }
    expect((await changes({ since: await nextSecond() })).removals).toEqual([]);
  });

  test("are those since the run of a token, and its overlap", async () => {
    const { last } = await changes({ since: await nextSecond() });
    await report("contact.archived", "d1");
    await nextSecond();
    expect(removed((await changes({ since: last.next, overlap: "0" })).removals)).toContainEqual(["d1", "archived"]);
    const { next } = (await changes({ since: last.next })).last;
    await nextSecond();
    expect((await changes({ since: next, overlap: "900" })).removals.map(({ id }) => id)).toContain("d1");
  });

  test("leave out a contact that was restored, and keep what is final", async () => {
    const since = await nextSecond();
    const now = seconds();
    await report("contact.archived", "e1", { updated_at: now });
    await report("contact.unarchived", "e1", { updated_at: now + 1 });
    // In the wrong order.
    await report("contact.unarchived", "e2", { updated_at: now + 1 });
    await report("contact.archived", "e2", { updated_at: now });
    await report("contact.deleted", "e3");
    await report("contact.unarchived", "e3", { updated_at: now + 10 });
    await report("contact.user.updated", "e5", { updated_at: now + 10 });
    await report("contact.merged", "e5", { updated_at: now, merged_from: { type: "contact", id: "e4" } });
    expect(removed((await changes({ since })).removals)).toEqual([
      ["e3", "deleted"],
      ["e4", "merged"],
    ]);
  });

  test("are only in exports of contacts with since and markers", async () => {
    const since = await nextSecond();
    await report("contact.archived", "f1");
    for (const query of [{}, { since, of: "conversations" }]) {
      const { removals, last } = await changes(query);
      expect([removals, "removals" in last], JSON.stringify(query)).toEqual([[], false]);
    }
    expect((await changes({ since, role: "lead" })).removals).toHaveLength(1);
    const { removals, rows } = await readExport(worker, { since });
    expect([removals, rows]).toEqual([[], []]);
    const csv = await worker.ask(`/edge/export?format=csv&since=${since}`);
    expect([csv.status, csv.text.includes("f1")]).toEqual([200, false]);
  });

  test("come in pages, and again if an export continues between them", async () => {
    const since = await nextSecond();
    const ids = Array.from({ length: 1_100 }, (_, number) => `g${number}`);
    for (let at = 0; at < ids.length; at += 20)
      await Promise.all(ids.slice(at, at + 20).map((id) => report("contact.deleted", id)));
    const { removals, markers, last } = await changes({ since });
    expect(removals.map(({ id }) => id).sort()).toEqual(ids.toSorted());
    expect(last.removals).toBe("complete");
    const between = markers.at(-2);
    expect([between.state, typeof between.resume]).toEqual(["running", "string"]);
    const rest = await changes({ since, resume: between.resume });
    expect([rest.removals.length, rest.last.removals]).toEqual([ids.length, "complete"]);
  });

  test("of the sandbox come by its own webhooks", async () => {
    const since = await nextSecond();
    const [archived, deleted, merged, into] = await Promise.all(
      ["a", "d", "m", "i"].map((name) =>
        intercom("POST", "/contacts", { role: name === "m" ? "lead" : "user", email: `${name}@example.org` }),
      ),
    );
    await subscribe({ url: worker.url + WEBHOOKS, secret: CLIENT_SECRET });
    await intercom("POST", `/contacts/${archived.id}/archive`);
    await intercom("DELETE", `/contacts/${deleted.id}`);
    await intercom("POST", "/contacts/merge", { from: merged.id, into: into.id });
    const expected = [
      [archived.id, "archived", null],
      [deleted.id, "deleted", null],
      [merged.id, "merged", into.id],
    ];
    const reported = async () => {
      const { removals } = await changes({ since });
      const ours = removals.filter(({ id }) => !id.startsWith("g"));
      return ours.map(({ id, reason, merged_into }) => [id, reason, merged_into]).sort();
    };
    await expect.poll(reported, { timeout: 10_000, interval: 200 }).toEqual(expected.sort());
  });
});

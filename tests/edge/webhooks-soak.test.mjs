// Notifications reach each reader once, though the Worker is killed: the short version of `npm run soak -- webhooks`,
// and tests of its checks.

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { notification } from "../live.mjs";
import { checkWebhooks, planWebhooks, soakWebhooks } from "../soak/webhooks.mjs";

const { ACCESS_TOKEN, LEAKS, SANDBOX_URL } = process.env;
const SEED = Number(process.env.SEED ?? 20261128);
const [NOTIFICATIONS, KILLS] = [400, 3];

describe(`${NOTIFICATIONS} notifications and ${KILLS} kills (seed ${SEED})`, () => {
  let soaked;

  beforeAll(async () => {
    const logs = join(dirname(LEAKS), "webhooks-soak");
    mkdirSync(logs, { recursive: true });
    const state = mkdtempSync(join(tmpdir(), "intercom-edge-soak-"));
    try {
      soaked = await soakWebhooks({
        sandbox: { url: SANDBOX_URL, token: ACCESS_TOKEN },
        logs,
        state,
        notifications: NOTIFICATIONS,
        senders: 16,
        kills: KILLS,
        seed: SEED,
      });
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
    const counts = Object.entries(soaked.counts).map(([name, count]) => `${name}: ${count}`);
    console.log([...soaked.lines, counts.join(", ")].join("\n"));
  }, 300_000);

  test("each reader gets each notification that it selects once", () => {
    expect(soaked.results.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
    expect(soaked.counts).toMatchObject({
      notifications: NOTIFICATIONS,
      accepted: NOTIFICATIONS,
      lost: 0,
      duplicates: 0,
      kills: KILLS,
    });
  });

  test.each(["no answer", "outdated"])("there were some with %s", (count) => {
    expect(soaked.counts[count]).toBeGreaterThan(0);
  });

  test("the readers lost their connections", () => {
    expect(soaked.counts.connections).toBeGreaterThan(2 * soaked.lines.length);
  });
});

test("the same seed plans the same notifications and repeats, out of order", () => {
  const plan = (seed) => {
    const { notifications, deliveries } = planWebhooks({ notifications: 200, seed, app: "a" });
    const items = notifications.map(({ sent: { id, topic, data } }) => [id, topic, data.item.id]);
    return { items, order: deliveries.map(({ one }) => one.number) };
  };
  const { items, order } = plan(7);
  expect(plan(7)).toEqual({ items, order });
  expect(plan(8)).not.toEqual({ items, order });
  expect(new Set(order).size).toBe(200);
  expect(order.length).toBeGreaterThan(210);
  expect(order).not.toEqual(order.toSorted((a, b) => a - b));
});

describe("the checks", () => {
  const sent = (number, topic, type, at) => ({
    number,
    answers: [200],
    sent: notification({ id: `n${number}`, topic, app: "a", at, item: { type, id: `${type}-1`, updated_at: at } }),
  });
  const event = ({ number, sent: { id, topic, created_at, data } }, outdated = false) => ({
    type: "edge.event",
    id: `aaaaaaaa-${number}`,
    topic,
    created_at,
    notification_id: id,
    outdated,
    item: structuredClone(data.item),
  });

  /** What a soak without errors sees. */
  function seen() {
    const notifications = [
      sent(1, "contact.user.created", "contact", 100),
      sent(2, "contact.email.updated", "contact", 90),
      sent(3, "company.created", "company", 100),
      sent(4, "job.finished", "job", 100),
    ];
    notifications[0].answers = [undefined, 503, 200, 200];
    const [created, changed, company, job] = notifications;
    const reader = (name, more) => ({ name, scopes: ["*"], wrong: [], connections: 1, ...more });
    return {
      notifications,
      readers: [
        reader("all", { got: [event(created), event(changed, true), event(company), event(job)] }),
        reader("contacts", { topics: ["contact.*"], got: [event(created), event(changed, true)] }),
        reader("scope", { scopes: ["companies:read"], got: [event(company)] }),
      ],
    };
  }
  const broken = (of) =>
    checkWebhooks(of)
      .filter(({ wrong }) => wrong.length > 0)
      .map(({ what }) => what);

  test("pass if nothing is wrong", () => {
    expect(broken(seen())).toEqual([]);
  });

  const reported = new Set();
  test.each([
    ["every notification was accepted in the end", ({ notifications }) => (notifications[3].answers = [503])],
    ["every answer was a 200, a 503 or none at all", ({ notifications }) => notifications[3].answers.unshift(500)],
    [
      "some notifications had no answer, and some were repeated after a 200",
      ({ notifications }) => (notifications[0].answers = [undefined, 200]),
    ],
    [
      "some notifications had no answer, and some were repeated after a 200",
      ({ notifications }) => (notifications[0].answers = [200, 200]),
    ],
    ["no accepted notification is lost", ({ readers }) => readers[0].got.pop()],
    ["no accepted notification is lost", ({ readers }) => readers[2].got.pop()],
    ["no reader got a notification twice", ({ readers }) => readers[0].got.push(readers[0].got[0])],
    [
      "no reader got a notification twice",
      ({ readers }) => readers[2].got.push({ ...readers[2].got[0], id: "aaaaaaaa-9" }),
    ],
    ["no reader got what it may not read or did not select", ({ readers }) => readers[1].got.push(readers[2].got[0])],
    ["no reader got what it may not read or did not select", ({ readers }) => readers[2].got.push(readers[0].got[3])],
    ["each reader got its events in the order of their ids", ({ readers }) => readers[1].got.reverse()],
    [
      "a notification has the same id for all readers, and it is of one log",
      ({ readers }) => (readers[2].got[0].id = "aaaaaaaa-7"),
    ],
    [
      "a notification has the same id for all readers, and it is of one log",
      ({ readers }) => (readers[2].got[0].id = "bbbbbbbb-3"),
    ],
    ["topic, time and item are those that were sent", ({ readers }) => (readers[0].got[0].item.name = "x")],
    ["topic, time and item are those that were sent", ({ readers }) => (readers[0].got[0].created_at = 1)],
    [
      "an event is outdated if a newer state of its item came before",
      ({ readers }) => (readers[0].got[1].outdated = false),
    ],
    [
      "an event is outdated if a newer state of its item came before",
      ({ readers }) => (readers[0].got[0].outdated = true),
    ],
    [
      "no connection ended for a reason of the Worker's, and no events were missing",
      ({ readers }) => readers[0].wrong.push("A gap: expired"),
    ],
  ])("report it: %s", (what, spoil) => {
    const spoilt = seen();
    spoil(spoilt);
    expect(broken(spoilt)).toContain(what);
    reported.add(what);
  });

  test("can all fail", () => {
    const all = checkWebhooks(seen()).map(({ what }) => what);
    expect([...reported].sort()).toEqual(all.sort());
  });
});

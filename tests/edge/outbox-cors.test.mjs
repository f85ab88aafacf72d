// A page of another origin sends messages with keys, and reads what came of them.

import { beforeEach, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { ASYNC, accepting, email, idOf, V2, withKey } from "../outbox.mjs";

const ORIGIN = "https://dashboard.example";
const it = gate("outbox-cors", { vars: { ALLOWED_ORIGINS: ORIGIN } });

beforeEach(() => it.reply(accepting));

const listed = (headers, name) =>
  (headers.get(name) ?? "")
    .toLowerCase()
    .split(",")
    .map((one) => one.trim());

test.each([
  ["/messages", "POST"],
  ["/edge/notify", "POST"],
  ["/edge/messages/batch", "POST"],
  ["/edge/templates/a", "PUT"],
  ["/edge/templates/a", "DELETE"],
])("a page may ask for %s with its headers", async (path, method) => {
  const wanted = "authorization,content-type,idempotency-key,intercom-version,prefer";
  const { status, headers } = await it.ask(path, {
    as: null,
    method: "OPTIONS",
    headers: { origin: ORIGIN, "access-control-request-method": method, "access-control-request-headers": wanted },
  });
  expect(status).toBeLessThan(300);
  expect(headers.get("access-control-allow-origin")).toBe(ORIGIN);
  expect(listed(headers, "access-control-allow-methods")).toContain(method.toLowerCase());
  for (const name of wanted.split(",")) expect(listed(headers, "access-control-allow-headers"), name).toContain(name);
  expect(it.arrived()).toEqual([]);
});

test("a page may read which message it was, whether it was told before, and where to look", async () => {
  const body = email();
  const answers = [
    await withKey(it, "of-a-page", body, { headers: { origin: ORIGIN } }),
    await withKey(it, "of-a-page", body, { headers: { origin: ORIGIN } }),
    await it.ask("/messages", { headers: { ...V2, ...ASYNC, origin: ORIGIN }, json: email() }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 202]);
  for (const answer of answers) {
    expect(answer.headers.get("access-control-allow-origin")).toBe(ORIGIN);
    expect(idOf(answer)).toBeTruthy();
    const readable = listed(answer.headers, "access-control-expose-headers");
    for (const name of [
      "x-intercom-edge-message",
      "idempotency-replayed",
      "location",
      "preference-applied",
      "retry-after",
    ]) {
      if (!readable.includes("*")) expect(readable, name).toContain(name);
    }
  }
});

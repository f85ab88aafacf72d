// The entries of CALLER_KEYS: how a rotation, a removal and a list change or show them.

import { describe, expect, test } from "vitest";
import { addKey, keyTable, lineOf, nextSecret, removeKey, rotateKey, validityOf } from "../../cli/keys/entries.mjs";

const NOW = Date.UTC(2027, 0, 1) / 1000;
const DAY = 86_400;
const KEY = "k".repeat(43);
const entry = (name, more) => ({ name, sha256: "0".repeat(64), scopes: ["contacts:read"], ...more });

describe("rotateKey", () => {
  const rotated = (entries, name, options) => rotateKey(entries, name, KEY, { until: NOW + 7 * DAY, ...options });

  test.each([
    ["mailer", [entry("mailer")], "mailer-2"],
    ["mailer", [entry("mailer"), entry("mailer-2"), entry("mailer-4")], "mailer-3"],
    ["mailer-2", [entry("mailer-2", { same_as: "mailer" })], "mailer-3"],
    ["mailer-2", [entry("mailer-2", { same_as: "mailer" }), entry("mailer-3")], "mailer-4"],
    ["mailer-2", [entry("mailer-2")], "mailer-2-2"],
    ["other", [entry("other", { same_as: "mailer" })], "other-2"],
    ["mailer-b", [entry("mailer-b", { same_as: "mailer" })], "mailer-b-2"],
  ])("names the key after %s of %j: %s", (name, entries, expected) => {
    expect(rotated(entries, name).added.name).toBe(expected);
  });

  test("rejects a name that is taken or too long", () => {
    expect(() => rotated([entry("a"), entry("b")], "a", { newName: "b" })).toThrow("name b already exists");
    expect(() => rotated([entry("a")], "a", { newName: "a" })).toThrow("name a already exists");
    expect(() => rotated([entry("a".repeat(63))], "a".repeat(63))).toThrow("too long for the new key");
  });

  test("keeps the first name for messages and quota, over several rotations", () => {
    let entries = [entry("a")];
    for (const name of ["a", "a-2", "a-3"]) ({ entries } = rotated(entries, name));
    expect(entries.map(({ name, same_as: sameAs }) => [name, sameAs])).toEqual([
      ["a", undefined],
      ["a-2", "a"],
      ["a-3", "a"],
      ["a-4", "a"],
    ]);
  });

  test("needs an expiry for the new key if the old one has one", () => {
    const entries = [entry("a", { expires_at: NOW + DAY })];
    expect(() => rotated(entries, "a")).toThrow("a has an expiry, so the new key needs one");
    const { old, added } = rotated(entries, "a", { expiresAt: NOW + 90 * DAY });
    // An earlier expiry is kept.
    expect([old.expires_at, added.expires_at]).toEqual([NOW + DAY, NOW + 90 * DAY]);
    expect(() => rotated([entry("a", { expires_at: 0 })], "a")).toThrow("has an expiry");
  });

  test("changes no other entry, and not its arguments", () => {
    const entries = Object.freeze([entry("a"), entry("b"), entry("c")].map(Object.freeze));
    const { entries: all, old, added } = rotated(entries, "b");
    expect(all).toEqual([entry("a"), old, entry("c"), added]);
    expect(old).toEqual(entry("b", { expires_at: NOW + 7 * DAY }));
  });
});

test("addKey shares the messages of the first key, also by the name of a later one", () => {
  const entries = [entry("a-2", { same_as: "a" })];
  expect(addKey(entries, "b", KEY, { scopes: ["*"], same_as: "a-2" }).added.same_as).toBe("a");
  expect(addKey(entries, "b", KEY, { scopes: ["*"], same_as: "other" }).added.same_as).toBe("other");
  expect(addKey(entries, "b", KEY, { scopes: ["*"] }).added).not.toHaveProperty("same_as");
  expect(addKey(entries, "a", KEY, { scopes: ["*"], same_as: "a" }).entries).toHaveLength(2);
  expect(() => addKey(entries, "a", KEY, { scopes: ["*"] })).toThrow("shares the messages of the name a");
});

test("removeKey removes one entry", () => {
  expect(removeKey([entry("a"), entry("b")], "a")).toEqual([entry("b")]);
});

test("keyTable lists keys in their order, marks those that expire within 14 days, and contains no hash", () => {
  const table = keyTable(
    [
      entry("a", { origins: ["https://a.example", "https://b.example"] }),
      entry("soon", { expires_at: NOW + 14 * DAY, same_as: "a" }),
      entry("later", { expires_at: NOW + 14 * DAY + 1, scopes: ["tags:read", "messages:send"] }),
      entry("tomorrow", { expires_at: NOW + 3600 }),
      entry("over", { expires_at: NOW }),
    ],
    NOW,
  );
  expect(
    table,
  ).toBe(`   NAME      EXPIRES                           ORIGINS                               SAME AS  SCOPES
   a         never                             https://a.example, https://b.example           contacts:read
!  soon      2027-01-15, in 14 days            any                                   a        contacts:read
   later     2027-01-15 00:00 UTC, in 15 days  any                                            tags:read, messages:send
!  tomorrow  2027-01-01 01:00 UTC, in 1 day    any                                            contacts:read
!  over      2027-01-01, expired               any                                            contacts:read

! has expired, or expires within 14 days`);
});

test("validityOf ends a sentence", () => {
  expect(validityOf(entry("a"), NOW)).toBe("does not expire");
  expect(validityOf(entry("a", { expires_at: NOW + 9 * DAY }), NOW)).toBe("expires on 2027-01-10 (in 9 days)");
  expect(validityOf(entry("a", { expires_at: NOW - 60 }), NOW)).toBe("expired on 2026-12-31 23:59 UTC");
});

test("lineOf counts bytes, and names the next secret", () => {
  const entries = [entry("a", { origins: ["é".repeat(2500)] })];
  expect(() => lineOf(entries, "CALLER_KEYS")).toThrow("CALLER_KEYS would have 51");
  expect(lineOf([entry("a")], "CALLER_KEYS")).toBe(JSON.stringify([entry("a")]));
  expect(["CALLER_KEYS", "CALLER_KEYS_9"].map(nextSecret)).toEqual(["CALLER_KEYS_2", "CALLER_KEYS_10"]);
});

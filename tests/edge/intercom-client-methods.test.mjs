// Intercom's own SDK, unchanged: each of its methods asks and gets, through the Worker, byte for byte
// what it would from Intercom.
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { startWorker } from "../../cli/serve/worker.mjs";
import { logs } from "../../scripts/paths.mjs";
import { literals, methods } from "../sdk/methods.mjs";
import { INFRASTRUCTURE, STORED, startRecorder } from "../sdk/recorder.mjs";
import { answer, request, sides, watchedClient } from "../sdk/sides.mjs";

const TOKEN = "dG9rOmFjY2Vzcy10b2tlbi1vZi1JbnRlcmNvbQ==";
const METHODS = methods();
/** One of each resource: for what doesn't depend on the method. */
const ONE_EACH = [
  ...new Map(METHODS.map((method) => [method.name.split(".").slice(0, -1).join("."), method])).values(),
];

const FAILURES = [400, 401, 403, 404, 409, 422, 500, 503];
/** Each part of the tests is a caller of its own, because a caller's requests are counted. */
const KEYS = Array.from({ length: 3 + FAILURES.length }, newCallerKey);

let recorder;
let worker;
/** The SDK without the Worker, and with it. */
let straight;
let through;
let key;

beforeAll(async () => {
  recorder = await startRecorder();
  const entries = KEYS.map((key, at) => callerKeyEntry(`caller-${at}`, key, { scopes: ["*"] }));
  worker = await startWorker({
    intercom: { url: recorder.url, token: TOKEN },
    vars: { CALLER_KEYS: JSON.stringify(entries) },
    logs: join(logs, "tests", "edge-sdk"),
  });
  straight = watchedClient({ url: recorder.url, token: TOKEN });
  nextCaller();
});
afterAll(() => Promise.all([worker?.stop(), recorder?.stop()]));

function nextCaller() {
  key = KEYS[KEYS.indexOf(key) + 1];
  through = watchedClient({ url: worker.url, token: key });
}

const bothSides = async (method) => ({
  direct: await sides(straight, recorder, method),
  relayed: await sides(through, recorder, method),
});

async function compare(method) {
  const { direct, relayed } = await bothSides(method);
  expect(direct.upstream.length, "requests without the Worker").toBeGreaterThan(0);
  expect(relayed.upstream.map(request)).toEqual(direct.upstream.map(request));
  expect(relayed.answers.map(answer)).toEqual(direct.answers.map(answer));
  expect({ value: relayed.value, error: relayed.error }).toEqual({ value: direct.value, error: direct.error });
  for (const { headers, target } of relayed.upstream) {
    expect(headers.authorization).toBe(target.startsWith(STORED) ? undefined : `Bearer ${TOKEN}`);
    expect(JSON.stringify(headers)).not.toContain(key);
  }
  for (const { headers } of relayed.answers.filter(({ url }) => url.startsWith(worker.url))) {
    expect(headers.get("x-intercom-edge")).toBe("upstream");
    expect(Object.keys(INFRASTRUCTURE).filter((name) => headers.has(name))).toEqual([]);
  }
  return direct;
}

describe("the list of methods", () => {
  test("has every call that is written down in the SDK", () => {
    expect(METHODS.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(literals().sort());
    expect(METHODS.length).toBeGreaterThanOrEqual(310);
  });

  test("is known to the Worker", async () => {
    const unknown = [];
    for (const method of METHODS) {
      const { answers } = await sides(through, recorder, method);
      if (answers.some(({ headers }) => headers.get("x-intercom-edge") === "edge")) {
        unknown.push(`${answers[0].status} ${method.method} ${method.path}`);
      }
    }
    expect([...new Set(unknown)].sort()).toEqual([]);
  });
});

describe("asks and gets what it would from Intercom", () => {
  beforeAll(nextCaller);

  for (const method of METHODS) {
    test(method.name, async () => {
      const { error, upstream } = await compare(method);
      expect(error).toBeUndefined();
      expect(upstream[0].method).toBe(method.method);
      expect(upstream[0].target).toMatch(pattern(method.path));
    });
  }

  test("whatever the ids and the texts in a query are", async () => {
    const odd = "O'Neil (a*b!~) [é] {👩‍👩‍👧} 100% 日本 +&=?#;:@,$|^`\"<>.";
    for (const [name, request] of [
      ["contacts.showContactByExternalId", { external_id: odd }],
      ["conversations.find", { conversation_id: odd, display_as: odd, include_translations: false }],
      ["companies.retrieve", { name: odd, company_id: odd, tag_id: "", segment_id: [odd, 1], page: 0 }],
      ["articles.search", { phrase: odd, state: odd, help_center_id: 12345678901, highlight: true }],
      ["contacts.detachSubscription", { contact_id: 1, subscription_id: odd }],
    ]) {
      const { error } = await compare({ ...METHODS.find((method) => method.name === name), request });
      expect(error, name).toBeUndefined();
    }
  });
});

describe("fails as it would with Intercom", () => {
  beforeEach(nextCaller);

  for (const status of FAILURES) {
    test(`${status}, on every resource`, async () => {
      recorder.status = status;
      try {
        for (const method of ONE_EACH) {
          // What became of a message is then unknown, and the Worker says so itself.
          if (method.name === "messages.create" && status >= 500) {
            const { relayed } = await bothSides(method);
            expect(relayed.error).toMatchObject({ status: 502, body: { errors: [{ code: "message_unknown" }] } });
            continue;
          }
          const { error } = await compare(method);
          expect(error.status, method.name).toBe(status);
        }
      } finally {
        recorder.status = undefined;
      }
    });
  }

  test("429, which a read learns of after a second try and a write at once", async () => {
    recorder.status = 429;
    try {
      for (const [name, tries] of [
        ["contacts.list", 2],
        ["contacts.search", 2],
        ["contacts.create", 1],
      ]) {
        const { direct, relayed } = await bothSides(METHODS.find((method) => method.name === name));
        expect(relayed.upstream.map(request), name).toEqual(Array(tries).fill(request(direct.upstream[0])));
        expect(relayed.answers.map(answer), name).toEqual(direct.answers.map(answer));
        expect(relayed.error, name).toEqual(direct.error);
        expect(relayed.error.status, name).toBe(429);
      }
    } finally {
      recorder.status = undefined;
    }
  });
});

/** What a path with parameters in braces may look like in a request. */
const pattern = (path) => new RegExp(`^${path.replace(/\{[^}]+\}/g, "[^/?]+")}(\\?|$)`);

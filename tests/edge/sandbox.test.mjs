// The sandbox answers as Intercom's API 2.x does, and fails on demand.

import http from "node:http";
import { beforeEach, describe, expect, test } from "vitest";

const { SANDBOX_URL } = process.env;
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const ADMIN = "1234567";
const DAY = 86_400;

/** Sends a request to the sandbox; a header with the value null is not sent. */
async function ask(method, path, { body, headers = {} } = {}) {
  const all = { authorization: "Bearer sandbox-token", accept: "application/json", ...headers };
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
  const response = await fetch(SANDBOX_URL + path, {
    method,
    headers: sent,
    body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  let json;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, body: json };
}

const control = async (method, path, body) => {
  const answer = await ask(method, `/_sandbox/${path}`, { body, headers: { authorization: null } });
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};
const reset = (options = {}) => control("POST", "reset", options);
const fault = (kind, more = {}) => control("POST", "faults", { kind, ...more });
const messageLog = () => control("GET", "messages");
const requestLog = () => control("GET", "requests");

const search = (query, more = {}) => ask("POST", "/contacts/search", { body: { query, ...more } });
const where = (field, operator, value) => ({ field, operator, value });
const ids = (answer) => answer.body.data.map(({ id }) => id);
const error = (answer) => answer.body.errors[0];

/** Returns all items of a list; `between` runs after each page. */
async function walk(page, between = async () => {}) {
  const found = [];
  for (let cursor; ; ) {
    const { body } = await page(cursor);
    found.push(...body.data);
    cursor = body.pages.next?.starting_after;
    if (cursor === undefined) return found;
    await between(found);
  }
}

const allContacts = (sort = { field: "created_at", order: "descending" }, query = where("created_at", ">", 0)) =>
  walk((starting_after) => search(query, { sort, pagination: { per_page: 150, starting_after } }));

const OLDEST_FIRST = { field: "created_at", order: "ascending" };

/** The time of the import in the seed data, which created one contact in ten. */
const IMPORTED_AT = 1_645_488_000;

/** Returns the query for the contacts of the days after one time, up to the day of another. */
const range = (after, upTo, ...more) => ({
  operator: "AND",
  value: [
    where("created_at", ">", after),
    { operator: "OR", value: [where("created_at", "<", upTo), where("created_at", "=", upTo)] },
    ...more,
  ],
});

/** Polls until a condition holds: the sandbox delays some effects, and no test knows for how long. */
async function eventually(condition) {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

const email = (to, more = {}) => ({
  message_type: "email",
  subject: "Hey",
  body: "How are you ?",
  template: "plain",
  from: { type: "admin", id: ADMIN },
  to,
  ...more,
});
const send = (body) => ask("POST", "/messages", { body });

beforeEach(() => reset({ limit_per_10s: 100_000 }));

describe("the checks of each request", () => {
  test("accept only the sandbox token; the error is Intercom's, without rate limit headers", async () => {
    for (const authorization of [null, "Bearer wrong", "sandbox-token", "Basic sandbox-token"]) {
      const answer = await ask("GET", "/me", { headers: { authorization } });
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        type: "error.list",
        request_id: answer.headers.get("x-request-id"),
        errors: [{ code: "unauthorized", message: "Access Token Invalid" }],
      });
      expect(answer.headers.get("x-ratelimit-limit")).toBeNull();
    }
  });

  test("accept only API 2.x, and return the version", async () => {
    for (const version of ["2.0", "2.7", "2.17", "Unstable", "Preview"]) {
      const answer = await ask("GET", "/me", { headers: { "intercom-version": version } });
      expect([answer.status, answer.headers.get("intercom-version")]).toEqual([200, version]);
    }
    expect((await ask("GET", "/me")).headers.get("intercom-version")).toBe("2.14");
    for (const version of ["1.4", "1.0", "2.18", "3.0", "nonsense"]) {
      const answer = await ask("GET", "/me", { headers: { "intercom-version": version } });
      expect([answer.status, error(answer).code]).toEqual([400, "intercom_version_invalid"]);
    }
  });

  test("need JSON in Accept", async () => {
    for (const accept of ["*/*", "application/json", "text/html, application/*;q=0.5"]) {
      const answer = await ask("GET", "/me", { headers: { accept } });
      expect(answer.status, accept).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    }
    const refused = await ask("GET", "/me", { headers: { accept: "text/html" } });
    expect([refused.status, error(refused).code]).toEqual([406, "media_type_not_acceptable"]);
  });

  test("ignore one slash at the end of a path, also for faults", async () => {
    for (const path of ["/me", "/contacts", `/contacts/${JOHN}`, `/contacts/${JOHN}/tags`, "/companies/scroll"]) {
      const [{ status, body }, bare] = [
        await ask("GET", `${path}/`),
        path === "/companies/scroll" ? undefined : await ask("GET", path),
      ];
      expect([status, body], path).toEqual([200, bare?.body ?? expect.anything()]);
    }
    expect((await ask("POST", "/contacts/", { body: { email: "slash@example.com" } })).status).toBe(200);
    await fault("status:503", { path: "/tags" });
    expect((await ask("GET", "/tags/")).status).toBe(503);
    expect((await ask("GET", "/tags//")).status).toBe(404);
  });

  test("answer 404 for paths of API 1.x, 405 for a wrong method, 400 for malformed JSON", async () => {
    for (const path of ["/users", "/users/scroll", "/nowhere", "/contacts/1/2/3"]) {
      const answer = await ask("GET", path);
      expect([answer.status, error(answer).code], path).toEqual([404, "not_found"]);
    }
    const wrong = await ask("DELETE", "/contacts");
    expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "GET, POST"]);
    for (const path of ["/messages", "/contacts", "/contacts/search"]) {
      const broken = await ask("POST", path, { body: "{" });
      expect([broken.status, error(broken).code], path).toEqual([400, "bad_request"]);
    }
  });
});

describe("the rate limit", () => {
  test("counts down, rejects with Intercom's error, and resets at the time in its header", async () => {
    await reset({ limit_per_10s: 3 });
    const answers = [];
    // A window may end in between: send requests until one is used up.
    while (answers.at(-1)?.status !== 429) answers.push(await ask("GET", "/me"));
    const over = answers.at(-1);
    expect(error(over)).toEqual({
      code: "rate_limit_exceeded",
      message: "Exceeded rate limit of 3 in 10_seconds",
    });
    expect(over.headers.get("retry-after")).toBeNull();
    const turn = over.headers.get("x-ratelimit-reset");
    expect(Number(turn) % 10).toBe(0);
    const window = answers.filter(({ headers }) => headers.get("x-ratelimit-reset") === turn);
    expect(window.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual(["2", "1", "0", "0"]);
    expect(window.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
    expect(over.headers.get("x-ratelimit-limit")).toBe("3");
  });

  test("is 1,667 by default, and does not count a request with a wrong token", async () => {
    await reset();
    await ask("GET", "/me", { headers: { authorization: "Bearer wrong" } });
    const { headers } = await ask("GET", "/me");
    expect([headers.get("x-ratelimit-limit"), headers.get("x-ratelimit-remaining")]).toEqual(["1667", "1666"]);
  });
});

describe("the contacts of the seed data", () => {
  test("are the same after every reset with the same seed, and differ with another", async () => {
    const first = await allContacts();
    await ask("DELETE", `/contacts/${first[7].id}`);
    await reset({ limit_per_10s: 100_000 });
    expect(await allContacts()).toEqual(first);
    await reset({ seed: 2, limit_per_10s: 100_000 });
    const other = await allContacts();
    expect(other).toHaveLength(500);
    expect(other).not.toEqual(first);
  });

  test("are 500, a fifth of them leads, one unsubscribed, two with the same address", async () => {
    const people = await allContacts();
    expect(people).toHaveLength(500);
    expect(new Set(people.map(({ id }) => id)).size).toBe(500);
    expect(people.every(({ id }) => /^[0-9a-f]{24}$/.test(id))).toBe(true);
    expect(people.filter(({ role }) => role === "lead")).toHaveLength(100);
    const unsubscribed = people.filter((person) => person.unsubscribed_from_emails);
    expect(unsubscribed.map((person) => person.external_id)).toEqual(["unsubscribed"]);
    const twins = people.filter((person) => person.email === "twins@example.com");
    expect(twins.map((twin) => [twin.external_id, twin.role]).sort()).toEqual([
      ["twin_one", "user"],
      ["twin_two", "user"],
    ]);
  });

  test("have absent fields and names in many scripts", async () => {
    const people = await allContacts();
    for (const field of ["name", "email", "phone", "avatar", "last_seen_at", "owner_id", "external_id"]) {
      expect(
        people.some((person) => person[field] === null),
        field,
      ).toBe(true);
      expect(
        people.some((person) => person[field] !== null),
        field,
      ).toBe(true);
    }
    const names = people.map(({ name }) => name ?? "").join();
    for (const script of [
      /\p{Script=Han}/u,
      /\p{Script=Arabic}/u,
      /\p{Emoji_Presentation}/u,
      /é|ë|ö/,
      /山田太郎/,
      /</,
    ]) {
      expect(names).toMatch(script);
    }
  });

  test("include John, the user of the article, with every field of the reference", async () => {
    const { status, body: john } = await ask("GET", "/contacts/find_by_external_id/john_doe");
    expect(status).toBe(200);
    expect(john).toMatchObject({
      type: "contact",
      id: JOHN,
      role: "user",
      external_id: "john_doe",
      email: "john@example.com",
      name: null,
      phone: null,
      avatar: null,
      created_at: 1538454618,
      last_seen_at: 1538536378,
      location: {
        type: "location",
        country: "Japan",
        region: "Tōkyo",
        city: "Hachioji",
        country_code: "JPN",
        continent_code: "AS",
      },
      social_profiles: { type: "list", data: [] },
      custom_attributes: {},
      ios_last_seen_at: null,
      opted_in_subscription_types: {
        type: "list",
        data: [],
        url: `/contacts/${JOHN}/subscriptions`,
        total_count: 0,
        has_more: false,
      },
    });
    expect(Object.keys(john)).toHaveLength(53);
    expect((await ask("GET", `/contacts/${JOHN}`)).body).toEqual(john);
  });

  test("are found by an encoded external id in the path", async () => {
    const external_id = "a/b c?é%";
    await ask("POST", "/contacts", { body: { external_id } });
    const found = await ask("GET", `/contacts/find_by_external_id/${encodeURIComponent(external_id)}`);
    expect(found.body.external_id).toBe(external_id);
  });

  test("are 404 if unknown, and 410 with a link if merged", async () => {
    for (const path of [
      "/contacts/000000000000000000000000",
      "/contacts/find_by_external_id/nobody",
      "/contacts/nobody/tags",
    ]) {
      const answer = await ask("GET", path);
      expect([answer.status, error(answer)]).toEqual([404, { code: "not_found", message: "User Not Found" }]);
    }
    for (const path of ["/contacts/5bb2f45a1e099bf2d553a2df", "/contacts/find_by_external_id/merged"]) {
      const answer = await ask("GET", path);
      expect([answer.status, error(answer).code]).toEqual([410, "contact_merged"]);
      expect(answer.headers.get("link")).toBe(`</contacts/${JOHN}>; rel="canonical"`);
    }
    expect((await search(where("email", "=", "merged@example.com"))).body.total_count).toBe(0);
  });

  test("have a number as owner before 2.16, and a string from 2.16 on", async () => {
    const { body } = await search(where("owner_id", "=", 1234568), { pagination: { per_page: 1 } });
    const path = `/contacts/${body.data[0].id}`;
    const owner = async (version) =>
      (await ask("GET", path, { headers: { "intercom-version": version } })).body.owner_id;
    expect([await owner("2.15"), await owner("2.16"), await owner("Unstable")]).toEqual([
      1234568,
      "1234568",
      "1234568",
    ]);
  });

  test("have nested lists of ten entries, whose URL has all", async () => {
    const { body: collector } = await ask("GET", "/contacts/find_by_external_id/collector");
    const { url, ...tags } = collector.tags;
    expect(tags).toMatchObject({ type: "list", total_count: 12, has_more: true });
    expect(tags.data).toHaveLength(10);
    expect(tags.data[0]).toEqual({ type: "tag", id: "101", url: "/tags/101" });
    expect(collector.companies.data[0]).toEqual({
      type: "company",
      id: "6762f07a1bb69f9f21930001",
      url: "/companies/6762f07a1bb69f9f21930001",
    });
    expect((await ask("GET", url)).body.data).toHaveLength(12);
    const companies = (await ask("GET", `${collector.companies.url}?per_page=5&page=3`)).body;
    expect([companies.total_count, companies.data.length, companies.pages.total_pages]).toEqual([12, 2, 3]);
    const notes = (await ask("GET", `/contacts/${JOHN}/notes`)).body;
    expect(notes.data.map(({ id, author }) => [id, author.id])).toEqual([
      ["25", ADMIN],
      ["24", ADMIN],
    ]);
    for (const of of ["segments", "subscriptions"]) {
      expect((await ask("GET", `/contacts/${JOHN}/${of}`)).body).toEqual({ type: "list", data: [] });
    }
  });
});

describe("GET /contacts", () => {
  test("lists every contact once, ten per page, users and leads", async () => {
    const first = (await ask("GET", "/contacts")).body;
    expect(first).toMatchObject({
      type: "list",
      total_count: 500,
      pages: { type: "pages", page: 1, per_page: 10, total_pages: 50 },
    });
    expect(first.data).toHaveLength(10);
    expect(first.pages.next.page).toBe(2);
    const people = await walk((cursor) =>
      ask("GET", `/contacts?per_page=150${cursor ? `&starting_after=${encodeURIComponent(cursor)}` : ""}`),
    );
    expect(new Set(people.map(({ id }) => id)).size).toBe(500);
    expect(new Set(people.map(({ role }) => role))).toEqual(new Set(["user", "lead"]));
    expect(people).toEqual(await allContacts());
  });

  test("rejects a page of more than 150 and an unknown cursor", async () => {
    for (const [query, field] of [
      ["per_page=151", "per_page"],
      ["per_page=0", "per_page"],
      ["starting_after=x", "starting_after"],
    ]) {
      const answer = await ask("GET", `/contacts?${query}`);
      expect([answer.status, error(answer).code, error(answer).field]).toEqual([400, "parameter_invalid", field]);
    }
  });
});

describe("POST /contacts/search", () => {
  /** Expects that a search finds the contacts that match when all are read. */
  async function agrees(query, matches) {
    const expected = (await allContacts()).filter(matches);
    const found = await allContacts(undefined, query);
    expect(found.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    expect((await search(query)).body.total_count).toBe(expected.length);
    expect(expected.length, "the query should find some and not all").toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(500);
  }
  const folded = (text) => (text ?? "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());

  test.each([
    ["role", "=", "lead", (p) => p.role === "lead"],
    ["role", "!=", "lead", (p) => p.role !== "lead"],
    ["id", "=", JOHN, (p) => p.id === JOHN],
    ["external_id", "=", "john_doe", (p) => p.external_id === "john_doe"],
    ["external_id", "IN", ["john_doe", "twin_one", "nobody"], (p) => ["john_doe", "twin_one"].includes(p.external_id)],
    ["external_id", "^", "user-1", (p) => p.external_id?.startsWith("user-1")],
    ["email", "=", "JOHN@example.com", (p) => p.email === "john@example.com"],
    ["email", "!=", "john@example.com", (p) => p.email !== "john@example.com"],
    [
      "email",
      "IN",
      ["john@example.com", "twins@example.com"],
      (p) => ["john@example.com", "twins@example.com"].includes(p.email),
    ],
    [
      "email",
      "NIN",
      ["john@example.com", "twins@example.com"],
      (p) => !["john@example.com", "twins@example.com"].includes(p.email),
    ],
    ["email", "$", "@example.org", (p) => p.email?.endsWith("@example.org")],
    ["email", "=", null, (p) => p.email === null],
    ["email_domain", "=", "mail.example.com", (p) => p.email?.endsWith("@mail.example.com")],
    ["name", "~", "太郎", (p) => p.name?.includes("太郎")],
    ["name", "~", "O'N", (p) => p.name?.includes("O'N")],
    ["name", "!~", "mi", (p) => !folded(p.name).includes("mi")],
    ["name", "^", "olivia", (p) => folded(p.name).startsWith("olivia")],
    ["name", "$", "🦄", (p) => p.name?.endsWith("🦄")],
    ["name", "!=", null, (p) => p.name !== null],
    ["phone", "^", "+353", (p) => p.phone?.startsWith("+353")],
    ["owner_id", "=", 1234567, (p) => p.owner_id === 1234567],
    ["owner_id", "!=", "1234567", (p) => p.owner_id !== 1234567],
    ["owner_id", ">", 1234567, (p) => p.owner_id > 1234567],
    ["owner_id", "<", 1234568, (p) => p.owner_id !== null && p.owner_id < 1234568],
    ["owner_id", "IN", [1234567, 1234570], (p) => [1234567, 1234570].includes(p.owner_id)],
    ["tag_id", "=", "101", (p) => p.tags.data.some(({ id }) => id === "101")],
    ["tag_id", "!=", "101", (p) => !p.tags.data.some(({ id }) => id === "101")],
    [
      "company_id",
      "=",
      "6762f07a1bb69f9f21930001",
      (p) => p.companies.data.some(({ id }) => id === "6762f07a1bb69f9f21930001"),
    ],
    ["unsubscribed_from_emails", "=", true, (p) => p.unsubscribed_from_emails],
    ["has_hard_bounced", "=", false, (p) => !p.has_hard_bounced],
    ["marked_email_as_spam", "=", "true", (p) => p.marked_email_as_spam],
    ["last_seen_at", "=", null, (p) => p.last_seen_at === null],
    ["location.country", "=", "Japan", (p) => p.location.country === "Japan"],
    ["location.city", "~", "münchen", (p) => p.location.city === "München"],
    ["browser", "IN", ["chrome", "edge"], (p) => ["chrome", "edge"].includes(p.browser)],
    ["custom_attributes.plan", "=", "pro", (p) => p.custom_attributes.plan === "pro"],
    ["custom_attributes.plan", "IN", ["pro", "free"], (p) => ["pro", "free"].includes(p.custom_attributes.plan)],
    ["custom_attributes.seats", ">", 40, (p) => p.custom_attributes.seats > 40],
    ["custom_attributes.seats", "=", 7, (p) => p.custom_attributes.seats === 7],
    ["custom_attributes.trial", "=", true, (p) => p.custom_attributes.trial === true],
    ["custom_attributes.budget", "=", 1999.5, (p) => p.custom_attributes.budget === 1999.5],
  ])("%s %s %j", (field, operator, value, matches) => agrees(where(field, operator, value), matches));

  test("a segment_id finds the contacts whose list of segments has it", async () => {
    const { segments } = (await ask("GET", "/segments")).body;
    const { body } = await search(where("segment_id", "=", segments[0].id), { pagination: { per_page: 3 } });
    expect(body.total_count).toBeGreaterThan(0);
    for (const { id } of body.data) {
      const { data } = (await ask("GET", `/contacts/${id}/segments`)).body;
      expect(data.map((segment) => segment.id)).toContain(segments[0].id);
    }
  });

  test.each([
    "created_at",
    "updated_at",
    "signed_up_at",
    "last_seen_at",
    "last_contacted_at",
    "last_replied_at",
    "custom_attributes.renewal_at",
  ])("%s compares by whole day", async (field) => {
    const at = (person) => field.split(".").reduce((of, name) => of[name], person) ?? null;
    const days = (await allContacts())
      .map(at)
      .filter((time) => time !== null)
      .sort((a, b) => a - b);
    const noon = Math.floor(days[Math.floor(days.length / 2)] / DAY) * DAY + DAY / 2;
    const day = (person) => (at(person) === null ? NaN : Math.floor(at(person) / DAY));
    const today = Math.floor(noon / DAY);
    await agrees(where(field, "=", noon), (person) => day(person) === today);
    await agrees(where(field, ">", noon), (person) => day(person) > today);
    await agrees(where(field, "<", String(noon)), (person) => day(person) < today);
    for (const operator of ["!=", "<=", ">="]) {
      const answer = await search(where(field, operator, noon));
      expect([answer.status, error(answer).field], operator).toEqual([400, "operator"]);
    }
  });

  describe.each([
    [540, "Etc/GMT-9"],
    [-480, "Etc/GMT+8"],
    [330, "+05:30"],
  ])("with a UTC offset of %d minutes", (utc_offset_minutes, timezone) => {
    beforeEach(() => reset({ utc_offset_minutes, limit_per_10s: 100_000 }));
    const dayOf = (time) => Math.floor((time + utc_offset_minutes * 60) / DAY);

    test("dates compare by the days of that time zone, which /me has", async () => {
      expect((await ask("GET", "/me")).body.app.timezone).toBe(timezone);
      const { created_at } = (await search(where("created_at", "=", IMPORTED_AT))).body.data[0];
      expect(created_at).toBe(IMPORTED_AT);
      const start = dayOf(IMPORTED_AT) * DAY - utc_offset_minutes * 60;
      const finds = async (operator, time) => {
        return (await allContacts(undefined, where("created_at", operator, time))).some(
          (person) => person.created_at === IMPORTED_AT,
        );
      };
      for (const [operator, time, expected] of [
        ["=", start - 1, false],
        ["=", start, true],
        ["=", start + DAY - 1, true],
        ["=", start + DAY, false],
        [">", start - 1, true],
        [">", start, false],
        ["<", start + DAY - 1, false],
        ["<", start + DAY, true],
      ]) {
        expect(await finds(operator, time), `${operator} ${time - start}`).toBe(expected);
      }
      const renewal = (person) => person.custom_attributes.renewal_at;
      const times = (await allContacts()).map(renewal).filter((time) => time !== undefined);
      const time = times.find((time) => dayOf(time) !== Math.floor(time / DAY));
      await agrees(where("custom_attributes.renewal_at", "=", time), (p) => dayOf(renewal(p)) === dayOf(time));
      await agrees(where("custom_attributes.renewal_at", ">", time), (p) => dayOf(renewal(p)) > dayOf(time));
    });

    test("ranges of days contain each user once, in the order of the full times", async () => {
      const users = (await allContacts(OLDEST_FIRST)).filter(({ role }) => role === "user");
      const [first, last] = [users[0], users.at(-1)].map(({ created_at }) => created_at);
      const width = Math.ceil((last - first) / 7 / DAY) * DAY;
      const found = [];
      let total = 0;
      for (let after = first - DAY; after < last; after += width) {
        const query = range(after, after + width, where("role", "=", "user"));
        const page = await search(query, { sort: OLDEST_FIRST });
        total += page.body.total_count;
        found.push(...(await allContacts(OLDEST_FIRST, query)));
      }
      expect(found).toEqual(users);
      expect(total).toBe(users.length);
    });
  });

  test("the contacts of one day are divided by the end of their ids", async () => {
    const day = range(IMPORTED_AT - DAY, IMPORTED_AT);
    const whole = await allContacts(OLDEST_FIRST, day);
    expect(whole.filter(({ created_at }) => created_at === IMPORTED_AT)).toHaveLength(50);
    const parts = [];
    for (const end of "0123456789abcdef") {
      const part = await allContacts(OLDEST_FIRST, { ...day, value: [...day.value, where("id", "$", end)] });
      expect(part.every(({ id }) => id.endsWith(end))).toBe(true);
      parts.push(...part);
    }
    expect(parts.map(({ id }) => id).sort()).toEqual(whole.map(({ id }) => id).sort());
  });

  test("groups combine filters with AND and OR, two levels deep", async () => {
    await agrees(
      {
        operator: "AND",
        value: [
          { operator: "OR", value: [where("name", "~", "山"), where("location.country", "=", "Ireland")] },
          where("role", "=", "user"),
          { operator: "OR", value: [where("phone", "!=", null), where("owner_id", "!=", null)] },
        ],
      },
      (p) =>
        (p.name?.includes("山") || p.location.country === "Ireland") &&
        p.role === "user" &&
        (p.phone !== null || p.owner_id !== null),
    );
  });

  test.each([
    ["an unknown field", where("foo", "=", 1), "field"],
    ["an unknown operator", where("email", "LIKE", "x"), "operator"],
    ["an operator that the field doesn't know", where("email", ">", "x"), "operator"],
    ["a list of tags", where("tag_id", "IN", ["101"]), "operator"],
    ["a date that is none", where("created_at", ">", "foobar"), "value"],
    ["a list that is none", where("email", "IN", "x"), "value"],
    ["no value", { field: "email", operator: "=" }, "value"],
    [
      "a third level",
      {
        operator: "AND",
        value: [{ operator: "OR", value: [{ operator: "AND", value: [where("role", "=", "user")] }] }],
      },
      "query",
    ],
    ["sixteen filters", { operator: "OR", value: Array(16).fill(where("role", "=", "user")) }, "query"],
    ["an empty group", { operator: "AND", value: [] }, "query"],
    ["no query", undefined, "query"],
  ])("%s is refused, and named", async (_, query, field) => {
    const answer = await search(query);
    expect([answer.status, error(answer).code, error(answer).field]).toEqual([400, "parameter_invalid", field]);
    expect(answer.body.type).toBe("error.list");
  });

  test("fifteen groups of fifteen filters with many values are valid", async () => {
    const filter = where(
      "email",
      "IN",
      Array.from({ length: 40 }, (_, n) => `${n}'"@example.com`).concat("john@example.com"),
    );
    const query = { operator: "AND", value: Array(15).fill({ operator: "OR", value: Array(15).fill(filter) }) };
    expect(ids(await search(query))).toEqual([JOHN]);
  });

  test.each([
    ["created_at", "ascending"],
    ["created_at", "descending"],
    ["updated_at", "descending"],
    ["last_seen_at", "ascending"],
    ["signed_up_at", "descending"],
    ["name", "ascending"],
    ["email", "descending"],
    ["owner_id", "ascending"],
    ["id", "ascending"],
    ["unsubscribed_from_emails", "descending"],
  ])("sorts by %s %s, nobody twice and nobody lost", async (field, order) => {
    const people = await allContacts({ field, order });
    expect(new Set(people.map(({ id }) => id)).size).toBe(500);
    const key = (value) =>
      value === null ? Buffer.alloc(0) : typeof value === "string" ? Buffer.from(value) : Number(value);
    const compare = (a, b) => {
      if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b);
      return (Buffer.isBuffer(a) ? -1 : a) - (Buffer.isBuffer(b) ? -1 : b);
    };
    const keys = people.map((person) => key(person[field]));
    const steps = keys.slice(1).map((next, n) => Math.sign(compare(next, keys[n])));
    expect(steps).not.toContain(order === "ascending" ? -1 : 1);
  });

  test("an invalid order or sort field is rejected with Intercom's error", async () => {
    const bad = await search(where("role", "=", "user"), { sort: { field: "name", order: "desc" } });
    expect([bad.status, error(bad)]).toEqual([
      400,
      {
        code: "invalid_sort_order",
        message: "Invalid sort order 'desc'. Must be one of: ascending, descending",
        field: "sort.order",
      },
    ]);
    const field = await search(where("role", "=", "user"), { sort: { field: "tag_id", order: "ascending" } });
    expect([field.status, error(field).field]).toEqual([400, "sort.field"]);
  });

  test("returns fifty per page, up to 150, and no next on the last page", async () => {
    const users = where("role", "=", "user");
    const first = (await search(users)).body;
    expect(first.data).toHaveLength(50);
    expect(first).toMatchObject({
      type: "list",
      total_count: 400,
      pages: { type: "pages", page: 1, per_page: 50, total_pages: 8, next: { page: 2 } },
    });
    const one = (await search(where("id", "=", JOHN))).body;
    expect(one.pages).toEqual({ type: "pages", page: 1, per_page: 50, total_pages: 1 });
    const none = (await search(where("id", "=", "x"))).body;
    expect(none).toEqual({
      type: "list",
      data: [],
      total_count: 0,
      pages: { type: "pages", page: 1, per_page: 50, total_pages: 0 },
    });
    for (const per_page of [0, 151, "x", -1]) {
      const answer = await search(users, { pagination: { per_page } });
      expect([answer.status, error(answer).field]).toEqual([400, "per_page"]);
    }
  });
});

describe("cursors", () => {
  const all = where("created_at", ">", 0);

  test("work in the body only; in the query string they are ignored", async () => {
    const first = await search(all, { pagination: { per_page: 5 } });
    const cursor = first.body.pages.next.starting_after;
    const ignored = await ask("POST", `/contacts/search?starting_after=${encodeURIComponent(cursor)}`, {
      body: { query: all, pagination: { per_page: 5 } },
    });
    expect(ids(ignored)).toEqual(ids(first));
    const next = await search(all, { pagination: { per_page: 5, starting_after: cursor } });
    expect(next.body.pages.page).toBe(2);
    expect(ids(next)).toEqual((await allContacts()).slice(5, 10).map(({ id }) => id));
  });

  test("continue with any page size, also among contacts of the same second", async () => {
    const expected = (await allContacts()).map(({ id }) => id);
    const sizes = [1, 150, 7, 33, 2, 149];
    let n = 0;
    const people = await walk((starting_after) =>
      search(all, { pagination: { per_page: sizes[n++ % sizes.length], starting_after } }),
    );
    expect(people.map(({ id }) => id)).toEqual(expected);
    const seconds = people.map((person) => person.created_at);
    expect(new Set(seconds).size, "some share a second").toBeLessThan(seconds.length);
  });

  test.each(["ascending", "descending"])(
    "neither repeat nor skip a contact while contacts are created, %s",
    async (order) => {
      const before = (await allContacts()).map(({ id }) => id);
      const made = [];
      const people = await walk(
        (starting_after) =>
          search(all, { sort: { field: "created_at", order }, pagination: { per_page: 60, starting_after } }),
        async () => {
          if (made.length > 0) return;
          for (let n = 0; n < 5; n += 1)
            made.push((await ask("POST", "/contacts", { body: { external_id: `late-${n}` } })).body.id);
          await eventually(async () => (await search(where("id", "IN", made))).body.total_count === 5);
        },
      );
      const found = people.map(({ id }) => id);
      expect(new Set(found).size).toBe(found.length);
      expect(before.filter((id) => !found.includes(id))).toEqual([]);
      // The newest contact is after every page, or before the first.
      expect(made.filter((id) => found.includes(id))).toEqual(order === "ascending" ? made : []);
    },
    20_000,
  );

  test("continue at the position of a deleted contact", async () => {
    const expected = (await allContacts()).map(({ id }) => id);
    const first = await search(all, { pagination: { per_page: 5 } });
    await ask("DELETE", `/contacts/${expected[4]}`);
    const next = await search(all, {
      pagination: { per_page: 5, starting_after: first.body.pages.next.starting_after },
    });
    expect(ids(next)).toEqual(expected.slice(5, 10));
  });

  test("that are invalid, of another order or from before a reset are rejected", async () => {
    const { body } = await search(all, { pagination: { per_page: 5 } });
    const cursor = body.pages.next.starting_after;
    const refused = async (starting_after, sort) => {
      const answer = await search(all, { sort, pagination: { starting_after } });
      return [answer.status, answer.body.errors?.[0].code, answer.body.errors?.[0].field];
    };
    const invalid = [400, "parameter_invalid", "starting_after"];
    for (const bad of ["", "x", 7, "bm9uc2Vuc2U=", cursor.slice(0, -6)]) expect(await refused(bad)).toEqual(invalid);
    expect(await refused(cursor, { field: "name", order: "ascending" })).toEqual(invalid);
    await reset({ limit_per_10s: 100_000 });
    expect(await refused(cursor)).toEqual(invalid);
  });
});

describe("creating and changing contacts", () => {
  test("a new contact can be read at once, and is found by a search later", async () => {
    let made;
    const found = async () => (await search(where("id", "=", made.body.id))).body.total_count === 1;
    await eventually(async () => {
      made = await ask("POST", "/contacts", {
        body: { role: "lead", email: "New@Example.com", name: "Néw", custom_attributes: { plan: "pro" } },
      });
      return !(await found());
    });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject({
      type: "contact",
      role: "lead",
      email: "new@example.com",
      name: "Néw",
      custom_attributes: { plan: "pro" },
      signed_up_at: null,
    });
    expect((await ask("GET", `/contacts/${made.body.id}`)).body).toEqual(made.body);
    expect((await ask("GET", "/contacts?per_page=1")).body.data[0].created_at).toBe(made.body.created_at);
    await eventually(found);
  }, 20_000);

  const HOUR_MS = 3_600_000;
  const changedLately = () => where("updated_at", ">", Math.floor(Date.now() / 1_000) - 2 * DAY);
  const newestChange = { sort: { field: "updated_at", order: "descending" }, pagination: { per_page: 1 } };
  const COMPANY = "6762f07a1bb69f9f21930001";
  const CHANGES = [
    ["an update", "PUT", `/contacts/${JOHN}`, { name: "John" }],
    ["a tag", "POST", `/contacts/${JOHN}/tags`, { id: "101" }],
    ["a tag by name", "POST", "/tags", { name: "VIP", users: [{ id: JOHN }] }],
    ["a note", "POST", `/contacts/${JOHN}/notes`, { body: "Hi" }],
    ["a company", "POST", `/contacts/${JOHN}/companies`, { id: COMPANY }],
    ["a subscription", "POST", `/contacts/${JOHN}/subscriptions`, { id: "37846", consent_type: "opt_in" }],
    ["a merge", "POST", "/contacts/merge", { from: "5bb2f45a1e099bf2d553a2d9", into: JOHN }],
  ];

  test.each(CHANGES)("%s changes updated_at, which a search finds without a delay", async (_, method, path, body) => {
    await reset({ search_delay_ms: 0 });
    expect((await search(changedLately())).body.total_count).toBe(0);
    expect((await ask(method, path, { body })).status).toBe(200);
    const found = await search(changedLately(), newestChange);
    expect([found.body.total_count, ids(found)]).toEqual([1, [JOHN]]);
  });

  test("removing a tag or a company changes updated_at", async () => {
    await reset({ search_delay_ms: 0 });
    const COLLECTOR = "5bb2f45a1e099bf2d553a2da";
    for (const [id, path] of [
      [COLLECTOR, "tags/101"],
      [COLLECTOR, "companies/6762f07a1bb69f9f21930001"],
    ]) {
      const before = (await ask("GET", `/contacts/${id}`)).body.updated_at;
      expect((await ask("DELETE", `/contacts/${id}/${path}`)).status, path).toBe(200);
      expect((await ask("GET", `/contacts/${id}`)).body.updated_at, path).toBeGreaterThan(before);
      await reset({ search_delay_ms: 0 });
    }
  });

  test("an archive, a restore and a deleted tag do not change updated_at", async () => {
    await reset({ search_delay_ms: 0 });
    const { updated_at } = (await ask("GET", `/contacts/${JOHN}`)).body;
    await ask("POST", `/contacts/${JOHN}/archive`);
    expect((await ask("GET", `/contacts/${JOHN}`)).body.updated_at).toBe(updated_at);
    await ask("POST", `/contacts/${JOHN}/unarchive`);
    await ask("DELETE", "/tags/101");
    expect((await search(changedLately())).body.total_count).toBe(0);
  });

  test("during the delay, a search uses the old updated_at; the response has the changed contact", async () => {
    await reset({ search_delay_ms: HOUR_MS });
    const before = (await ask("GET", `/contacts/${JOHN}`)).body;
    await ask("PUT", `/contacts/${JOHN}`, { body: { name: "John" } });
    const after = (await ask("PUT", `/contacts/${JOHN}`, { body: { phone: "1" } })).body;
    expect(after.updated_at).toBeGreaterThan(before.updated_at);
    expect((await search(changedLately())).body.total_count).toBe(0);
    const oldDay = { operator: "AND", value: [where("updated_at", "=", before.updated_at), where("id", "=", JOHN)] };
    expect((await search(oldDay)).body.data).toEqual([after]);
    const byChange = await allContacts({ field: "updated_at", order: "ascending" });
    expect(byChange[0]).toEqual(after);
    // A search for any other field finds the contact with its new value.
    expect(ids(await search(where("name", "=", "John")))).toEqual([JOHN]);
    const day = await allContacts(OLDEST_FIRST, range(before.created_at - DAY, before.created_at));
    expect(day).toEqual([after]);
  });

  test("after the delay, a search uses the latest updated_at", async () => {
    await reset({ search_delay_ms: 1_000 });
    await ask("PUT", `/contacts/${JOHN}`, { body: { name: "John" } });
    const after = (await ask("POST", `/contacts/${JOHN}/tags`, { body: { id: "101" } })).status;
    expect(after).toBe(200);
    await eventually(async () => (await search(changedLately())).body.total_count === 1);
    expect(ids(await search(changedLately(), newestChange))).toEqual([JOHN]);
  }, 20_000);

  test("the delay applies to new contacts, also of one hour or none", async () => {
    const isFound = async () => {
      const { id } = (await ask("POST", "/contacts", { body: { external_id: "new" } })).body;
      return (await search(where("id", "=", id))).body.total_count === 1;
    };
    await reset({ search_delay_ms: 0 });
    expect(await isFound()).toBe(true);
    await reset({ search_delay_ms: HOUR_MS });
    expect(await isFound()).toBe(false);
    expect(await control("GET", "health")).toMatchObject({ search_delay_ms: HOUR_MS, utc_offset_minutes: 0 });
  });

  test("a new contact never has the id of a deleted one", async () => {
    const made = new Set();
    for (let n = 0; n < 20; n += 1) {
      const { id } = (await ask("POST", "/contacts", { body: { external_id: "again" } })).body;
      made.add(id);
      await ask("DELETE", `/contacts/${id}`);
    }
    expect(made.size).toBe(20);
  });

  test("an external id or an address of another contact is 409", async () => {
    const conflict = async (body) => {
      const answer = await ask("POST", "/contacts", { body });
      return [answer.status, answer.body.errors?.[0]];
    };
    const taken = [
      409,
      { code: "conflict", message: `A contact matching those details already exists with id=${JOHN}` },
    ];
    expect(await conflict({ external_id: "john_doe" })).toEqual(taken);
    expect(await conflict({ email: "JOHN@example.com" })).toEqual(taken);
    expect((await conflict({ email: "john@example.com", role: "lead" }))[0]).toBe(200);
    const put = await ask("PUT", "/contacts/5bb2f45a1e099bf2d553a2d6", { body: { external_id: "john_doe" } });
    expect(put.status).toBe(409);
    await ask("POST", `/contacts/${JOHN}/archive`);
    expect((await conflict({ external_id: "john_doe" }))[1].message).toBe(
      `An archived contact matching those details already exists with id=${JOHN}`,
    );
  });

  test("an invalid body is rejected with the name of the field", async () => {
    for (const [field, value] of [
      ["role", "admin"],
      ["email", "nobody"],
      ["name", 7],
      ["owner_id", "x"],
      ["custom_attributes", []],
    ]) {
      const answer = await ask("POST", "/contacts", { body: { external_id: "x", [field]: value } });
      expect([answer.status, error(answer).field]).toEqual([400, field]);
    }
    expect((await ask("POST", "/contacts", { body: {} })).status).toBe(400);
    const lead = await ask("POST", "/contacts", { body: { role: "lead" } });
    expect(lead.body.external_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("an update changes only the fields that it has", async () => {
    const before = (await ask("GET", `/contacts/${JOHN}`)).body;
    const after = (
      await ask("PUT", `/contacts/${JOHN}`, { body: { name: "John", custom_attributes: { seats: 2 }, id: "x" } })
    ).body;
    expect(after).toEqual({ ...before, name: "John", custom_attributes: { seats: 2 }, updated_at: after.updated_at });
    expect(after.updated_at).toBeGreaterThan(before.updated_at);
    expect((await ask("GET", `/contacts/${JOHN}`)).body).toEqual(after);
    expect(ids(await search(where("name", "=", "John")))).toEqual([JOHN]);
    expect((await ask("PUT", "/contacts/nobody", { body: {} })).status).toBe(404);
  });

  test("an archived contact is in no list or search and can be restored; a deleted one cannot", async () => {
    const count = async () => [
      (await ask("GET", "/contacts")).body.total_count,
      (await search(where("id", "=", JOHN))).body.total_count,
    ];
    const left = { type: "contact", id: JOHN, external_id: "john_doe" };
    expect((await ask("POST", `/contacts/${JOHN}/archive`)).body).toEqual({ ...left, archived: true });
    expect(await count()).toEqual([499, 0]);
    expect((await ask("POST", `/contacts/${JOHN}/unarchive`)).body).toEqual({ ...left, archived: false });
    expect(await count()).toEqual([500, 1]);
    expect((await ask("DELETE", `/contacts/${JOHN}`)).body).toEqual({ ...left, deleted: true });
    expect(await count()).toEqual([499, 0]);
    expect((await ask("GET", `/contacts/${JOHN}`)).status).toBe(404);
  });
});

describe("changing tags, companies, notes and events", () => {
  const LEAD = "5bb2f45a1e099bf2d553a2d9";
  const COMPANY = "6762f07a1bb69f9f21930001";
  const names = async (path) => (await ask("GET", path)).body.data.map(({ name }) => name);
  const refused = async (answer, status, code, message) => {
    const { status: is, body } = await answer;
    expect([is, body.errors[0].code, body.errors[0].message]).toEqual([status, code, message]);
  };

  test("a lead is merged into a user, with its tags, companies and notes", async () => {
    const own = await names(`/contacts/${LEAD}/tags`);
    await ask("POST", `/contacts/${LEAD}/tags`, { body: { id: 101 } });
    await ask("POST", `/contacts/${LEAD}/companies`, { body: { id: COMPANY } });
    await ask("POST", `/contacts/${LEAD}/notes`, { body: { body: "Hi" } });
    const { status, body } = await ask("POST", "/contacts/merge", { body: { from: LEAD, into: JOHN } });
    expect([status, body.id, body.role]).toEqual([200, JOHN, "user"]);
    expect((await names(`/contacts/${JOHN}/tags`)).sort()).toEqual(["VIP", ...own].sort());
    expect([body.companies.total_count, body.notes.total_count]).toEqual([1, 3]);
    const gone = await ask("GET", `/contacts/${LEAD}`);
    expect([gone.status, error(gone).code]).toEqual([410, "contact_merged"]);
    expect(ids(await search(where("id", "=", LEAD)))).toEqual([]);
  });

  test("only a lead is merged, and only into a user", async () => {
    const merge = (body) => ask("POST", "/contacts/merge", { body });
    await refused(merge({ from: JOHN, into: JOHN }), 400, "parameter_invalid", "from must be a lead");
    await refused(merge({ from: LEAD, into: LEAD }), 400, "parameter_invalid", "into must be a user");
    await refused(merge({ into: JOHN }), 400, "parameter_not_found", "from not specified");
    await refused(merge({ from: "nobody", into: JOHN }), 404, "not_found", "User Not Found");
  });

  test("tags are created once per name, renamed, added and removed", async () => {
    const made = await ask("POST", "/tags", { body: { name: "Fresh" } });
    expect([made.status, made.body]).toEqual([200, { type: "tag", id: made.body.id, name: "Fresh" }]);
    expect((await ask("POST", "/tags", { body: { name: "FRESH", users: [{ id: JOHN }, { id: LEAD }] } })).body).toEqual(
      made.body,
    );
    expect(await names(`/contacts/${JOHN}/tags`)).toEqual(["Fresh"]);
    expect(ids(await search(where("tag_id", "=", made.body.id))).sort()).toEqual([JOHN, LEAD]);
    const off = await ask("DELETE", `/contacts/${JOHN}/tags/${made.body.id}`);
    expect(off.body).toMatchObject({ ...made.body, applied_by: { type: "admin" } });
    await refused(ask("DELETE", `/contacts/${JOHN}/tags/${made.body.id}`), 404, "not_found", "Resource Not Found");
    expect((await ask("POST", `/contacts/${JOHN}/tags`, { body: { id: made.body.id } })).body).toMatchObject(made.body);
    expect((await ask("POST", "/tags", { body: { id: made.body.id, name: "Stale" } })).body.name).toBe("Stale");
    const deleted = await ask("DELETE", `/tags/${made.body.id}`);
    expect([deleted.status, deleted.text]).toEqual([200, ""]);
    expect(await names(`/contacts/${LEAD}/tags`)).not.toContain("Stale");
    expect((await ask("GET", `/contacts/${JOHN}`)).body.tags).toMatchObject({ data: [], total_count: 0 });
    await refused(ask("DELETE", `/tags/${made.body.id}`), 404, "not_found", "Resource Not Found");
  });

  test("a tag for an unknown contact is added to no contact", async () => {
    await refused(
      ask("POST", "/tags", { body: { name: "New", users: [{ id: JOHN }, { id: "nobody" }] } }),
      404,
      "not_found",
      "User Not Found",
    );
    await refused(
      ask("POST", "/tags", { body: { name: "New", companies: [{ company_id: "nowhere" }] } }),
      404,
      "company_not_found",
      "Company Not Found",
    );
    await refused(
      ask("POST", "/tags", { body: { test: "invalid" } }),
      400,
      "parameter_invalid",
      "invalid tag parameters",
    );
    expect(await names("/tags")).not.toContain("New");
    expect(await names(`/contacts/${JOHN}/tags`)).toEqual([]);
  });

  test("companies are created and changed by company_id, changed by id, and tagged", async () => {
    const body = { company_id: "blue", name: "Blue", plan: "Pro", monthly_spend: 5, custom_attributes: { a: 1 } };
    const made = (await ask("POST", "/companies", { body })).body;
    expect(made).toMatchObject({ ...body, type: "company", plan: { type: "plan", name: "Pro" }, user_count: 0 });
    expect(
      (await ask("POST", "/companies", { body: { company_id: "blue", custom_attributes: { b: 2 } } })).body,
    ).toMatchObject({ id: made.id, name: "Blue", custom_attributes: { a: 1, b: 2 } });
    expect(
      (await ask("PUT", `/companies/${made.id}`, { body: { name: "Red", company_id: "other" } })).body,
    ).toMatchObject({ name: "Red", company_id: "blue" });
    expect((await ask("GET", "/companies")).body.total_count).toBe(121);
    const tag = (
      await ask("POST", "/tags", { body: { name: "Key", companies: [{ id: made.id }, { company_id: "company-1" }] } })
    ).body;
    expect((await ask("GET", `/companies?tag_id=${tag.id}`)).body.data.map(({ company_id }) => company_id)).toEqual([
      "blue",
      "company-1",
    ]);
    await ask("POST", "/tags", { body: { name: "Key", companies: [{ id: made.id, untag: true }] } });
    expect((await ask("GET", `/companies?tag_id=${tag.id}`)).body.total_count).toBe(1);
    await refused(ask("POST", "/companies", { body: { test: "invalid" } }), 400, "bad_request", "bad 'test' parameter");
    await refused(ask("POST", "/companies", { body: { name: 7 } }), 400, "bad_request", "bad 'name' parameter");
    await refused(ask("PUT", "/companies/1", { body: {} }), 404, "company_not_found", "Company Not Found");
  });

  test("contacts are added to and removed from companies", async () => {
    const before = (await ask("GET", `/companies/${COMPANY}/contacts`)).body.total_count;
    expect((await ask("POST", `/contacts/${JOHN}/companies`, { body: { id: COMPANY } })).body).toMatchObject({
      id: COMPANY,
      user_count: before + 1,
    });
    const people = (await ask("GET", `/companies/${COMPANY}/contacts?per_page=150`)).body;
    expect(people).toMatchObject({ type: "list", total_count: before + 1, pages: { type: "pages", page: 1 } });
    expect(people.data.find(({ id }) => id === JOHN)).toMatchObject({ type: "contact", role: "user" });
    expect((await ask("DELETE", `/contacts/${JOHN}/companies/${COMPANY}`)).body.user_count).toBe(before);
    await refused(
      ask("POST", `/contacts/${JOHN}/companies`, { body: {} }),
      400,
      "parameter_not_found",
      "company not specified",
    );
    await refused(
      ask("POST", `/contacts/${JOHN}/companies`, { body: { id: "1" } }),
      404,
      "company_not_found",
      "Company Not Found",
    );
    await refused(ask("DELETE", `/contacts/nobody/companies/${COMPANY}`), 404, "not_found", "User Not Found");
    await refused(ask("GET", "/companies/1/contacts"), 404, "company_not_found", "Company Not Found");
  });

  test("notes are created, listed newest first, and read", async () => {
    const { body } = await ask("POST", `/contacts/${JOHN}/notes`, { body: { body: "Hello", admin_id: "1234568" } });
    expect(body).toMatchObject({
      type: "note",
      body: "<p>Hello</p>",
      contact: { type: "contact", id: JOHN },
      author: { type: "admin", id: "1234568" },
    });
    expect((await ask("GET", `/contacts/${JOHN}/notes`)).body.data.map(({ id }) => id)).toEqual([body.id, "25", "24"]);
    expect((await ask("GET", `/notes/${body.id}`)).body).toEqual(body);
    await refused(ask("GET", "/notes/1"), 404, "not_found", "Resource Not Found");
    await refused(
      ask("POST", `/contacts/${JOHN}/notes`, { body: {} }),
      400,
      "parameter_not_found",
      "body not specified",
    );
    await refused(
      ask("POST", `/contacts/${JOHN}/notes`, { body: { body: "X", admin_id: "1" } }),
      404,
      "not_found",
      "Resource Not Found",
    );
  });

  test("events are created and listed, with the absolute URL of the next page", async () => {
    for (const at of [1, 2, 3]) {
      const answer = await ask("POST", "/events", {
        body: { event_name: at === 3 ? "left" : "came", created_at: at, user_id: "john_doe" },
      });
      expect([answer.status, answer.text]).toEqual([202, ""]);
    }
    const { body } = await ask("GET", `/events?type=user&intercom_user_id=${JOHN}&per_page=2`);
    expect(body).toMatchObject({
      type: "event.list",
      email: "john@example.com",
      events: [{ type: "event", event_name: "left", created_at: 3, intercom_user_id: JOHN }, { created_at: 2 }],
    });
    const next = new URL(body.pages.next);
    expect((await ask("GET", next.pathname + next.search)).body.events.map(({ created_at }) => created_at)).toEqual([
      1,
    ]);
    const summary = (await ask("GET", "/events?type=user&email=john%40example.com&summary=true")).body;
    expect([summary.type, summary.events]).toEqual([
      "event.summary",
      [
        { name: "came", first: 1, last: 2, count: 2 },
        { name: "left", first: 3, last: 3, count: 1 },
      ],
    ]);
    await refused(ask("GET", "/events?user_id=john_doe"), 400, "parameter_invalid", "type must be user");
    await refused(
      ask("POST", "/events", { body: { event_name: "x", created_at: 1, user_id: "nobody" } }),
      404,
      "not_found",
      "User Not Found",
    );
    await refused(
      ask("POST", "/events", { body: { event_name: "x", user_id: "john_doe" } }),
      400,
      "parameter_invalid",
      "created_at must be a UNIX timestamp",
    );
  });

  test("visitors are found, changed, and become users or leads", async () => {
    const [id, user_id] = ["5bb2f45a1e099bf2d553a2e1", "8d1e5f4c-7a63-4c55-9d0e-0000000000e1"];
    expect((await ask("GET", `/visitors?user_id=${user_id}`)).body).toMatchObject({
      type: "visitor",
      id,
      anonymous: true,
      app_id: "bdguin94",
    });
    expect(
      (await ask("PUT", "/visitors", { body: { id, name: "V", custom_attributes: { a: 1 } } })).body,
    ).toMatchObject({ id, name: "V", custom_attributes: { a: 1 } });
    const convert = (body) => ask("POST", "/visitors/convert", { body });
    await refused(convert({ type: "user", visitor: { id } }), 400, "parameter_not_found", "user not specified");
    await refused(
      convert({ type: "admin", visitor: { id }, user: {} }),
      400,
      "parameter_invalid",
      "type must be user or lead",
    );
    expect((await convert({ type: "user", visitor: { id }, user: { user_id: "john_doe" } })).body.id).toBe(JOHN);
    await refused(ask("GET", `/visitors?user_id=${user_id}`), 404, "not_found", "Visitor Not Found");
    const lead = (
      await convert({ type: "lead", visitor: { id: "5bb2f45a1e099bf2d553a2e2" }, user: { email: "v@example.com" } })
    ).body;
    expect(lead).toMatchObject({ type: "contact", role: "lead", email: "v@example.com" });
  });

  test("segments have a count if the query requests it", async () => {
    const { segments } = (await ask("GET", "/segments?include_count=true")).body;
    for (const { id, count } of segments)
      expect(count).toBe((await search(where("segment_id", "=", id))).body.total_count);
  });
});

describe("the workspace", () => {
  test("has admins, one of them away, and returns the owner of the token", async () => {
    const { type, admins } = (await ask("GET", "/admins")).body;
    expect(type).toBe("admin.list");
    expect(admins).toHaveLength(5);
    expect(admins.every(({ id }) => /^\d+$/.test(id))).toBe(true);
    expect(admins.filter((admin) => admin.away_mode_enabled).map(({ id }) => id)).toEqual(["1234569"]);
    expect((await ask("GET", `/admins/${ADMIN}`)).body).toEqual({ ...admins[0], away_status_reason_id: null });
    const missing = await ask("GET", "/admins/1");
    expect([missing.status, error(missing)]).toEqual([404, { code: "admin_not_found", message: "Admin not found" }]);
    expect((await ask("GET", "/me")).body).toMatchObject({
      type: "admin",
      id: ADMIN,
      email_verified: true,
      has_inbox_seat: true,
      app: { type: "app", region: "US", id_code: "bdguin94" },
    });
  });

  test("has tags and segments", async () => {
    const tags = (await ask("GET", "/tags")).body;
    expect([tags.type, tags.data.length]).toEqual(["list", 12]);
    expect((await ask("GET", "/tags/103")).body).toEqual({ type: "tag", id: "103", name: "重要" });
    const { type, segments } = (await ask("GET", "/segments")).body;
    expect([type, segments.length]).toEqual(["segment.list", 5]);
    expect((await ask("GET", `/segments/${segments[1].id}`)).body).toEqual(segments[1]);
    for (const path of ["/tags/1", "/segments/1"]) {
      const answer = await ask("GET", path);
      expect([answer.status, error(answer)]).toEqual([404, { code: "not_found", message: "Resource Not Found" }]);
    }
  });

  test("has companies, by page in both orders and by scroll", async () => {
    const pages = [];
    for (let page = 1; page <= 3; page += 1) pages.push((await ask("GET", `/companies?per_page=60&page=${page}`)).body);
    expect(pages.map(({ data }) => data.length)).toEqual([60, 60, 0]);
    expect(pages[0]).toMatchObject({
      type: "list",
      total_count: 120,
      pages: { page: 1, per_page: 60, total_pages: 2 },
    });
    const companies = pages.flatMap(({ data }) => data);
    expect(new Set(companies.map(({ id }) => id)).size).toBe(120);
    expect(companies.reduce((sum, company) => sum + company.user_count, 0)).toBeGreaterThan(0);
    // The description has them in the query; the body is used for those that the query does not have.
    for (const [query, body] of [
      ["?per_page=60&page=2"],
      ["", { per_page: 60, page: 2 }],
      ["?page=2", { per_page: 60, page: 1 }],
    ]) {
      expect((await ask("POST", `/companies/list${query}`, { body })).body, query).toEqual(pages[1]);
    }
    const [oldest] = (await ask("POST", "/companies/list?order=asc&per_page=1")).body.data;
    expect(oldest.company_id).toBe("company-1");
    expect((await ask("POST", "/companies/list?page=0")).status).toBe(400);
    expect((await ask("GET", `/companies/${companies[0].id}`)).body).toEqual(companies[0]);
    expect((await ask("GET", `/companies?company_id=${companies[3].company_id}`)).body).toEqual(companies[3]);
    const missing = await ask("GET", "/companies/1");
    expect([missing.status, error(missing).code]).toEqual([404, "company_not_found"]);

    const first = (await ask("GET", "/companies/scroll")).body;
    const second = (await ask("GET", `/companies/scroll?scroll_param=${first.scroll_param}`)).body;
    const again = await ask("GET", "/companies/scroll");
    expect([again.status, error(again).code]).toEqual([400, "scroll_exists"]);
    const end = (await ask("GET", `/companies/scroll?scroll_param=${first.scroll_param}`)).body;
    expect([first.data.length, second.data.length, end.data.length]).toEqual([100, 20, 0]);
    expect((await ask("GET", "/companies/scroll")).status).toBe(200);
  });

  test("a scroll returns each company once while companies are deleted and created", async () => {
    const first = (await ask("GET", "/companies/scroll")).body;
    for (const { id } of first.data.slice(0, 30)) await ask("DELETE", `/companies/${id}`);
    const second = (await ask("GET", `/companies/scroll?scroll_param=${first.scroll_param}`)).body;
    // The new company does not take the place or the id of the last.
    const { id } = second.data.at(-1);
    await ask("DELETE", `/companies/${id}`);
    const late = (await ask("POST", "/companies", { body: { company_id: "late" } })).body;
    expect(late.id).toMatch(/^[0-9a-f]{24}$/);
    expect(late.id).not.toBe(id);
    const third = (await ask("GET", `/companies/scroll?scroll_param=${first.scroll_param}`)).body;
    expect([...first.data, ...second.data, ...third.data].map(({ company_id }) => company_id)).toEqual([
      ...Array.from({ length: 120 }, (_, n) => `company-${n + 1}`),
      "late",
    ]);
    expect([first.pages, first.total_count]).toEqual([null, null]);
    // The end expires the scroll, and its parameter is unknown.
    const path = `/companies/scroll?scroll_param=${first.scroll_param}`;
    expect((await ask("GET", path)).body).toMatchObject({ data: [], scroll_param: null });
    expect((await ask("GET", path)).status).toBe(404);
  });
});

describe("tags and segments of companies", () => {
  const all = async (query) =>
    (await ask("GET", `/companies?per_page=60&${query}`)).body.data.map(({ company_id }) => company_id);

  test("some companies have a tag or a segment, and are found by it", async () => {
    const { segments } = (await ask("GET", "/segments")).body;
    expect(await all("tag_id=101")).toEqual(Array.from({ length: 12 }, (_, n) => `company-${111 - 10 * n}`));
    expect(await all(`segment_id=${segments[2].id}`)).toEqual(
      Array.from({ length: 15 }, (_, n) => `company-${113 - 8 * n}`),
    );
    expect(await all(`segment_id=${segments[1].id}`)).toEqual([]);
    expect((await ask("GET", "/companies?name=Blue%20Bank")).body).toMatchObject({
      type: "company",
      company_id: "company-2",
      name: "Blue Bank",
    });
    expect((await ask("GET", "/companies?name=Nowhere")).status).toBe(404);
  });

  test("a renamed tag is renamed on companies, a deleted one is removed", async () => {
    const tags = async () => (await ask("GET", "/companies?company_id=company-1")).body.tags;
    expect(await tags()).toEqual({ type: "tag.list", tags: [{ type: "tag", id: "101", name: "VIP" }] });
    await ask("POST", "/tags", { body: { id: "101", name: "Very important" } });
    expect((await tags()).tags).toEqual([{ type: "tag", id: "101", name: "Very important" }]);
    await ask("DELETE", "/tags/101");
    expect(await tags()).toEqual({ type: "tag.list", tags: [] });
  });

  test("a deleted company is removed from its contacts", async () => {
    const id = "6762f07a1bb69f9f21930001";
    expect((await ask("DELETE", `/companies/${id}`)).body).toEqual({ id, object: "company", deleted: true });
    for (const [method, path] of [
      ["GET", `/companies/${id}`],
      ["DELETE", `/companies/${id}`],
    ]) {
      const answer = await ask(method, path);
      expect([answer.status, error(answer).code]).toEqual([404, "company_not_found"]);
    }
    const collector = (await ask("GET", "/contacts/find_by_external_id/collector")).body;
    expect([collector.companies.total_count, collector.companies.data.some((one) => one.id === id)]).toEqual([
      11,
      false,
    ]);
    expect((await ask("GET", "/companies")).body.total_count).toBe(119);
  });
});

describe("data attributes", () => {
  const list = async (query = "") => (await ask("GET", `/data_attributes${query}`)).body.data;
  const create = (body) => ask("POST", "/data_attributes", { body });
  const refused = async (answer, ...expected) => {
    const { status, body } = await answer;
    expect([status, body.errors[0].code, body.errors[0].message]).toEqual(expected);
  };

  test("are the standard ones, and the custom ones of contacts and conversations", async () => {
    const all = await list();
    const of = async (model) => (await list(`?model=${model}`)).map((one) => one.full_name);
    for (const model of ["contact", "company", "conversation"]) {
      expect(await of(model)).toEqual(all.filter((one) => one.model === model).map((one) => one.full_name));
    }
    expect(all.find((one) => one.model === "contact" && one.name === "email")).toEqual({
      type: "data_attribute",
      name: "email",
      full_name: "email",
      label: "Email",
      data_type: "string",
      api_writable: true,
      ui_writable: false,
      messenger_writable: true,
      custom: false,
      archived: false,
      model: "contact",
    });
    const people = await allContacts();
    const had = new Set(people.flatMap((person) => Object.keys(person.custom_attributes)));
    const custom = all.filter((one) => one.custom && one.model === "contact");
    expect(new Set(custom.map((one) => one.name))).toEqual(had);
    expect(custom[0]).toMatchObject({
      id: 1,
      name: "plan",
      full_name: "custom_attributes.plan",
      data_type: "string",
      options: ["free", "pro", "enterprise"],
      admin_id: ADMIN,
    });
    const reached = (person, path) => path.split(".").reduce((inner, name) => inner?.[name], person) !== undefined;
    const standard = all.filter((one) => !one.custom && one.model === "contact");
    expect(standard.filter((one) => !reached(people[0], one.full_name))).toEqual([]);
    for (const [query, field] of [
      ["model=ticket", "model"],
      ["include_archived=maybe", "include_archived"],
    ]) {
      const answer = await ask("GET", `/data_attributes?${query}`);
      expect([answer.status, error(answer).field]).toEqual([400, field]);
    }
  });

  test("are created, changed and archived", async () => {
    const { status, body } = await create({ name: "Mithril Shirt", model: "company", data_type: "string" });
    expect([status, body]).toEqual([
      200,
      {
        type: "data_attribute",
        id: 7,
        name: "Mithril Shirt",
        full_name: "custom_attributes.Mithril Shirt",
        label: "Mithril Shirt",
        data_type: "string",
        api_writable: true,
        ui_writable: false,
        messenger_writable: false,
        custom: true,
        archived: false,
        admin_id: ADMIN,
        created_at: expect.any(Number),
        updated_at: body.created_at,
        model: "company",
      },
    ]);
    const change = {
      description: "Just a plain old ring",
      options: [{ value: "1-10" }, { value: "11-20" }],
      archived: true,
    };
    const changed = (await ask("PUT", "/data_attributes/7", { body: change })).body;
    expect(changed).toEqual({
      ...body,
      description: change.description,
      options: ["1-10", "11-20"],
      archived: true,
      updated_at: expect.any(Number),
    });
    const names = async (query) => (await list(query)).map(({ name }) => name);
    expect(await names("?model=company")).not.toContain("Mithril Shirt");
    expect(await names("?model=company&include_archived=true")).toContain("Mithril Shirt");
    const listed = (
      await create({ name: "Size", model: "contact", data_type: "options", options: [{ value: "S" }, { value: "L" }] })
    ).body;
    expect(listed).toMatchObject({ id: 8, data_type: "string", options: ["S", "L"] });
  });

  test("that are invalid are rejected with Intercom's error", async () => {
    const fine = { name: "The One Ring", model: "company", data_type: "string" };
    expect((await create(fine)).status).toBe(200);
    const invalid = (answer, message) => refused(answer, 400, "parameter_invalid", message);
    await invalid(
      create({ ...fine, model: "contact" }),
      "You already have 'The One Ring' in your company data. To save this as new people data, use a different name.",
    );
    await invalid(
      create(fine),
      "You already have 'The One Ring' in your company data. To save this as new company data, use a different name.",
    );
    await invalid(
      create({ ...fine, name: "!nv@l!d n@me" }),
      "Your name for this attribute must only contain alphanumeric characters, currency symbols, and hyphens",
    );
    await invalid(create({ ...fine, name: "Other", data_type: "mithril" }), "Data Type isn't an option");
    await invalid(
      create({ options: [{ value: "1-10" }] }),
      "The Data Attribute model field must be either contact or company",
    );
    await invalid(
      create({ ...fine, name: "Other", data_type: "options", options: [{ value: "S" }] }),
      "At least two options are required",
    );
    await invalid(ask("PUT", "/data_attributes/1", { body: { options: { value: "1-10" } } }), "Options isn't an array");
    await refused(
      ask("PUT", "/data_attributes/99", { body: {} }),
      404,
      "field_not_found",
      "We couldn't find that data attribute to update",
    );
  });
});

describe("POST /messages", () => {
  test("sends an e-mail from an admin, and the message log has it", async () => {
    const message = email({ type: "user", id: JOHN });
    const answer = await send(message);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      type: "admin_message",
      subject: "Hey",
      body: "How are you ?",
      template: "plain",
      message_type: "email",
      owner: { type: "admin", id: ADMIN, name: "John doe", away_mode_enabled: false },
    });
    expect(await messageLog()).toEqual({ type: "list", total: 1, data: [{ request: message, answer: answer.body }] });
  });

  test("sends in-app in both spellings, to leads, contacts and several recipients, from a numeric id", async () => {
    const { body: lead } = await ask("GET", "/contacts/find_by_external_id/8d1e5f4c-7a63-4c55-9d0e-000000000004");
    for (const change of [
      { message_type: "inapp", subject: null, template: null },
      { message_type: "in_app" },
      { to: { type: "lead", id: lead.id } },
      { to: { type: "contact", id: lead.id } },
      {
        to: [
          { type: "user", id: JOHN },
          { type: "lead", id: lead.id },
        ],
      },
      { from: { type: "admin", id: Number(ADMIN) } },
    ]) {
      const answer = await send(email({ type: "user", id: JOHN }, change));
      expect(answer.status, JSON.stringify(change)).toBe(200);
      if (change.message_type) expect(answer.body.message_type).toBe("inapp");
    }
    expect((await messageLog()).total).toBe(6);
  });

  test("starts a conversation from a contact", async () => {
    const answer = await send({ from: { type: "user", id: JOHN }, body: "heyy" });
    expect(answer.body).toMatchObject({
      type: "user_message",
      body: "heyy",
      message_type: "inapp",
      conversation_id: expect.any(String),
    });
  });

  test.each([
    ["no body", { body: null }, 400, "parameter_invalid", "Body is required"],
    [
      "an e-mail without a subject",
      { subject: undefined },
      422,
      "parameter_not_found",
      "No subject supplied for email message",
    ],
    [
      "an e-mail without a subject to a user_id",
      { subject: undefined, to: { type: "user", user_id: "70" } },
      422,
      "parameter_not_found",
      "No subject supplied for email message",
    ],
    ["an e-mail of no template", { template: undefined }, 400, "parameter_invalid"],
    ["an unknown kind", { message_type: "fax" }, 400, "parameter_invalid"],
    ["an unknown admin", { from: { type: "admin", id: "1" } }, 404, "not_found"],
    ["nobody's name", { from: undefined }, 400, "parameter_invalid"],
    ["a user_id", { to: { type: "user", user_id: "john_doe" } }, 400, "parameter_invalid"],
    ["an e-mail address", { to: { type: "user", email: "john@example.com" } }, 400, "parameter_invalid"],
    [
      "an unknown contact",
      { to: { type: "user", id: "000000000000000000000000" } },
      404,
      "not_found",
      "Resource Not Found",
    ],
    ["a user who is called a lead", { to: { type: "lead", id: JOHN } }, 404, "not_found"],
    ["somebody who was merged", { to: { type: "user", id: "5bb2f45a1e099bf2d553a2df" } }, 404, "not_found"],
    ["somebody unsubscribed", { to: { type: "user", id: "5bb2f45a1e099bf2d553a2d8" } }, 403, "forbidden"],
    [
      "several, one of them unsubscribed",
      {
        to: [
          { type: "user", id: JOHN },
          { type: "user", id: "5bb2f45a1e099bf2d553a2d8" },
        ],
      },
      403,
      "forbidden",
    ],
  ])("refuses %s, and sends nothing", async (_, change, status, code, message) => {
    const answer = await send(email({ type: "user", id: JOHN }, change));
    expect([answer.status, error(answer).code]).toEqual([status, code]);
    if (message) expect(error(answer).message).toBe(message);
    expect((await messageLog()).total).toBe(0);
  });

  test("is 404 for a new contact, and succeeds later", async () => {
    let made;
    const write = async () => (await send(email({ type: "lead", id: made.body.id }))).status;
    await eventually(async () => {
      made = await ask("POST", "/contacts", { body: { role: "lead" } });
      return (await write()) === 404;
    });
    const before = (await messageLog()).total;
    await eventually(async () => (await write()) === 200);
    expect((await messageLog()).total).toBe(before + 1);
  }, 20_000);
});

describe("the request log", () => {
  test("has each request unchanged, without those to the control endpoints", async () => {
    await ask("POST", "/contacts/search?a=b%20c", { body: "{", headers: { "x-mine": "yes" } });
    await ask("GET", "/nowhere", { headers: { authorization: null } });
    const { total, data } = await requestLog();
    expect(total).toBe(2);
    expect(data[0]).toMatchObject({
      method: "POST",
      path: "/contacts/search?a=b%20c",
      body: "{",
      headers: { "x-mine": "yes", authorization: "Bearer sandbox-token" },
    });
    expect(data[0].at_ms).toBeLessThanOrEqual(data[1].at_ms);
    expect(data[1]).toMatchObject({ method: "GET", path: "/nowhere", body: "" });
    expect(data[1].headers).not.toHaveProperty("authorization");
    await reset();
    expect((await requestLog()).total).toBe(0);
  });
});

describe("faults", () => {
  const john = () => ask("GET", `/contacts/${JOHN}`);
  const message = email({ type: "user", id: JOHN });

  test.each(["status:400", "status:429", "status:500", "status:503", "html403", "hang"])(
    "%s fails before the request is handled",
    async (kind) => {
      await fault(kind, { method: "POST", path: "/messages" });
      const signal = new AbortController();
      const lost = fetch(`${SANDBOX_URL}/messages`, {
        method: "POST",
        signal: signal.signal,
        body: JSON.stringify(message),
        headers: { authorization: "Bearer sandbox-token" },
      }).catch(() => undefined);
      if (kind === "hang") {
        await eventually(async () => (await requestLog()).total === 1);
        signal.abort();
      }
      await lost;
      expect((await messageLog()).total).toBe(0);
      expect((await requestLog()).total).toBe(1);
    },
  );

  test.each(["accept_then:502", "truncate", "reset", "empty200"])(
    "%s fails after the request is handled, once",
    async (kind) => {
      await fault(kind, { method: "POST", path: "/messages" });
      await send(message).catch(() => undefined);
      expect((await messageLog()).total).toBe(1);
      expect((await requestLog()).total).toBe(1);
    },
  );

  test("status:429 is Intercom's error, with no requests left until the window ends", async () => {
    await fault("status:429");
    const answer = await john();
    expect([answer.status, error(answer).code]).toEqual([429, "rate_limit_exceeded"]);
    expect(answer.headers.get("x-ratelimit-remaining")).toBe("0");
    expect(Number(answer.headers.get("x-ratelimit-reset")) % 10).toBe(0);
    expect(answer.headers.get("retry-after")).toBeNull();
    expect((await john()).status).toBe(200);
  });

  test("status:… and accept_then:… return an error.list with that status", async () => {
    for (const [kind, status] of [
      ["status:503", 503],
      ["status:418", 418],
      ["accept_then:502", 502],
    ]) {
      await fault(kind);
      const answer = await john();
      expect([answer.status, answer.body.type]).toEqual([status, "error.list"]);
      expect(answer.headers.get("x-ratelimit-limit")).toBe("100000");
    }
  });

  test("html403 is the page of a load balancer, without rate limit headers", async () => {
    await fault("html403");
    const answer = await john();
    expect([answer.status, answer.headers.get("content-type"), answer.headers.get("x-ratelimit-limit")]).toEqual([
      403,
      "text/html",
      null,
    ]);
    expect(answer.text).toContain("<html>");
  });

  test("empty200 is a 200 with an empty body", async () => {
    await fault("empty200");
    const answer = await john();
    expect([answer.status, answer.text]).toEqual([200, ""]);
  });

  /** Sends a request over a new connection, or over an agent's: what was received, and how it ended. */
  const raw = (agent) =>
    new Promise((resolve) => {
      let got = "";
      const request = http.get(
        `${SANDBOX_URL}/contacts/${JOHN}`,
        { agent, headers: { authorization: "Bearer sandbox-token" } },
        (response) => {
          response.setEncoding("utf8");
          response.on("data", (part) => {
            got += part;
          });
          response.on("end", () => resolve({ status: response.statusCode, got, socket: request.socket }));
          response.on("error", ({ code }) => resolve({ status: response.statusCode, got, code }));
        },
      );
      request.on("error", ({ code }) => resolve({ got, code }));
    });

  test("truncate sends half of the body, and closes the connection", async () => {
    const whole = (await john()).text;
    await fault("truncate");
    const { status, got, code } = await raw();
    expect([status, code]).toEqual([200, "ECONNRESET"]);
    expect(whole.startsWith(got)).toBe(true);
    expect(got.length).toBeGreaterThan(0);
    expect(got.length).toBeLessThan(whole.length);
  });

  test("reset resets the connection before the first byte of the response", async () => {
    await fault("reset");
    expect(await raw()).toEqual({ got: "", code: "ECONNRESET" });
    expect((await john()).status).toBe(200);
  });

  test("the proxy keeps connections alive", async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const first = await raw(agent);
    const second = await raw(agent);
    agent.destroy();
    expect([first.status, second.status]).toEqual([200, 200]);
    expect(second.socket).toBe(first.socket);
  });

  test("a hanging request blocks no other request", async () => {
    await fault("hang", { path: "/me" });
    const signal = new AbortController();
    let answered = false;
    const hanging = fetch(`${SANDBOX_URL}/me`, {
      signal: signal.signal,
      headers: { authorization: "Bearer sandbox-token" },
    }).then(
      () => {
        answered = true;
      },
      () => {},
    );
    await eventually(async () => (await requestLog()).total === 1);
    expect((await john()).status).toBe(200);
    expect((await allContacts()).length).toBe(500);
    expect(answered).toBe(false);
    signal.abort();
    await hanging;
    expect(answered).toBe(false);
  });

  test("slow responses block no other request", async () => {
    await reset({ latency_ms: 30_000 });
    const signal = new AbortController();
    let answered = 0;
    const slow = Array.from({ length: 8 }, () =>
      fetch(`${SANDBOX_URL}/me`, { signal: signal.signal }).then(
        () => {
          answered += 1;
        },
        () => {},
      ),
    );
    await eventually(async () => (await requestLog()).total === 8);
    expect(answered, "all have arrived, and none is answered").toBe(0);
    signal.abort();
    await Promise.all(slow);
    await reset({ latency_ms: 1 });
    expect((await john()).status).toBe(200);
  });

  test("apply to the method and the path they name, as often as they say, oldest first", async () => {
    await fault("status:500", { method: "post", path: "/contacts/*", times: 2 });
    await fault("status:501", { path: "/contacts/search" });
    const statuses = [];
    statuses.push((await john()).status, (await ask("GET", "/contacts")).status);
    for (let n = 0; n < 4; n += 1) statuses.push((await search(where("id", "=", JOHN))).status);
    expect(statuses).toEqual([200, 200, 500, 500, 501, 200]);
  });

  test("can be listed and removed, and a reset removes them", async () => {
    expect(await fault("hang", { path: "/me", times: 3 })).toEqual({
      method: "*",
      path: "/me",
      times: 3,
      kind: "hang",
    });
    await fault("status:500", { path: "/me" });
    expect((await control("GET", "faults")).data.map(({ kind }) => kind)).toEqual(["hang", "status:500"]);
    expect((await control("DELETE", "faults")).total).toBe(0);
    expect((await ask("GET", "/me")).status).toBe(200);
    await fault("status:500");
    await reset();
    expect((await control("GET", "faults")).total).toBe(0);
  });

  test("that are invalid are rejected with the name of the field", async () => {
    for (const [body, field] of [
      [{}, "kind"],
      [{ kind: "fire" }, "kind"],
      [{ kind: "status:200" }, "kind"],
      [{ kind: "accept_then:404" }, "kind"],
      [{ kind: "hang", times: 0 }, "times"],
      [{ kind: "hang", method: 7 }, "method"],
      [{ kind: "hang", path: "" }, "path"],
    ]) {
      const answer = await ask("POST", "/_sandbox/faults", { body });
      expect([answer.status, error(answer).field], JSON.stringify(body)).toEqual([400, field]);
    }
    for (const [field, value] of [
      ["contacts", -1],
      ["seed", "x"],
      ["limit_per_10s", 1.5],
      ["latency_ms", 60_001],
    ]) {
      const answer = await ask("POST", "/_sandbox/reset", { body: { [field]: value } });
      expect([answer.status, error(answer).field]).toEqual([400, field]);
    }
  });
});

describe("a hundred thousand contacts", () => {
  test("can be counted, searched and paged", async () => {
    await reset({ contacts: 100_000, limit_per_10s: 100_000 });
    const users = where("role", "=", "user");
    const first = await search(users, { pagination: { per_page: 150 } });
    expect([first.status, first.body.total_count, first.body.pages.total_pages]).toEqual([200, 80_000, 534]);
    expect((await ask("GET", "/contacts")).body.total_count).toBe(100_000);
    expect(ids(await search(where("external_id", "=", "john_doe")))).toEqual([JOHN]);
    const week = {
      operator: "AND",
      value: [where("created_at", ">", 1_700_000_000), where("created_at", "<", 1_700_600_000)],
    };
    const found = await allContacts(undefined, week);
    expect(found).toHaveLength((await search(week)).body.total_count);
    expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  }, 60_000);

  test("zero contacts are possible, too", async () => {
    await reset({ contacts: 0 });
    expect((await ask("GET", "/contacts")).body).toEqual({
      type: "list",
      data: [],
      total_count: 0,
      pages: { type: "pages", page: 1, per_page: 10, total_pages: 0 },
    });
    expect((await ask("GET", `/contacts/${JOHN}`)).status).toBe(404);
  });
});

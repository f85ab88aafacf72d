// Templates: docs/messages.md, "Templates".

import { beforeEach, describe, expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { refusing, seconds } from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const it = gate("templates", {
  keys: {
    all: ["*"],
    operator: ["messages:admin"],
    people: ["messages:admin", "contacts:read"],
    reads: ["messages:admin", "contacts:read", "admins:read"],
    sender: ["messages:send", "messages:read"],
    reader: ["templates:read"],
    writer: ["templates:write"],
    "read-only": ["*:read"],
  },
});

const JOHN = {
  type: "contact",
  id: "5bb2f45a1e099bf2d553a2d5",
  external_id: "john_doe",
  role: "user",
  name: "John <Doe>",
  email: "john@example.com",
  phone: null,
  custom_attributes: { plan: "pro & more", seats: 5, empty: null },
  tags: { type: "list", data: [{ type: "tag", id: "7" }] },
};
const ADMIN = { type: "admin", id: "1234567", name: "Ann", email: "ann@example.com" };

/** An Intercom with John and Ann. */
function workspace({ url, method }) {
  if (url === "/contacts/find_by_external_id/john_doe" || url === `/contacts/${JOHN.id}`) return { body: JOHN };
  if (method === "POST" && url === "/contacts/search")
    return { body: { type: "list", data: [JOHN], total_count: 1, pages: {} } };
  if (url === `/admins/${ADMIN.id}`) return { body: ADMIN };
  return refusing(404);
}
beforeEach(() => it.reply(workspace));

const put = (name, json, as = "operator") => it.ask(`/edge/templates/${name}`, { method: "PUT", json, as });
const get = (name, query = "", as = "operator") => it.ask(`/edge/templates/${name}${query}`, { as });
const remove = (name) => it.ask(`/edge/templates/${name}`, { method: "DELETE", as: "operator" });
const preview = (name, json = {}, as = "reads") => it.ask(`/edge/templates/${name}/preview`, { json, as });

let made = 0;
const newName = () => `template-${++made}`;
/** A template of this text, previewed for John. */
async function rendered(body, { subject = "Subject", ...more } = {}) {
  const name = newName();
  const stored = await put(name, { subject, body });
  expect(stored.status, stored.text).toBe(201);
  return preview(name, { to: { user_id: "john_doe" }, from: { type: "admin", id: ADMIN.id }, ...more });
}

function refused(answer, field, status = 422) {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get("x-intercom-edge")).toBe("edge");
  expect(firstError(answer).field).toBe(field);
}

describe("PUT", () => {
  test("stores a new one: 201, version 1", async () => {
    const name = newName();
    const answer = await put(name, { subject: "Hi {{ contact.name }}", body: "<p>…</p>" });
    expect(answer.status).toBe(201);
    const { created_at, ...rest } = answer.body;
    expect(rest).toEqual({
      type: "edge.template",
      name,
      version: 1,
      style: "plain",
      subject: "Hi {{ contact.name }}",
      body: "<p>…</p>",
    });
    expect(Math.abs(created_at - seconds())).toBeLessThan(10);
    expect((await get(name)).body).toEqual(answer.body);
    expect(it.arrived()).toEqual([]);
  });

  test("another text is a new version, the same text isn't", async () => {
    const name = newName();
    const text = { subject: "A", body: "B" };
    await put(name, text);
    const same = await put(name, text);
    expect([same.status, same.body.version]).toEqual([200, 1]);
    expect((await put(name, { ...text, style: "plain" })).body.version).toBe(1);
    for (const [at, other] of [
      { ...text, subject: "A2" },
      { ...text, body: "B2" },
      { ...text, style: "personal" },
      text,
    ].entries()) {
      const answer = await put(name, other);
      expect([answer.status, answer.body.version]).toEqual([200, at + 2]);
      expect(answer.body).toMatchObject(other);
    }
  });

  test.each([["a"], ["0"], ["a".repeat(64)], ["news.2026-11_b"], ["1.x"]])("a name: %s", async (name) => {
    expect((await put(name, { subject: "A", body: "B" })).status).toBe(201);
  });

  test.each([["A"], ["a".repeat(65)], ["-a"], [".a"], ["_a"], ["a%20b"], ["%C3%BC"], ["a%2Fb"], ["a%00"]])(
    "no name: %s",
    async (name) => {
      const answer = await put(name, { subject: "A", body: "B" });
      expect([400, 404, 422]).toContain(answer.status);
      expect((await it.ask("/edge/templates")).body.data.map(({ name }) => name)).not.toContain(
        decodeURIComponent(name),
      );
    },
  );

  test.each([
    ["subject", { body: "B" }],
    ["body", { subject: "A" }],
    ["subject", { subject: "", body: "B" }],
    ["subject", { subject: "A\nB", body: "B" }],
    ["body", { subject: "A", body: " " }],
    ["subject", { subject: 5, body: "B" }],
    ["body", { subject: "A", body: ["B"] }],
    ["style", { subject: "A", body: "B", style: "bold" }],
    ["name", { subject: "A", body: "B", name: "x" }],
    ["version", { subject: "A", body: "B", version: 2 }],
    ["body", { subject: "A", body: "x".repeat(300_000) }],
  ])("names what is wrong: %s", async (field, json) => {
    const name = newName();
    refused(await put(name, json), field);
    expect((await get(name)).status).toBe(404);
  });

  test.each([
    ["an open tag", "{{ contact.name"],
    ["an open block", "{% if contact %}x"],
    ["a block that nothing opened", "{% endif %}"],
    ["an unknown tag", "{% raise %}"],
    ["another template", "{% include 'other' %}"],
    ["a parent", "{% extends 'other' %}"],
    ["an import", "{% import 'other' as o %}"],
    ["broken syntax", "{{ 1 + }}"],
  ])("says what can't be read, where: %s", async (_, text) => {
    for (const field of ["body", "subject"]) {
      const name = newName();
      const answer = await put(name, { subject: "A", body: "B", [field]: text });
      refused(answer, field);
      expect(firstError(answer).message).toBeTruthy();
      expect((await get(name)).status).toBe(404);
    }
  });

  test("a wrong version leaves the right one", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "B" });
    await put(name, { subject: "A", body: "{{" });
    expect((await get(name)).body).toMatchObject({ version: 1, body: "B" });
  });
});

describe("GET", () => {
  test("gives the newest version, or an older one", async () => {
    const name = newName();
    for (const body of ["one", "two", "three"]) await put(name, { subject: "A", body });
    expect((await get(name)).body).toMatchObject({ version: 3, body: "three" });
    for (const [version, body] of [
      [1, "one"],
      [2, "two"],
      [3, "three"],
    ])
      expect((await get(name, `?version=${version}`)).body).toMatchObject({ name, version, body });
    expect((await get(name, "?version=4")).status).toBe(404);
  });

  test.each([["version=0"], ["version=-1"], ["version=x"], ["version=1.5"], ["version="], ["other=1"]])(
    "names a parameter that can't be meant: %s",
    async (query) => {
      const name = newName();
      await put(name, { subject: "A", body: "B" });
      const answer = await get(name, `?${query}`);
      expect([400, 422]).toContain(answer.status);
      expect(firstError(answer).field).toBe(query.split("=")[0]);
    },
  );

  test("lists all, each in its newest version", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "old" });
    await put(name, { subject: "A", body: "new" });
    const { status, body } = await it.ask("/edge/templates", { as: "operator" });
    expect([status, body.type]).toEqual([200, "list"]);
    const names = body.data.map((template) => template.name);
    expect(names).toEqual([...new Set(names)].sort());
    expect(body.data.find((template) => template.name === name)).toEqual((await get(name)).body);
  });

  test("of one that isn't there is 404", async () => {
    expect((await get("nothing")).status).toBe(404);
  });
});

describe("DELETE", () => {
  test("removes it with all its versions, and its numbers are not given again", async () => {
    const name = newName();
    for (const body of ["one", "two"]) await put(name, { subject: "A", body });
    const answer = await remove(name);
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect((await get(name)).status).toBe(404);
    for (const version of [1, 2]) expect((await get(name, `?version=${version}`)).status).toBe(404);
    expect((await it.ask("/edge/templates")).body.data.map(({ name }) => name)).not.toContain(name);
    expect((await preview(name)).status).toBe(404);
    expect((await remove(name)).status).toBe(404);
    const again = await put(name, { subject: "A", body: "two" });
    expect([again.status, again.body.version]).toEqual([201, 3]);
    expect((await get(name, "?version=2")).status).toBe(404);
  });
});

describe("a preview", () => {
  test("renders without sending, and says which version", async () => {
    const name = newName();
    await put(name, { subject: "Hi {{ contact.email }}", body: "<p>{{ variables.plan }}</p>" });
    const answer = await preview(name, { to: { user_id: "john_doe" }, variables: { plan: "free" } });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body).toEqual({
      type: "edge.preview",
      subject: "Hi john@example.com",
      body: "<p>free</p>",
      template: { name, version: 1 },
    });
    expect(it.arrived().filter(({ url }) => url.startsWith("/messages"))).toEqual([]);
    expect((await it.ask("/edge/messages")).body.data).toEqual([]);
  });

  test("of an older version", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "one" });
    await put(name, { subject: "A", body: "two" });
    expect((await preview(name, { version: 1 })).body).toMatchObject({ body: "one", template: { name, version: 1 } });
    expect((await preview(name)).body).toMatchObject({ body: "two", template: { version: 2 } });
    expect((await preview(name, { version: 3 })).status).toBe(404);
  });

  test("without a recipient sends no request to Intercom, and needs templates:read alone", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "{{ variables.plan }} {{ contact.name | default('there') }}" });
    for (const as of ["operator", "reader"]) {
      const answer = await preview(name, { variables: { plan: "free" } }, as);
      expect([answer.status, answer.body.body]).toEqual([200, "free there"]);
    }
    expect(it.arrived()).toEqual([]);
  });

  test("for a person also needs contacts:read", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "{{ contact.name }}" });
    for (const as of ["operator", "reader"]) {
      const answer = await preview(name, { to: { user_id: "john_doe" } }, as);
      expect(answer.status).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain("contacts:read");
    }
    expect(it.arrived()).toEqual([]);
    for (const to of [{ user_id: "john_doe" }, { id: JOHN.id }, { email: "john@example.com" }])
      expect((await preview(name, { to })).status).toBe(200);
  });

  test("of a template that uses the admin needs admins:read, whoever is named as the admin", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "{{ admin.email | default('none') }}" });
    const admin = { from: { type: "admin", id: "1234567" } };
    for (const json of [admin, { ...admin, to: { user_id: "john_doe" } }]) {
      const answer = await preview(name, json, "people");
      expect(answer.status).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain("admins:read");
    }
    expect(it.arrived()).toEqual([]);
    expect((await preview(name, admin)).body.body).toBe("ann@example.com");
    // Without an admin, or a template that uses one, nobody is read.
    expect((await preview(name, {}, "operator")).body.body).toBe("none");
    const plain = newName();
    await put(plain, { subject: "A", body: "B" });
    expect((await preview(plain, admin, "operator")).status).toBe(200);
  });

  test("for nobody who's there is 404", async () => {
    const name = newName();
    await put(name, { subject: "A", body: "B" });
    refused(await preview(name, { to: { user_id: "nobody" } }), "to.user_id", 404);
  });

  test.each([
    ["to", { to: {} }],
    ["to.phone", { to: { phone: "1" } }],
    ["variables", { variables: [] }],
    ["from.type", { from: { id: "1" } }],
    ["version", { version: 0 }],
    ["subject", { subject: "x" }],
  ])("names what is wrong: %s", async (field, json) => {
    const name = newName();
    await put(name, { subject: "A", body: "B" });
    refused(await preview(name, json), field);
    expect(it.arrived()).toEqual([]);
  });
});

describe("the language", () => {
  test.each([
    [
      "the person",
      "{{ contact.email }} {{ contact.external_id }} {{ contact.role }}",
      "john@example.com john_doe user",
    ],
    ["their attributes", "{{ contact.custom_attributes.seats }}", "5"],
    ["the admin", "{{ admin.name }} {{ admin.email }}", "Ann ann@example.com"],
    ["what the call gave", "{{ variables.plan }} {{ variables.list[1] }} {{ variables.deep.er }}", "free b x"],
    ["if", "{% if variables.plan == 'free' %}yes{% else %}no{% endif %}", "yes"],
    ["if it's there", "{% if variables.nothing is defined %}yes{% else %}no{% endif %}", "no"],
    ["for", "{% for one in variables.list %}{{ loop.index }}{{ one }}{% endfor %}", "1a2b"],
    ["comments", "a{# {{ contact.nothing }} #}b", "ab"],
    ["a default for what's missing", "{{ contact.nothing | default('there') }}", "there"],
    [
      "a default for null",
      "{{ contact.phone | default('none') }} {{ contact.custom_attributes.empty | default('e') }}",
      "none e",
    ],
    ["no default where it's there", "{{ contact.email | default('none') }}", "john@example.com"],
    [
      "HTML in values is escaped",
      "<b>{{ contact.name }}</b> {{ contact.custom_attributes.plan }} {{ variables.html }}",
      "<b>John &lt;Doe&gt;</b> pro &amp; more &lt;script&gt;",
    ],
    ["a default is escaped like a value", "{{ contact.nothing | default('<i>') }}", "&lt;i&gt;"],
    ["what a value looks like is no template", "{{ variables.template }}", "{{ contact.email }}"],
  ])("has %s", async (_, body, expected) => {
    const variables = {
      plan: "free",
      list: ["a", "b"],
      deep: { er: "x" },
      html: "<script>",
      template: "{{ contact.email }}",
    };
    const answer = await rendered(body, { variables });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.body).toBe(expected);
  });

  test("a subject isn't escaped", async () => {
    expect(
      (await rendered("B", { subject: "{{ contact.name }} & {{ contact.custom_attributes.plan }}" })).body.subject,
    ).toBe("John <Doe> & pro & more");
  });

  test.each([
    ["a field that's missing", "{{ contact.nothing }}"],
    ["a null", "{{ contact.phone }}"],
    ["a null attribute", "{{ contact.custom_attributes.empty }}"],
    ["an attribute that's missing", "{{ contact.custom_attributes.nothing }}"],
    ["a variable that's missing", "{{ variables.nothing }}"],
    ["something of nothing", "{{ variables.nothing.more }}"],
    ["a name nobody gave", "{{ nothing }}"],
    ["a loop over nothing", "{% for one in variables.nothing %}x{% endfor %}"],
    ["a condition on nothing", "{% if variables.nothing %}x{% endif %}"],
    ["a filter that isn't there", "{{ contact.email | shout }}"],
  ])("%s is an error", async (_, text) => {
    refused(await rendered(`Hello ${text}`), "body");
    refused(await rendered("B", { subject: `Hello ${text}` }), "subject");
  });

  test("a line break in a subject is an error", async () => {
    const answer = await rendered("B", {
      subject: "{{ variables.title }}",
      variables: { title: "a\r\nBcc: someone@example.com" },
    });
    refused(answer, "subject");
    expect(answer.text).not.toContain("someone@example.com");
  });

  test.each([
    ["a loop without end", "{% for a in range(100000000) %}x{% endfor %}"],
    [
      "loops in loops",
      `${[..."abcd"].map((each) => `{% for ${each} in variables.many %}`).join("")}x${"{% endfor %}".repeat(4)}`,
    ],
    ["a text that doubles", `{% set a = 'xxxxxxxxxxxxxxxx' %}${"{% set a = a ~ a %}".repeat(40)}{{ a }}`],
    ["a text times a number", "{{ 'x' * 1000000000 }}"],
    ["a power of powers", "{{ 9 ** 9 ** 9 }}"],
    ["a recursion", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"],
    ["brackets in brackets", `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`],
    ["lists in lists", `{{ ${"[".repeat(5000)}${"]".repeat(5000)} }}`],
  ])("%s ends soon, and the Worker goes on", async (_, body) => {
    const name = newName();
    const began = Date.now();
    const stored = await put(name, { subject: "A", body });
    if (stored.status === 201) {
      const answer = await preview(name, { variables: { many: Array.from({ length: 200 }, (_, at) => at) } });
      expect([200, 422]).toContain(answer.status);
      if (answer.status === 200) expect(answer.body.body.length).toBeLessThan(300_000);
    } else {
      refused(stored, "body");
    }
    expect(Date.now() - began).toBeLessThan(3_000);
    expect((await get("template-1")).status).toBeLessThan(500);
  });

  test("errors quote nobody's data", async () => {
    const answer = await rendered("{{ contact.email / 2 }}{{ contact.email.nothing.more }}");
    expect(answer.status).toBe(422);
    expect(answer.text).not.toContain("john@example.com");
  });
});

describe("the scopes of templates", () => {
  test.each([
    ["GET", "", "templates:read"],
    ["PUT", "/a", "templates:write"],
    ["GET", "/a", "templates:read"],
    ["DELETE", "/a", "templates:write"],
    ["POST", "/a/preview", "templates:read"],
  ])("%s /edge/templates%s needs %s", async (method, end, scope) => {
    const path = `/edge/templates${end}`;
    const ask = (as) =>
      it.ask(path, {
        as,
        method,
        ...(method === "PUT" && { json: { subject: "A", body: "B" } }),
        ...(method === "POST" && { json: {} }),
      });
    await put("a", { subject: "A", body: "B" });
    const [has, lacks] = scope === "templates:read" ? ["reader", "writer"] : ["writer", "reader"];
    for (const as of [lacks, "sender"]) {
      const answer = await ask(as);
      expect(answer.status, as).toBe(403);
      expect(answer.headers.get("www-authenticate")).toContain(scope);
    }
    expect((await ask(null)).status).toBe(401);
    expect((await ask(has)).status).toBeLessThan(300);
  });

  test("*:read includes templates:read, as its name says", async () => {
    await put("a", { subject: "A", body: "B" });
    expect((await get("a", "", "read-only")).status).toBe(200);
    expect((await put("a", { subject: "A", body: "C" }, "read-only")).status).toBe(403);
  });

  test.each([
    ["POST", "/edge/templates", "GET, HEAD"],
    ["POST", "/edge/templates/a", "GET, HEAD, PUT, DELETE"],
    ["GET", "/edge/templates/a/preview", "POST"],
  ])("%s %s is 405", async (method, path, allow) => {
    const answer = await it.ask(path, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, allow]);
  });

  test("what isn't there is 404", async () => {
    expect((await it.ask("/edge/templates/a/nothing")).status).toBe(404);
  });
});

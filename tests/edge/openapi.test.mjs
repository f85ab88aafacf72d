// What the Worker says of itself in /edge/openapi.json is so: every call is there, and needs the scope
// that stands beside it. `npm test -- fuzz` holds the answers themselves against it.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { ask } from "../worker.mjs";

const text = readFileSync(new URL("../../src/edge/openapi.json", import.meta.url), "utf8");
const document = JSON.parse(text);
const { components, paths } = document;

/** Every operation: its method and path, with the examples of the path's parameters filled in. */
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => {
    const parameters = (operation.parameters ?? []).map(followed);
    const filled = path.replace(/\{(\w+)\}/g, (_, name) => parameters.find((it) => it.name === name).example);
    return { method: method.toUpperCase(), path, filled, parameters, operation };
  }),
);
const ofV1 = operations.filter(({ path }) => !path.startsWith("/edge/"));

/** What a `$ref` points at. */
function followed(value) {
  if (!value?.$ref) return value;
  return value.$ref
    .split("/")
    .slice(1)
    .reduce((at, name) => at[name], document);
}

/** A caller who may do nothing, and one who may do everything. */
const worker = gate("openapi", { keys: { nobody: [], everybody: ["*"] } });

test("it is open to everybody, and is the file", async () => {
  const answer = await ask("/edge/openapi.json", { headers: { authorization: null } });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
  expect(answer.text).toBe(text);
});

test("every reference leads somewhere, and every component is used", () => {
  const used = [...text.matchAll(/"\$ref": "#\/components\/(\w+)\/(\w+)"/g)].map(([, kind, name]) => `${kind}/${name}`);
  const known = Object.entries(components).flatMap(([kind, all]) => Object.keys(all).map((name) => `${kind}/${name}`));
  expect(known.filter((name) => !used.includes(name) && !name.startsWith("securitySchemes/"))).toEqual([]);
  expect(used.filter((name) => !known.includes(name))).toEqual([]);
});

test("every operation has a name of its own, a tag that is described, and the scope in its security", () => {
  const names = operations.map(({ operation }) => operation.operationId);
  expect(new Set(names).size).toBe(names.length);
  const tags = document.tags.map(({ name }) => name);
  for (const { method, path, operation } of operations) {
    expect(tags, `${method} ${path}`).toContain(operation.tags[0]);
    const scope = operation["x-required-scope"];
    if (scope) expect(operation.security.map((one) => Object.values(one)[0])).toEqual([[scope], [scope]]);
  }
});

test.each(ofV1)(
  "$method $path needs the scope that it says, in API 1.x",
  async ({ method, filled, parameters, operation }) => {
    const version = parameters.find(({ name }) => name === "Intercom-Version");
    expect(version.required).toBe(true);
    const headers = { "intercom-version": version.example };
    const answer = await worker.ask(filled, { as: "nobody", method, headers });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toContain(`scope="${operation["x-required-scope"]}"`);
  },
);

const own = operations.filter(({ path }) => path.startsWith("/edge/"));

test("the Worker tells of itself without a scope", async () => {
  const open = own.filter(({ operation }) => operation["x-required-scope"] === null);
  expect(open.map(({ path }) => path)).toEqual(["/edge/health", "/edge/whoami", "/edge/openapi.json"]);
  for (const { filled } of open) expect((await worker.ask(filled, { as: "nobody" })).status).toBe(200);
});

test.each(own.filter(({ operation }) => operation["x-required-scope"]))(
  "$method $path needs the scope that it says",
  async ({ method, filled, operation }) => {
    const answer = await worker.ask(filled, { as: "nobody", method });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toContain(`scope="${operation["x-required-scope"]}"`);
  },
);

test("a stream that can't be given is refused by the Worker, in its own name", async () => {
  for (const [end, accept] of [
    ["/result.csv", "*/*"],
    ["/result.ndjson", "*/*"],
    ["", "text/event-stream"],
  ]) {
    const answer = await ask(`/edge/messages/batch/0b8a5e0e-7c1f-4a52-9d8e-0f6f3a1f2b11${end}`, {
      headers: { accept },
    });
    expect([answer.status, answer.headers.get("x-intercom-edge")]).toEqual([404, "edge"]);
  }
});

test.each([...new Set(own.map(({ path }) => path))])(
  "%s takes the methods that it says, and no other",
  async (path) => {
    const { filled } = own.find((one) => one.path === path);
    const methods = Object.keys(paths[path]).map((method) => method.toUpperCase());
    const answer = await worker.ask(filled, { as: "everybody", method: "PATCH" });
    expect(answer.status).toBe(405);
    const allowed = answer.headers.get("allow").split(", ");
    // HEAD would run a whole export, or open a stream of events, for its headers.
    const hasHead = methods.includes("GET") && path !== "/edge/export" && path !== "/edge/live";
    expect(allowed.sort()).toEqual(methods.concat(hasHead ? ["HEAD"] : []).sort());
  },
);

test("what the guides call under /edge/ is there", () => {
  for (const guide of ["README.md", "docs/messages.md", "docs/deploy.md"]) {
    const words = readFileSync(new URL(`../../${guide}`, import.meta.url), "utf8");
    const called = [...words.matchAll(/`(GET|POST|PUT|DELETE) (\/edge\/[^`?]*)/g)].map(
      ([, method, path]) => `${method} ${path}`,
    );
    expect(called.length, guide).toBeGreaterThan(0);
    expect(
      called.filter((call) => !own.some(({ method, path }) => call === `${method} ${path}`)),
      guide,
    ).toEqual([]);
  }
});

// All code of docs/package/ and of the package's doc comments: compiled, and run as it stands against
// the real Worker. Each piece runs alone, after what docs/package/start.md says that the others leave
// out: `intercom` and `callerKey`. What a line prints stands behind it, as in `// → 400`. A piece that
// begins with `// In a page` runs in Chromium, and `// /assets/…` is a file that such a page finds. Of
// tables headed "before" and "after" each line runs, too.

import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { IntercomClient } from "intercom-client";
import * as package_ from "intercom-edge";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { everybody, requests, reset, intercom as upstream } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY, CHROMIUM = "/usr/bin/chromium" } = process.env;
const run = promisify(execFile);
/** Within the project, where `import … from "intercom-edge"` finds the package itself. */
const folder = join(root, "build/docs-code");
const read = (file) => readFileSync(join(root, file), "utf8");
const filesOf = (place, ending) =>
  readdirSync(join(root, place))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${place}/${name}`);

/** The pieces of code of a text, with the line on which each begins. */
function piecesOf(where, text) {
  return [...text.matchAll(/^```(?:js|ts)\n(.*?)^```$/gms)].map(({ 1: code, index }) => ({
    where: `${where}:${text.slice(0, index).split("\n").length}`,
    code,
  }));
}

/** The text of a file's doc comments, each line where it was. */
const comments = (code) =>
  code
    .split("\n")
    .map((line) => /^\s*\*(?!\/) ?(.*)$/.exec(line)?.[1] ?? "")
    .join("\n");

const pages = filesOf("docs/package", ".md").map((file) => [file, read(file)]);
const sources = ["js", "js/directory"]
  .flatMap((place) => filesOf(place, ".ts"))
  .map((file) => [file, comments(read(file))]);
const pieces = [...pages, ...sources]
  .flatMap(([file, text]) => piecesOf(file, text))
  .map(({ where, code }) => ({
    where,
    code,
    file: join(folder, `${where.replaceAll(/\W/g, "-")}.ts`),
    inPage: code.startsWith("// In a page"),
    asset: /^\/\/ (\/assets\/\S+)$/m.exec(code.split("\n")[0])?.[1],
  }));

const names = Object.keys(package_);
const worker = { baseUrl: WORKER_URL, auth: CALLER_KEY };

/** The lines of tables that say what a call was before, and what it is after. */
const moves = pages
  .map(([file, text]) => {
    const tables = [...text.matchAll(/^\| before \| after \|\n\|.*\n((?:\|.*\n)+)/gm)];
    const rows = tables
      .flatMap(([, rows]) => rows.trim().split("\n"))
      .map((row) => {
        const [before, after] = row.split(" | ").map((cell) => /(`+)(.+?)\1/.exec(cell)[2]);
        return { before, after, overHttp: /^[A-Z]+ \//.test(before) };
      });
    return { page: file, file: join(folder, `${file.replaceAll(/\W/g, "-")}-moves.ts`), rows };
  })
  .filter(({ rows }) => rows.length > 0);

/** What the lines call by a name. */
const NAMED = ["id", "lead", "collector", "visitor", "by", "colleague", "tag", "company", "joined", "conversation"];

/** A line as two functions: before and after. */
const pair = ({ before, after, overHttp }) =>
  `  [async () => (${overHttp ? `\`${before}\`` : before}), async () => (${after})],`;

/** The lines as functions of a module: a list of pairs. */
const moduleOfMoves = ({ rows }) => `
import type { IntercomClient } from "intercom-client";
import type { Intercom } from "intercom-edge";
type Named = { ${NAMED.map((name) => `${name}: string`).join("; ")} };
export default (client: IntercomClient, intercom: Intercom, { ${NAMED} }: Named, now: number) => [
${rows.map(pair).join("\n")}
] as const;`;

/** The piece as a module: what others leave out, for this run's Worker. */
function moduleOf({ code, inPage, asset }) {
  if (asset) return code;
  const imported = [...code.matchAll(/^import (?:type )?\{([^}]*)\}/gms)].flatMap(([, list]) => list.match(/\w+/g));
  const missing = names.filter((name) => new RegExp(`\\b${name}\\b`).test(code) && !imported.includes(name));
  const own = /\bintercom =/.test(code);
  if (!own && !missing.includes("Intercom") && !imported.includes("Intercom")) missing.push("Intercom");
  return [
    missing.length > 0 && `import { ${missing.join(", ")} } from "intercom-edge";`,
    !inPage && 'const callerKey = process.env["CALLER_KEY"]!;',
    !own && `const intercom = new Intercom({ baseUrl: "${WORKER_URL}", auth: ${inPage ? "keyOfTest" : "callerKey"} });`,
    // The outbox remembers keys, in other pieces' messages too.
    code
      .replaceAll("http://localhost:8787", WORKER_URL)
      .replaceAll(/(idempotencyKey: "[^"]+)"/g, `$1-${crypto.randomUUID()}"`),
    "export {};",
  ]
    .filter(Boolean)
    .join("\n");
}

const configuration = {
  compilerOptions: {
    target: "es2023",
    module: "nodenext",
    lib: ["es2023", "dom", "dom.iterable"],
    types: [],
    strict: true,
    noEmit: true,
    noUncheckedIndexedAccess: true,
  },
  include: ["*.ts"],
};
const ambient = `
declare const process: { env: Record<string, string | undefined> };
declare const keyOfTest: string;
`;

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(configuration));
  writeFileSync(join(folder, "ambient.d.ts"), ambient);
  for (const piece of pieces) writeFileSync(piece.file, moduleOf(piece));
  for (const move of moves) writeFileSync(move.file, moduleOfMoves(move));
});

beforeEach(async () => {
  await reset();
  for (const name of ["welcome", "news"]) {
    await new package_.Intercom(worker).templates.put(name, {
      subject: "Hi {{ contact.name | default('there') }}",
      body: "<p>{{ variables.plan | default('free') }}</p>",
    });
  }
});

test("every piece compiles", async () => {
  const { stdout } = await run("tsc", ["-p", folder], { cwd: root }).catch((error) => error);
  expect(stdout).toBe("");
});

/** What the comments say that a piece prints. */
const toldOf = (code) => [...code.matchAll(/\/\/ → (.+)$/gm)].map(([, told]) => told);

describe("in Node", () => {
  test.each(pieces.filter(({ inPage, asset }) => !inPage && !asset))("$where", async ({ file, code }) => {
    const { stdout } = await run(process.execPath, ["--no-warnings", file]);
    for (const told of toldOf(code)) expect(stdout.split("\n")).toContain(told);
  });
});

describe("in Chromium", () => {
  let browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--headless", "--no-sandbox", "--disable-gpu"],
    });
  });
  afterAll(() => browser?.close());

  test.each(pieces.filter(({ inPage }) => inPage))("$where", async ({ file, code }) => {
    const page = await browser.newPage();
    const seen = await pageOf(page, file, code);
    await page.goto(`${WORKER_URL}/docs-page`);
    await expect.poll(() => seen, { timeout: 20_000 }).toContain("ended");
    await page.close();
    for (const told of toldOf(code)) expect(seen).toContain(told);
  });
});

/** A page of the Worker's own origin that runs a piece, and what its console says. */
async function pageOf(page, file, code) {
  const seen = [];
  page.on("console", (message) => seen.push(message.text()));
  const bundle = async (entry) => {
    const { outputFiles } = await build({
      stdin: { contents: entry, resolveDir: folder },
      bundle: true,
      format: "esm",
      target: "es2022",
      write: false,
    });
    return outputFiles[0].text;
  };
  const start = `import(${JSON.stringify(file)})
    .then(() => console.log("ended"), (error) => console.log("failed", String(error)));`;
  const policy = /^\/\/ Content-Security-Policy: (.+)$/m.exec(code)?.[1];
  const answers = {
    "/docs-page": {
      contentType: "text/html",
      body: '<script type="module" src="/docs-app.js"></script>',
      ...(policy && { headers: { "content-security-policy": policy } }),
    },
    "/docs-app.js": {
      contentType: "text/javascript",
      body: `globalThis.keyOfTest = "${CALLER_KEY}";\n${await bundle(start)}`,
    },
    "/session/token": { contentType: "text/plain", body: CALLER_KEY },
    "/assets/browser.wasm": { contentType: "application/wasm", path: join(root, "dist/wasm/browser.wasm") },
    ...Object.fromEntries(
      pieces
        .filter(({ asset }) => asset)
        .map(({ asset, code }) => [
          asset,
          {
            contentType: "text/javascript",
            headers: { "content-security-policy": "script-src 'self' 'wasm-unsafe-eval'" },
            body: code,
          },
        ]),
    ),
  };
  await page.route(
    (url) => url.pathname in answers,
    (route) => route.fulfill(answers[new URL(route.request().url()).pathname]),
  );
  return seen;
}

describe.each(moves)("$page", ({ file, rows }) => {
  const client = new IntercomClient({ baseUrl: WORKER_URL, token: CALLER_KEY, maxRetries: 0 });
  let pairs;

  beforeAll(async () => {
    await reset();
    const collector = "5bb2f45a1e099bf2d553a2da";
    const named = {
      id: "5bb2f45a1e099bf2d553a2d5",
      lead: "5bb2f45a1e099bf2d553a2d9",
      collector,
      tag: "101",
      by: "1234567",
      colleague: "1234568",
      visitor: "8d1e5f4c-7a63-4c55-9d0e-0000000000e1",
      company: (await upstream("GET", "/companies?company_id=company-1")).id,
      joined: (await upstream("GET", `/contacts/${collector}/companies`)).data[0].id,
      conversation: (await upstream("GET", "/conversations")).conversations?.[0].id,
    };
    const { default: functions } = await import(file);
    pairs = functions(client, new package_.Intercom(worker), named, Math.floor(Date.now() / 1000));
  });

  test.each(rows.map((row, index) => ({ ...row, index })))("$before", async ({ before, overHttp, index }) => {
    const [old, now] = pairs[index];
    const was = overHttp ? await ask(await old()) : await old();
    await reset();
    const is = await now();
    // What is made has another id each time.
    if (!/create|^POST/.test(before)) expect(idOf(is)).toBe(idOf(was));
  });
});

test("what replaces created_since is exact, or by day as created_since", async () => {
  const DAY = 86_400;
  const now = Math.floor(Date.now() / 1000);
  const users = await everybody("user");
  const ageOf = ({ created_at }) => Math.floor(now / DAY) - Math.floor(created_at / DAY);
  const days = users.map(ageOf).find((age) => age > 0);
  const page = "docs/package/from-api-1.x.md";
  const { rows } = moves.find((move) => move.page === page);
  const row = rows.find(({ before }) => before === "GET /users?created_since=7").after;
  const block = pieces.find(({ where, code }) => where.startsWith(page) && code.includes("greaterThan")).code;
  const run = (code) =>
    new Function("intercom", "now", `return (async () => { ${code} })()`)(new package_.Intercom(worker), now);
  const ids = (people) => people.map(({ id }) => id).sort();

  const exact = await run(`return ${row.replace("7 * 86_400", `${days} * 86_400`)};`);
  expect(ids(exact)).toEqual(ids(users.filter(({ created_at }) => created_at > now - days * DAY)));

  const byDay = block.replace("8 * 86_400", `${days + 1} * 86_400`).replace(/^for .*$/m, "return users;");
  const found = await run(`{ ${byDay} }`);
  expect(ids(found)).toEqual(ids(users.filter((user) => ageOf(user) <= days)));
  expect(ids(found)).toEqual(ids((await ask(`GET /users?created_since=${days}&per_page=60`)).users));
});

test("each line of search.md's table is the operator that it says", async () => {
  const table = read("docs/package/search.md")
    .split("\n")
    .filter((line) => line.startsWith("| `{"));
  const intercom = new package_.Intercom(worker);
  expect(table.length).toBe(12);
  for (const [filters, operator] of table.map((line) =>
    line.split(" | ").map((cell) => [...cell.matchAll(/`(.+?)`/g)].map(([, code]) => code)),
  )) {
    for (const code of filters) {
      await reset();
      await intercom.contacts.search(new Function(`return ${code}`)()).toArray({ limit: 1 });
      const [{ body }] = await requests();
      expect(JSON.parse(body).query, code).toMatchObject({ operator: operator[0] });
    }
  }
});

/** Asks as a script of API 1.x does: `GET /users`, or `POST /users {…}`. */
async function ask(line) {
  const [, method, path, body] = /^(\w+) (\S+) ?(.*)$/.exec(line);
  const headers = {
    authorization: `Bearer ${CALLER_KEY}`,
    accept: "application/json",
    ...(body && { "content-type": "application/json" }),
  };
  const response = await fetch(WORKER_URL + path, { method, headers, ...(body && { body }) });
  const text = await response.text();
  expect(response.ok, text).toBe(true);
  return text === "" ? undefined : JSON.parse(text);
}

/** The id of an object, or of a list's first. */
function idOf(value) {
  const { data, admins, users, contacts, segments, tags, companies, conversations, events, notes } = value ?? {};
  const items = [value, admins, users, contacts, data, segments, companies, conversations, events, notes, tags].find(
    Array.isArray,
  );
  return (value?.id ? value : items?.[0])?.id;
}

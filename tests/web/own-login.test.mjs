// Pages without a key, in Chromium: the dashboard and the package behind a stand-in for Cloudflare Access, and behind
// the server of docs/your-own-login.md that adds the key.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import http from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { startWorkerd } from "../../cli/serve/workerd.mjs";
import { root } from "../../scripts/paths.mjs";
import { newKey } from "../gate.mjs";
import { files, issuer, newSigningKeys, startNode, writeFiles } from "../own-login.mjs";
import { messages, reset } from "../sandbox.mjs";
import { launch } from "./chromium.mjs";

const { SANDBOX_URL, ACCESS_TOKEN, LEAKS } = process.env;
const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
const ANN = { id: "ann", role: "support" };

// Every scope, as the dashboard offers everything.
const SUPPORT = "contacts:read companies:read messages:send messages:read messages:retry templates:read";
const { folder, remove } = writeFiles({ "tokens.js": files["tokens.js"].replace(SUPPORT, "*") });
const { tokenFor, publicKeys } = await import(join(folder, "tokens.js"));
const keys = newSigningKeys();
const callerKey = newKey("server", ["*"]);

let browser;
let context;
let page;
let seen;
let worker;
let access;
let server;

beforeAll(async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  browser = await launch();
  access = await accessOf(() => worker.url);
  const { port } = await claimPorts({ port: 0 });
  worker = await startWorkerd({
    name: "The Worker",
    port,
    assets: true,
    log: join(dirname(LEAKS), "own-login-worker.log"),
    vars: {
      INTERCOM_API_URL: SANDBOX_URL,
      INTERCOM_ACCESS_TOKEN: ACCESS_TOKEN,
      SENDER_ADMIN_ID: "1234567",
      CALLER_KEYS: JSON.stringify([callerKey.entry]),
      TOKEN_ISSUERS: JSON.stringify([{ ...issuer, jwks: `${access.teamUrl}/certs` }]),
    },
  });
  server = await startNode(folder, "proxy-server.js", { INTERCOM_EDGE_URL: worker.url, CALLER_KEY: callerKey.key });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await worker?.stop();
  access?.close();
  remove();
});

beforeEach(async () => {
  await reset();
  context = await browser.newContext({ viewport: { width: 1280, height: 860 } });
  page = await context.newPage();
  seen = { errors: [], authorizations: [], expected: [] };
  page.on("console", (message) => {
    if (message.type() !== "error" || seen.expected.some((text) => message.text().includes(text))) return;
    seen.errors.push(message.text());
  });
  page.on("pageerror", (error) => seen.errors.push(String(error)));
  page.on("request", (request) => {
    const { authorization } = request.headers();
    if (authorization !== undefined) seen.authorizations.push(request.url());
  });
  // Pictures of people, which are at Intercom's.
  await context.route(
    (url) => url.hostname !== "127.0.0.1",
    (route) => route.fulfill({ contentType: "image/svg+xml", body: '<svg xmlns="http://www.w3.org/2000/svg"/>' }),
  );
  // Remembers if the form, or anything else but the people, was ever to be seen.
  await page.addInitScript(() => {
    window.formSeen = false;
    const look = () => {
      const form = document.getElementById("sign-in");
      window.formSeen ||= form !== null && !form.hidden;
      requestAnimationFrame(look);
    };
    look();
  });
});
afterEach(async () => {
  await context.close();
  expect(seen.errors, "errors, on the console or thrown").toEqual([]);
  expect(seen.authorizations, "requests of the page with a credential of its own").toEqual([]);
});

/** Cloudflare Access before a Worker: it adds the token of a session, and redirects others to the team's domain. */
async function accessOf(target) {
  const team = http.createServer((request, response) => {
    if (request.url === "/certs") return response.end(JSON.stringify(publicKeys(keys)));
    return response.setHeader("content-type", "text/html").end("<h1>Sign in at Access</h1>");
  });
  await once(team.listen(0, "127.0.0.1"), "listening");
  const teamUrl = `http://127.0.0.1:${team.address().port}`;
  const front = http.createServer(async (request, response) => {
    const { method, url, headers } = request;
    if (url === "/cdn-cgi/access/logout") {
      response.setHeader("set-cookie", "CF_Authorization=; Max-Age=0; Path=/");
      return response.setHeader("content-type", "text/html").end("<h1>Signed out of Access</h1>");
    }
    if (!headers.cookie?.includes("CF_Authorization=session"))
      return response.writeHead(302, { location: `${teamUrl}/login` }).end();
    const assertion = { "cf-access-jwt-assertion": await tokenFor(ANN, keys[0]) };
    const forwarded = http.request(target() + url, { method, headers: { ...headers, ...assertion } }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    return request.pipe(forwarded.on("error", () => response.destroy()));
  });
  await once(front.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${front.address().port}`;
  const close = () => {
    for (const one of [front, team]) one.close().closeAllConnections();
  };
  return { url, teamUrl, close };
}

const signInAt = (url, name, value) => context.addCookies([{ name, value, url, httpOnly: true, sameSite: "Lax" }]);
const rows = () => page.getByRole("option");
const form = () => page.getByRole("form", { name: /E-mail to/ });
const focused = () => page.evaluate(() => document.activeElement?.id);

async function write(subject) {
  await rows().filter({ hasText: "@" }).first().click();
  await form().getByLabel("Subject").fill(subject);
  await form().getByLabel("Message").fill("How are you?");
  await form().getByRole("button", { name: /Send/ }).click();
}

const sentMails = async (subject) => (await messages()).filter((sent) => JSON.stringify(sent).includes(subject));

describe("the dashboard behind Access", () => {
  beforeEach(() => signInAt(access.url, "CF_Authorization", "session"));

  it("is signed in at once, without a form and without a key", async () => {
    await page.goto(`${access.url}/dashboard/`);
    await rows().first().waitFor();
    expect(await page.evaluate(() => window.formSeen)).toBe(false);
    expect(await page.locator("#workspace-admin").textContent()).toBe("John doe");
    expect(await page.evaluate(() => [sessionStorage.length, localStorage.length])).toEqual([0, 0]);
    await expect.poll(focused).toBe("tab-users");
    await rows().filter({ hasText: "@" }).first().click();
    await expect.poll(() => form().getByLabel("From").inputValue()).toMatch(/^\d+$/);
    await page.screenshot({ path: `${SCREENSHOTS}access.png` });

    const subject = `Access ${randomUUID()}`;
    await write(subject);
    await form().getByText("Sent", { exact: true }).waitFor();
    expect(await sentMails(subject)).toHaveLength(1);
  });

  it("leaves for the sign-out page of Access, by keyboard", async () => {
    await page.goto(`${access.url}/dashboard/`);
    await rows().first().waitFor();
    await expect.poll(focused).toBe("tab-users");
    await page.keyboard.press("Shift+Tab");
    expect(await focused()).toBe("sign-out");
    await page.keyboard.press("Enter");
    await page.getByText("Signed out of Access").waitFor();
    expect(page.url()).toBe(`${access.url}/cdn-cgi/access/logout`);
    await page.goto(`${access.url}/dashboard/`);
    await page.getByText("Sign in at Access").waitFor();
  });

  it("says that the session has expired, and that nothing was sent", async () => {
    await page.goto(`${access.url}/dashboard/`);
    await rows().first().waitFor();
    await expect.poll(() => page.locator(".position:visible").textContent()).toMatch(/users$/);
    await rows().filter({ hasText: "@" }).first().click();
    await expect.poll(() => form().getByLabel("From").inputValue()).toMatch(/^\d+$/);
    await context.clearCookies();
    const subject = `Expired ${randomUUID()}`;
    await write(subject);
    await form().getByText("The e-mail was not sent.").waitFor();
    await form().getByText("You are no longer signed in. Reload the page to sign in again.").waitFor();
    expect(await form().locator(".problem-facts").textContent()).toMatch(/Status401Coderedirect/);
    expect(await sentMails(subject)).toHaveLength(0);
    await page.getByRole("button", { name: "Next" }).click();
    await page.locator(".list-problem:visible").getByText("You are no longer signed in.").waitFor();
  });

  it("shows a slow start, and the form with the reason if the Worker fails", async () => {
    let finish;
    const held = new Promise((resolve) => (finish = resolve));
    seen.expected.push("status of 503");
    await page.route("**/edge/whoami", async (route) => {
      await held;
      await route.fulfill({ status: 503, body: "{}" });
    });
    await page.goto(`${access.url}/dashboard/`);
    await page.getByText("Signing in…").waitFor();
    expect(await page.evaluate(() => window.formSeen)).toBe(false);
    finish();
    await page.getByLabel("Caller key").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/Intercom or the Worker failed/);
    expect(await page.getByText("Signing in…").filter({ visible: true }).count()).toBe(0);
  });

  it("says what to do if the session ends while the page starts", async () => {
    await page.route("**/edge/whoami", async (route) => {
      await context.clearCookies();
      await route.continue({ headers: { ...route.request().headers(), cookie: "" } });
    });
    await page.goto(`${access.url}/dashboard/`);
    await page.getByLabel("Caller key").waitFor();
    expect(await page.getByRole("alert").textContent()).toMatch(/Reload the page to sign in again/);
  });
});

describe("the dashboard behind a server that adds the key", () => {
  beforeEach(() => signInAt(server.url, "session", "ann"));

  it("works below the server's path, without a form and without a sign-out", async () => {
    await page.goto(`${server.url}/intercom/dashboard/`);
    await rows().first().waitFor();
    expect(await page.evaluate(() => window.formSeen)).toBe(false);
    expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
    const subject = `Server ${randomUUID()}`;
    await write(subject);
    await form().getByText("Sent", { exact: true }).waitFor();
    expect(await sentMails(subject)).toHaveLength(1);

    seen.expected.push("status of 401");
    await context.clearCookies();
    await page.getByRole("button", { name: "Next" }).click();
    await page.locator(".list-problem:visible").getByText("You are no longer signed in.").waitFor();
  });

  it("takes a key from a link, whose sign-out leads to the form", async () => {
    await page.goto(`${server.url}/intercom/dashboard/`);
    await rows().first().waitFor();
    await page.evaluate((key) => {
      location.hash = `key=${key}`;
    }, callerKey.key);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Caller key").waitFor();
    expect(await page.locator("[role=option]").count()).toBe(0);
    // The key went along, as it should here.
    expect(seen.authorizations.splice(0).length).toBeGreaterThan(0);
  });
});

/** Opens a page of this origin that runs the code with the package. Resolves to what the code returns. */
async function run(origin, code) {
  const contents = `import { Intercom } from "intercom-edge";
    const call = async () => { ${code} };
    const failed = ({ name, status, code }) => ({ name, status, code });
    call().then((result) => ({ result }), failed).then((result) => (window.result = result));`;
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
  });
  const html = '<link rel="icon" href="data:,"><script type="module" src="/app.js"></script>';
  await page.route(`${origin}/app`, (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.route(`${origin}/app.js`, (route) =>
    route.fulfill({ contentType: "text/javascript", body: outputFiles[0].text }),
  );
  await page.goto(`${origin}/app`);
  await page.waitForFunction(() => window.result, undefined, { timeout: 30_000 });
  return page.evaluate(() => window.result);
}

const CALLS = `
  const [{ role }] = await intercom.users.list({ perPage: 1 }).toArray({ limit: 1 });
  await intercom.templates.put("own-login", { subject: "Hi", body: "<p>Hi</p>" });
  const batch = await intercom.messages.batch({ template: "own-login", to: [{ user_id: "john_doe" }] });
  let last;
  for await (const { state } of batch) last = state;
  const lines = (await (await batch.result("ndjson")).text()).trim().split("\\n").length;
  return { role, last, lines };`;

describe("the package in a page, without auth", () => {
  it("works behind a server that adds the key, with event streams and opened responses", async () => {
    await signInAt(server.url, "session", "ann");
    const result = await run(server.url, `const intercom = new Intercom({ baseUrl: "/intercom" }); ${CALLS}`);
    expect(result).toEqual({ result: { role: "user", last: "done", lines: 1 } });
  });

  it("works behind Access, and says that a session has expired", async () => {
    const client = "const intercom = new Intercom({ baseUrl: location.origin });";
    await signInAt(access.url, "CF_Authorization", "session");
    const result = await run(access.url, `${client} ${CALLS}`);
    expect(result).toEqual({ result: { role: "user", last: "done", lines: 1 } });
    await context.clearCookies();
    for (const call of ["intercom.me()", "intercom.tags.create({ name: 'a' })"]) {
      const expired = await run(access.url, `${client} await ${call};`);
      expect(expired).toEqual({ name: "UnauthorizedError", status: 401, code: "redirect" });
    }
  });

  it("is the only one that may write: a page of another origin gets 403", async () => {
    await signInAt(server.url, "session", "ann");
    await page.goto(`${access.teamUrl}/evil`);
    const subject = `Evil ${randomUUID()}`;
    const body = JSON.stringify({ to: { user_id: "john_doe" }, subject, body: "<p>Hi</p>" });
    seen.expected.push("status of 403");
    const [answer] = await Promise.all([
      page.waitForResponse(`${server.url}/intercom/edge/notify`),
      page.evaluate(
        ([target, text]) => fetch(target, { method: "POST", body: text, mode: "no-cors", credentials: "include" }),
        [`${server.url}/intercom/edge/notify`, body],
      ),
    ]);
    expect(answer.status()).toBe(403);
    expect(await answer.request().headerValue("cookie")).toContain("session=ann");
    expect(await sentMails(subject)).toHaveLength(0);
  });
});

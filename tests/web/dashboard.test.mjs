// The dashboard as somebody uses it: in Chromium, against the real Worker with the sandbox behind it.
import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fault, intercom, messages, requests, reset } from "../sandbox.mjs";
import { launch } from "./chromium.mjs";

const { WORKER_URL, CALLER_KEY, ACCESS_TOKEN: SECRET } = process.env;
const PAGE = `${WORKER_URL}/dashboard/`;
const LINK = `${PAGE}#key=${encodeURIComponent(CALLER_KEY)}`;
const SCREENSHOTS = fileURLToPath(new URL("../../build/screenshots/", import.meta.url));
const WIDE = { viewport: { width: 1280, height: 860 } };
/** In place of people's pictures, which are at Intercom's. */
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8">
  <path fill="#b9c1d0" d="M0 0h8v8H0z"/><path fill="#7d889c" d="M1 8a3 3 0 0 1 6 0z"/>
  <circle cx="4" cy="3" r="1.6" fill="#7d889c"/></svg>`;

let browser;
let page;
/** What the page of this test did; checked after every test. */
let seen;

beforeAll(async () => {
  browser = await launch();
  mkdirSync(SCREENSHOTS, { recursive: true });
});
afterAll(() => browser?.close());

beforeEach(async () => {
  await reset();
  page = await open();
});

// Whatever a test is about, the page keeps these promises.
afterEach(async () => {
  await Promise.allSettled(seen.reading);
  await page.context().close();
  expect(seen.errors, "errors, on the console or thrown").toEqual([]);
  expect(seen.leaks, "answers with the access token in them").toEqual([]);
  expect(seen.strays, "requests to elsewhere that are no pictures without a referrer").toEqual([]);
});

async function open(options = WIDE) {
  const context = await browser.newContext(options);
  const opened = await context.newPage();
  // `expected`: how Chromium logs what the test asked to go wrong.
  seen = { errors: [], leaks: [], strays: [], reading: [], expected: [] };
  opened.on("console", (message) => {
    const text = message.text();
    if (message.type() !== "error" && !/content security policy/i.test(text)) return;
    if (!seen.expected.some((expected) => text.includes(expected))) seen.errors.push(text);
  });
  opened.on("pageerror", (error) => seen.errors.push(String(error)));
  opened.on("response", (response) => {
    const read = response
      .text()
      .catch(() => "")
      .then((body) => {
        if ((body + JSON.stringify(response.headers())).includes(SECRET)) seen.leaks.push(response.url());
      });
    seen.reading.push(read);
  });
  // People's pictures are at Intercom's; nothing else may be asked of anybody but the Worker.
  await context.route(
    (url) => url.origin !== new URL(WORKER_URL).origin,
    async (route) => {
      const request = route.request();
      const picture =
        request.resourceType() === "image" && request.method() === "GET" && request.headers().referer === undefined;
      if (!picture) seen.strays.push(request.url());
      await route.fulfill({ contentType: "image/svg+xml", body: PICTURE });
    },
  );
  return opened;
}

const tab = (name) => page.getByRole("tab", { name });
const rows = () => page.getByRole("option");
const row = (text) => page.getByRole("option").filter({ hasText: text });
const position = (text) => page.getByRole("tabpanel").getByText(text).waitFor();
const details = () => page.getByRole("region", { name: "Details" });
const form = () => page.getByRole("form", { name: /E-mail to/ });
const sendButton = () => form().getByRole("button", { name: /Send/ });

/** Opens the page without a key: it asks the Worker who is signed in, and Chromium logs the 401. */
async function openForm() {
  seen.expected.push("status of 401");
  const answer = await page.goto(PAGE);
  await page.getByLabel("Caller key").waitFor();
  return answer;
}

async function signIn() {
  await page.goto(LINK);
  await rows().first().waitFor();
}

/** Turns pages until somebody is on one, as a person would. */
async function select(text) {
  for (;;) {
    await page.locator('.people[aria-busy="false"]:visible').waitFor();
    if ((await row(text).count()) > 0) break;
    const before = await page.locator(".position:visible").textContent();
    await page.getByRole("button", { name: "Next" }).click();
    await expect.poll(() => page.locator(".position:visible").textContent()).not.toBe(before);
  }
  await row(text).click();
  await details().getByRole("heading", { level: 2 }).waitFor();
}

async function write(subject, body = "How are you?") {
  await form().getByLabel("Subject").fill(subject);
  await form().getByLabel("Message").fill(body);
}

const sentMails = async (subject) => (await messages()).filter((sent) => JSON.stringify(sent).includes(subject));
const sendsArrived = async () =>
  (await requests()).filter(({ method, path }) => method === "POST" && path.startsWith("/messages")).length;

describe("signing in", () => {
  it("takes the key from a link, erases it from the address and the history, and names the workspace", async () => {
    await page.goto("about:blank");
    await signIn();
    expect(page.url()).toBe(PAGE);
    await page.getByRole("heading", { level: 1, name: /\S/ }).waitFor();
    expect(await page.locator("#workspace-admin").textContent()).toBe("John doe");

    await page.goBack();
    expect(page.url()).toBe("about:blank");
    await page.goForward();
    expect(page.url()).toBe(PAGE);
    await rows().first().waitFor();
    const kept = await page.evaluate(() => ({
      local: JSON.stringify(localStorage),
      cookie: document.cookie,
      session: JSON.stringify(sessionStorage),
      html: document.documentElement.outerHTML,
    }));
    expect(kept.session).toContain(CALLER_KEY);
    for (const elsewhere of [kept.local, kept.cookie, kept.html]) expect(elsewhere).not.toContain(CALLER_KEY);
  });

  it("takes a link that is opened where the page already is", async () => {
    await openForm();
    await page.evaluate((hash) => {
      location.hash = hash;
    }, new URL(LINK).hash);
    await rows().first().waitFor();
    expect(page.url()).toBe(PAGE);
  });

  it("takes the key from the form, and forgets it and everybody on signing out", async () => {
    await openForm();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("caller-key");
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.keyboard.insertText(CALLER_KEY);
    await page.keyboard.press("Enter");
    await rows().first().waitFor();
    await page.reload();
    await rows().first().waitFor();

    await page.getByRole("button", { name: "Sign out" }).click();
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("caller-key");
    expect(await page.getByLabel("Caller key").inputValue()).toBe("");
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(await page.locator("[role=option]").count()).toBe(0);
    await page.reload();
    await page.getByLabel("Caller key").waitFor();
  });

  it("says in words that a key is wrong, whether typed or in a link, and does not keep it", async () => {
    await openForm();
    await page.getByLabel("Caller key").fill("not-a-caller-key-of-this-worker-0123456789");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/not accepted/);
    expect(await page.getByLabel("Caller key").getAttribute("aria-invalid")).toBe("true");

    await page.goto("about:blank");
    await page.goto(`${PAGE}#key=another-wrong-key-of-more-than-32-characters`);
    await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/not accepted/);
    expect(page.url()).toBe(PAGE);
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);

    // What no header can carry is told without asking the Worker.
    for (const impossible of ["%E2%82%AC", "a%0Ab"]) {
      await page.goto("about:blank");
      await page.goto(`${PAGE}#key=${impossible}`);
      await expect.poll(() => page.getByRole("alert").textContent()).toMatch(/not accepted/);
    }
  });
});

describe("looking at people", () => {
  it("moves between tabs by keyboard", async () => {
    await signIn();
    const focused = () => page.evaluate(() => document.activeElement?.id);
    await expect.poll(focused).toBe("tab-users");
    for (const [key, name] of [
      ["ArrowRight", "leads"],
      ["ArrowRight", "admins"],
      ["ArrowRight", "users"],
      ["ArrowLeft", "admins"],
      ["Home", "users"],
      ["End", "admins"],
    ]) {
      await page.keyboard.press(key);
      expect(await focused()).toBe(`tab-${name}`);
      expect(await page.getByRole("tab", { selected: true }).getAttribute("id")).toBe(`tab-${name}`);
      expect(await page.getByRole("tabpanel").getAttribute("id")).toBe(`panel-${name}`);
      expect(await page.locator('[role=tab][tabindex="0"]').count()).toBe(1);
    }
    await position(/5 admins/);
    expect(await rows().count()).toBe(5);
  });

  it("walks the list by keyboard, and Enter goes to the details", async () => {
    await signIn();
    await rows().first().focus();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    expect(await rows().nth(1).getAttribute("aria-selected")).toBe("true");
    expect(await page.locator('.people [tabindex="0"]:visible').count()).toBe(1);
    await page.keyboard.press("Enter");
    const heading = details().getByRole("heading", { level: 2 });
    expect(await heading.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await heading.textContent()).toBe(await rows().nth(1).locator(".person-name").textContent());
  });

  it("pages users forward and backward", async () => {
    await signIn();
    const total = (
      await intercom("POST", "/contacts/search", { query: { field: "role", operator: "=", value: "user" } })
    ).total_count;
    const pages = Math.ceil(total / 40);
    const count = total.toLocaleString("en");
    const ids = () => rows().evaluateAll((options) => options.map(({ id }) => id));
    await position(`Page 1 of ${pages} · ${count} users`);
    expect(await page.getByRole("button", { name: "Previous" }).isDisabled()).toBe(true);
    const first = await ids();

    await page.getByRole("button", { name: "Next" }).click();
    await position(`Page 2 of ${pages} · ${count} users`);
    const second = await ids();
    await page.getByRole("button", { name: "Next" }).click();
    await position(`Page 3 of ${pages} · ${count} users`);
    const third = await ids();
    expect(new Set([...first, ...second, ...third]).size).toBe(120);

    await page.getByRole("button", { name: "Previous" }).click();
    await position(`Page 2 of ${pages}`);
    expect(await ids()).toEqual(second);
    await page.getByRole("button", { name: "Previous" }).click();
    await position(`Page 1 of ${pages}`);
    expect(await ids()).toEqual(first);
  });

  it("keeps the focus when the last page leaves no next one", async () => {
    await signIn();
    await tab("Leads").click();
    const next = page.getByRole("button", { name: "Next" });
    await position(/Page 1 of/);
    while (await next.isEnabled()) {
      const before = await page.locator(".position:visible").textContent();
      await next.focus();
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator(".position:visible").textContent()).not.toBe(before);
    }
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Previous");
  });

  it("shows a lead's details", async () => {
    await signIn();
    await tab("Leads").click();
    await select("lead@example.com");
    const [lead] = (
      await intercom("POST", "/contacts/search", {
        query: { field: "email", operator: "=", value: "lead@example.com" },
      })
    ).data;
    expect(await details().getByRole("heading", { level: 2 }).textContent()).toBe(lead.name ?? lead.email);
    const fact = (name) =>
      details()
        .locator(".fact-list > div")
        .filter({ has: page.locator("dt", { hasText: new RegExp(`^${name}$`) }) })
        .locator("dd");
    expect(await fact("Intercom id").textContent()).toBe(lead.id);
    expect(await fact("External id").textContent()).toBe(lead.external_id);
    expect(await fact("E-mail").textContent()).toBe("lead@example.com");
    expect(await fact("E-mails").textContent()).toBe("Subscribed");
    expect(await fact("Created").locator("time").getAttribute("datetime")).toBe(
      new Date(lead.created_at * 1000).toISOString(),
    );
    expect(await details().getByText("Lead", { exact: true }).count()).toBe(1);
  });

  it("calls off what is under way when another tab is chosen", async () => {
    let finish;
    const held = new Promise((resolve) => (finish = resolve));
    await signIn();
    const failed = page.waitForEvent("requestfailed");
    await page.route("**/contacts/search**", async (route) => {
      await held;
      await route.continue().catch(() => {});
    });
    await tab("Leads").click();
    await page.getByText("Loading leads…").waitFor();
    await tab("Admins").click();
    expect((await failed).failure()?.errorText).toBe("net::ERR_ABORTED");
    finish();
    await position(/5 admins/);
    await tab("Leads").click();
    await position(/leads$/);
    expect(await page.getByText("could not be loaded").count()).toBe(0);
  });

  it("says what went wrong with a list, and tries again when asked", async () => {
    seen.expected.push("status of 403");
    await signIn();
    await fault("status:403", { method: "POST", path: "/contacts/search" });
    await tab("Leads").click();
    await page.getByText("The leads could not be loaded.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Try again" }).click();
    await rows().first().waitFor();
    expect(await page.locator(".list-problem:visible .notice").count()).toBe(0);
  });

  it("shows a name that is a script as the text it is", async () => {
    const name = `<img src=x onerror="document.title='owned'">`;
    await intercom("POST", "/contacts", {
      role: "user",
      email: `${randomUUID()}@example.com`,
      name,
      custom_attributes: { plan: name },
    });
    await signIn();
    // Search shows new people two seconds late.
    await expect
      .poll(
        async () => {
          await page.getByRole("button", { name: "Reload" }).click();
          await page.locator('.people[aria-busy="false"]:visible').waitFor();
          return row(name).count();
        },
        { timeout: 15_000, interval: 500 },
      )
      .toBe(1);
    await select(name);
    expect(await details().getByRole("heading", { level: 2 }).textContent()).toBe(name);
    await details().getByText("JSON from Intercom").click();
    expect(await details().getByText("onerror").count()).toBeGreaterThan(1);
    expect(await page.locator("img[onerror], img[src=x]").count()).toBe(0);
    expect(await page.title()).not.toBe("owned");
  });
});

describe("sending an e-mail", () => {
  it("sends it once, however often the button is pressed, and shows the answer", async () => {
    const subject = `Hello ${randomUUID()}`;
    await signIn();
    await rows().filter({ hasText: "@" }).first().click();
    const id = (await rows().and(page.locator('[aria-selected="true"]')).getAttribute("id")).replace("person-", "");
    await form().getByLabel("From").selectOption({ label: "Notifier (notifier@sandbox.example)" });
    await form().getByLabel("Personal").check();
    await write(subject, "A first line\nand <b>a second</b>");
    await sendButton().evaluate((button) => {
      button.click();
      button.click();
      button.form.requestSubmit();
    });
    await form().getByText("Sent", { exact: true }).waitFor();

    const ledger = await sentMails(subject);
    expect(ledger).toHaveLength(1);
    const sent = JSON.stringify(ledger[0]);
    for (const part of [id, "1234571", "personal", "A first line\\nand <b>a second</b>"]) expect(sent).toContain(part);
    expect(await sendsArrived()).toBe(1);
    expect(await form().locator(".result code").textContent()).toMatch(/\d+/);
    expect(await form().locator(".result time").count()).toBe(1);
    expect(await form().getByLabel("Subject").inputValue()).toBe("");
    expect(await page.locator("#announcer").textContent()).toMatch(/was sent/);

    // The sender is remembered, for others and after a reload.
    await page.reload();
    await rows().filter({ hasText: "@" }).nth(1).click();
    await expect.poll(() => form().getByLabel("From").inputValue()).toBe("1234571");
  });

  it("shows a refusal with all that Intercom said, and keeps what was typed", async () => {
    seen.expected.push("status of 400");
    const subject = `Refused ${randomUUID()}`;
    await signIn();
    await rows().filter({ hasText: "@" }).first().click();
    await write(subject, "Every word stays");
    await fault("status:400", { method: "POST", path: "/messages" });
    await sendButton().click();
    await form().getByText("The e-mail was not sent.").waitFor();
    const facts = await form().locator(".problem-facts").textContent();
    expect(facts).toMatch(/Status400/);
    expect(facts).toMatch(/Code\w+/);
    expect(facts).toMatch(/Message\S+/);
    expect(await form().getByLabel("Subject").inputValue()).toBe(subject);
    expect(await form().getByLabel("Message").inputValue()).toBe("Every word stays");
    // Nothing was sent, so it may be sent again.
    await sendButton().click();
    await form().getByText("Sent", { exact: true }).waitFor();
    expect(await sentMails(subject)).toHaveLength(1);
  });

  it("says of a failure at Intercom that the e-mail may have been sent, and offers no blind retry", async () => {
    seen.expected.push("status of 500", "status of 502", "status of 503", "status of 504");
    const subject = `Unclear ${randomUUID()}`;
    await signIn();
    await rows().filter({ hasText: "@" }).first().click();
    await write(subject, "Every word stays");
    await fault("status:500", { method: "POST", path: "/messages" });
    await sendButton().click();
    await form().getByText("The e-mail may have been sent.").waitFor();
    expect(await form().locator(".problem-facts").textContent()).toMatch(/Status50\d/);
    expect(await sendButton().isDisabled()).toBe(true);
    expect(await form().getByLabel("Message").inputValue()).toBe("Every word stays");

    // Neither does looking at somebody else and coming back make it one.
    await rows().filter({ hasText: "@" }).nth(1).click();
    expect(await form().getByLabel("Subject").inputValue()).toBe("");
    await rows().filter({ hasText: "@" }).first().click();
    await form().getByText("The e-mail may have been sent.").waitFor();
    expect(await sendButton().isDisabled()).toBe(true);
    expect(await form().getByLabel("Subject").inputValue()).toBe(subject);
    expect(await sendsArrived()).toBe(1);

    await form().getByLabel("I have checked: it was not sent").check();
    expect(await sendButton().isEnabled()).toBe(true);

    // A person has looked: it is a message of its own now.
    await sendButton().click();
    await expect.poll(async () => (await sentMails(subject)).length).toBe(1);
  });

  it("says the same when no answer comes at all", async () => {
    seen.expected.push("net::ERR_CONNECTION_RESET");
    await signIn();
    await rows().filter({ hasText: "@" }).first().click();
    await write(`Lost ${randomUUID()}`);
    await page.route("**/messages", (route) => route.abort("connectionreset"));
    await sendButton().click();
    await form().getByText("The e-mail may have been sent.").waitFor();
    expect(await form().locator(".problem-facts").textContent()).toMatch(/no response/);
    expect(await sendButton().isDisabled()).toBe(true);
  });

  it("says before sending that somebody has unsubscribed, and shows Intercom's refusal", async () => {
    seen.expected.push("status of 403");
    const subject = `Unwanted ${randomUUID()}`;
    await signIn();
    await select("unsubscribed@example.com");
    await form()
      .getByText(/has unsubscribed from e-mails/)
      .waitFor();
    expect(await details().getByText("Unsubscribed", { exact: true }).count()).toBeGreaterThan(0);
    await write(subject);
    await sendButton().click();
    await form().getByText("The e-mail was not sent.").waitFor();
    expect(await form().locator(".problem-facts").textContent()).toMatch(/Status403/);
    expect(await sentMails(subject)).toHaveLength(0);
  });
});

describe("the page itself", () => {
  it("comes with a strict policy, and the policy holds", async () => {
    const answer = await openForm();
    const headers = answer.headers();
    expect(headers["content-security-policy"]).toMatch(
      /^default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';/,
    );
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    const html = await answer.text();
    expect(html).not.toMatch(/ style=| on\w+=|<style|<script(?![^>]* src=)/);
  });

  const looks = {
    light: { ...WIDE, colorScheme: "light" },
    dark: { ...WIDE, colorScheme: "dark" },
    narrow: { viewport: { width: 390, height: 844 }, colorScheme: "light", reducedMotion: "reduce" },
  };
  for (const [name, options] of Object.entries(looks)) {
    it(`fits its window and is drawn for looking at: ${name}`, async () => {
      await page.context().close();
      page = await open(options);
      await openForm();
      await page.screenshot({ path: `${SCREENSHOTS}${name}-sign-in.png` });
      await page.evaluate((hash) => {
        location.hash = hash;
      }, new URL(LINK).hash);
      await rows().first().waitFor();
      await row("george.").first().click();
      await expect.poll(() => form().getByLabel("From").inputValue()).toMatch(/^\d+$/);
      await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, fullPage: name === "narrow" });
      expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    });
  }
});

// The preset `dashboard` of the command `key` grants what the dashboard needs, and no more: in Chromium, against the
// Worker with the sandbox behind it.

import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callerKeyEntry, newCallerKey } from "../../cli/keys/caller-key.mjs";
import { PRESETS } from "../../cli/keys/presets.mjs";
import { startWorker } from "../../cli/serve/worker.mjs";
import { logs } from "../../scripts/paths.mjs";
import { launch } from "./chromium.mjs";

const { scopes } = PRESETS.dashboard;
const withoutOne = scopes.map((left) => [left, scopes.filter((scope) => scope !== left)]);
const keys = new Map(
  [["all", scopes], ...withoutOne].map(([name, granted]) => [name, { key: newCallerKey(), granted }]),
);

let browser;
let worker;

beforeAll(async () => {
  const entries = [...keys].map(([, { key, granted }], at) => callerKeyEntry(`key-${at}`, key, { scopes: granted }));
  [browser, worker] = await Promise.all([
    launch(),
    startWorker({ logs: join(logs, "tests/web/dashboard-key"), vars: { CALLER_KEYS_2: JSON.stringify(entries) } }),
  ]);
});
afterAll(() => Promise.all([browser?.close(), worker?.stop()]));

/** Does all that the dashboard offers with a key. Returns the requests `rejected` with 403, and how sending ended. */
async function useDashboard(key) {
  const page = await browser.newPage();
  const rejected = [];
  page.on("response", (response) => {
    if (response.status() !== 403) return;
    rejected.push(`${response.request().method()} ${new URL(response.url()).pathname}`);
  });
  // Pictures of people are at Intercom.
  await page.route(
    (url) => url.origin !== new URL(worker.url).origin,
    (route) => route.abort(),
  );
  await page.goto(`${worker.url}/dashboard/#key=${key}`);
  const loaded = () => page.locator("[role=tabpanel]:visible :is([role=option], .notice:visible)").first().waitFor();
  await loaded();
  const next = page.getByRole("button", { name: "Next" });
  if (await next.isVisible()) {
    await next.click();
    await page.locator(".position:visible", { hasText: /^Page 2 of/ }).waitFor();
  }
  for (const tab of ["Leads", "Admins", "Users"]) {
    await page.getByRole("tab", { name: tab }).click();
    await loaded();
  }
  const person = page.locator("[role=option]:visible").first();
  const sending = (await person.isVisible()) ? await sendTo(person, page) : undefined;
  await page.close();
  return { rejected, sending };
}

/** Returns the text of the form after sending; undefined if there is no admin to send from. */
async function sendTo(person, page) {
  await person.click();
  const form = page.getByRole("form", { name: /E-mail to/ });
  await form.getByLabel("Subject").fill("Hello");
  await form.getByLabel("Message").fill("How are you?");
  const from = form.getByLabel("From");
  await expect.poll(() => from.locator("option").first().textContent()).not.toBe("Loading admins…");
  if (await from.isDisabled()) return undefined;
  await form.getByRole("button", { name: "Send e-mail" }).click();
  const title = form.locator(".result .notice-title");
  await title.waitFor();
  return title.textContent();
}

test("the preset allows everything that the dashboard offers", async () => {
  expect(await useDashboard(keys.get("all").key)).toEqual({ rejected: [], sending: "Sent" });
});

test.each(withoutOne)("without %s the dashboard does not work, so the preset needs it", async (left) => {
  const { rejected } = await useDashboard(keys.get(left).key);
  expect(rejected).not.toEqual([]);
});

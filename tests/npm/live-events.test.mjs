// Changes in the sandbox, through its webhooks and the real Worker, to the package's loop and to a page with React.

import { Intercom } from "intercom-edge";
import { chromium } from "playwright-core";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { reset, sendWebhook, subscribe, intercom as upstream } from "../sandbox.mjs";
import { bundled, installFrameworks } from "./framework-modules.mjs";

const { WORKER_URL, CALLER_KEY, CHROMIUM, CLIENT_SECRET } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });

beforeAll(installFrameworks, 300_000);
beforeEach(async () => {
  await reset({ search_delay_ms: 0 });
  await subscribe({ url: `${WORKER_URL}/edge/webhooks/intercom`, secret: CLIENT_SECRET });
});

/** Takes events until `isLast` is true for one. `begin` is called when the connection is open. */
async function take(options, begin, isLast) {
  const events = [];
  let began;
  const live = intercom.live({
    ...options,
    onConnection: (state) => {
      if (state === "open") began ??= begin();
    },
  });
  for await (const event of live) {
    events.push(event);
    if (isLast(event, events)) break;
  }
  return { live, events, result: await began };
}

test("a change in Intercom is an event, with the object as Intercom has it", async () => {
  const create = () => upstream("POST", "/contacts", { role: "lead", email: "new@example.com" });
  const { events, result } = await take({ topics: ["contact.*"] }, create, () => true);
  expect(events).toEqual([
    {
      type: "edge.event",
      id: expect.stringMatching(/^[0-9a-f]{8}-\d+$/),
      topic: "contact.lead.created",
      created_at: expect.any(Number),
      notification_id: expect.stringMatching(/^notif_/),
      outdated: false,
      item: expect.objectContaining({ type: "contact", id: result.id, email: "new@example.com" }),
    },
  ]);
});

test("other topics don't come", async () => {
  const { events } = await take(
    { topics: ["contact.user.created"] },
    async () => {
      await upstream("POST", "/contacts", { role: "lead", email: "lead@example.com" });
      await upstream("POST", "/contacts", { role: "user", external_id: "a-user" });
    },
    () => true,
  );
  expect(events.map(({ topic }) => topic)).toEqual(["contact.user.created"]);
});

test("many events come once and in order, also to a loop that stops and continues", async () => {
  const COUNT = 300;
  const { id } = await upstream("POST", "/contacts", { role: "lead", email: "often@example.com" });
  const send = () => sendWebhook({ topic: "contact.lead.updated", contact_id: id, times: 1 });
  const sendAll = async () => {
    for (let sent = 0; sent < COUNT; sent += 20) await Promise.all(Array.from({ length: 20 }, send));
  };
  const topics = ["contact.lead.updated"];
  const first = await take({ topics }, sendAll, (_, { length }) => length === 100);
  // The event at which the loop stopped comes again.
  const rest = await take(
    { topics, lastEventId: first.live.lastEventId },
    () => {},
    (_, { length }) => length === COUNT - 99,
  );
  const ids = [...first.events.slice(0, -1), ...rest.events].map(({ id }) => id);
  expect(new Set(ids).size).toBe(COUNT);
  const numbers = ids.map((id) => Number(id.split("-")[1]));
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
});

test("a message that the outbox sent is an event, and so is a batch's progress", async () => {
  const send = () => intercom.notify({ to: { user_id: "john_doe" }, subject: "Hi", body: "Hi" });
  const { events, result } = await take({ topics: "message.*" }, send, () => true);
  expect(events[0]).toMatchObject({ topic: "message.sent", notification_id: null });
  expect(events[0].item).toMatchObject({ type: "edge.message", id: result.messageId, state: "sent" });

  await intercom.templates.put("news", { subject: "News", body: "News" });
  const start = () => intercom.messages.batch({ template: "news", to: [{ user_id: "john_doe" }] });
  const isDone = ({ item }) => item.state === "done";
  const batch = await take({ topics: ["batch.progress"] }, start, isDone);
  expect(batch.events.at(-1).item).toMatchObject({ type: "edge.batch", id: batch.result.id, sent: 1, total: 1 });
});

test("useLive shows a change that someone makes in Intercom", async () => {
  const user = await upstream("POST", "/contacts", { role: "user", external_id: "on-the-page", name: "Ann" });
  const app = `
    import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
    import { Intercom } from "intercom-edge";
    import { intercomQueries } from "intercom-edge/react";
    import { useLive } from "intercom-edge/react/live";
    import { createRoot } from "react-dom/client";

    const intercom = new Intercom({ baseUrl: location.origin, auth: ${JSON.stringify(CALLER_KEY)} });
    function App() {
      const { data } = useQuery(intercomQueries(intercom).users.get(${JSON.stringify(user.id)}));
      const { state } = useLive(intercom);
      return <p><b>{data?.name}</b> <i>{state}</i></p>;
    }
    createRoot(document.querySelector("div")).render(
      <QueryClientProvider client={new QueryClient()}><App /></QueryClientProvider>
    );`;
  const script = await bundled({ stdin: { contents: app, loader: "jsx", resolveDir: root } });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    // Without this, a page that Playwright makes up can open no WebSocket to a local address.
    args: ["--no-sandbox", "--disable-gpu", "--disable-features=LocalNetworkAccessChecks"],
  });
  onTestFinished(() => browser.close());
  const page = await browser.newPage();
  await page.route(`${WORKER_URL}/live-page/**`, (route) =>
    route.request().url().endsWith(".js")
      ? route.fulfill({ contentType: "text/javascript", body: script })
      : route.fulfill({
          contentType: "text/html",
          body: '<link rel="icon" href="data:,"><div></div><script type="module" src="/live-page/app.js"></script>',
        }),
  );
  await page.goto(`${WORKER_URL}/live-page/`);
  const shown = (name) => expect.poll(() => page.locator(name).innerText(), { timeout: 10_000 });
  await shown("b").toBe("Ann");
  await shown("i").toBe("open");
  await upstream("PUT", `/contacts/${user.id}`, { name: "Bea" });
  await shown("b").toBe("Bea");
});

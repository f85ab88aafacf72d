// TanStack Query kept fresh by live events: the function for any framework, and the hook in React, in Chromium.

import { createRequire } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Intercom } from "intercom-edge";
import { intercomQueries, keepFresh } from "intercom-edge/react";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { error, json, text } from "../stand-in.mjs";
import { bundled, folder, installFrameworks } from "./framework-modules.mjs";
import { liveStandIn } from "./live-stand-in.mjs";

const { CHROMIUM } = process.env;

let worker;
let intercom;
beforeAll(async () => {
  worker = await liveStandIn();
  intercom = new Intercom({ baseUrl: worker.url, auth: "key" });
  await installFrameworks();
}, 300_000);
afterAll(() => worker.close());
beforeEach(() => worker.reset());

describe("keepFresh", () => {
  /** A query client that notes when it invalidates, and which queries of these keys. */
  function recorder(keys, takes = 0) {
    const invalidations = [];
    return {
      invalidations,
      async invalidateQueries({ predicate }) {
        const names = Object.keys(keys).filter((name) => predicate({ queryKey: keys[name] }));
        invalidations.push({ at: performance.now(), names });
        await sleep(takes);
      },
    };
  }

  const queries = () => intercomQueries(intercom);
  const other = () => intercomQueries(new Intercom({ baseUrl: "https://other.example", auth: "key" }));
  const keyOf = ({ queryKey }) => queryKey;
  const allKeys = () => ({
    users: keyOf(queries().users.list()),
    "leads of a search": keyOf(queries().leads.search({ role: "lead" })),
    "contact 5": keyOf(queries().contacts.get("5")),
    "user 5's tags": keyOf(queries().users.tags.list("5")),
    "user 6": keyOf(queries().users.get("6")),
    conversations: keyOf(queries().conversations.list()),
    "conversation 7": keyOf(queries().conversations.get("7")),
    companies: keyOf(queries().companies.list()),
    messages: keyOf(queries().messages.list({ state: "sent" })),
    "message 8f": keyOf(queries().messages.get("8f")),
    me: keyOf(queries().me()),
    tags: keyOf(queries().tags.list()),
    "users of another Worker": keyOf(other().users.list()),
    "a query of the app": ["todos", "users", intercom.baseUrl],
  });

  /** Keeps fresh until the end of the test. */
  function start(client, options) {
    const stop = keepFresh(client, intercom, options);
    onTestFinished(stop);
    return stop;
  }
  const connected = () => vi.waitFor(() => expect(worker.connections.size).toBe(1));

  test.each([
    [
      "contact.user.updated",
      { type: "contact", id: "5" },
      ["users", "leads of a search", "contact 5", "user 5's tags"],
    ],
    [
      "contact.user.tag.created",
      { type: "contact_tag", tag: { id: "1" }, contact: { id: "6" } },
      ["users", "leads of a search", "user 6"],
    ],
    [
      "contact.merged",
      { type: "contact", id: "6", merged_from: { id: "5" } },
      ["users", "leads of a search", "contact 5", "user 5's tags", "user 6"],
    ],
    ["user.created", { type: "user", id: "6", user_id: "5" }, ["users", "leads of a search", "user 6"]],
    [
      "contact.lead.created",
      "an item without an id",
      ["users", "leads of a search", "contact 5", "user 5's tags", "user 6"],
    ],
    ["conversation.user.replied", { type: "conversation", id: "7" }, ["conversations", "conversation 7"]],
    ["conversation.deleted", { type: "conversation", conversation_id: "9" }, ["conversations"]],
    ["conversation.contact.attached", { contact: { id: "5" } }, ["conversations", "conversation 7"]],
    ["message.sent", { type: "edge.message", id: "8f" }, ["messages", "message 8f"]],
    [
      "company.contact.attached",
      { company: { id: "3" }, contact: { id: "6" } },
      ["users", "leads of a search", "user 6", "companies"],
    ],
    ["admin.away_mode_updated", { type: "admin", id: "1" }, ["me"]],
  ])("%s invalidates what it is about", async (topic, item, names) => {
    const client = recorder(allKeys());
    start(client);
    await connected();
    worker.publishItem(topic, item);
    await vi.waitFor(() => expect(client.invalidations.map(({ names }) => names)).toEqual([names]));
  });

  test("other topics invalidate nothing", async () => {
    const client = recorder(allKeys());
    start(client);
    await connected();
    for (const topic of ["content_stat.email", "ticket.created", "job.completed", "contacts"])
      worker.publishItem(topic, {});
    await sleep(100);
    expect(client.invalidations).toEqual([]);
  });

  test("a burst is one invalidation, and no two are within a second", async () => {
    const client = recorder(allKeys());
    start(client);
    await connected();
    for (let event = 0; event < 500; event++) {
      worker.publishItem("contact.user.updated", { id: "5" });
      if (event % 50 === 0) await sleep(50);
    }
    worker.publishItem("message.sent", { id: "8f" });
    await sleep(2_200);
    expect(client.invalidations.length).toBeLessThanOrEqual(3);
    expect(client.invalidations.at(-1).names).toContain("messages");
    const times = client.invalidations.map(({ at }) => at);
    for (const [index, at] of times.slice(1).entries()) expect(at - times[index]).toBeGreaterThanOrEqual(990);
  });

  test("queries that load for long are not cancelled by the next invalidation", async () => {
    const client = recorder(allKeys(), 2_500);
    start(client);
    await connected();
    worker.publishItem("contact.user.updated", { id: "5" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(1));
    worker.publishItem("contact.user.updated", { id: "6" });
    await sleep(1_500);
    expect(client.invalidations).toHaveLength(1);
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(2), { timeout: 2_000 });
    expect(client.invalidations[1].names).toContain("user 6");
    expect(client.invalidations[1].names).not.toContain("contact 5");
  });

  test("lists are loaded again, because Intercom's searches lack a change for seconds", async () => {
    const client = recorder(allKeys());
    start(client);
    await connected();
    worker.publishItem("contact.user.updated", { id: "5" });
    worker.publishItem("message.sent", { id: "8f" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(1));
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(2), { timeout: 10_000 });
    expect(client.invalidations[1].names).toEqual(["users", "leads of a search"]);
    const [first, second] = client.invalidations;
    expect(second.at - first.at).toBeGreaterThanOrEqual(4_900);
    await sleep(1_200);
    expect(client.invalidations).toHaveLength(2);
  });

  test("a random time delays the second invalidation and the late one: not all pages load at once", async () => {
    const random = vi.spyOn(Math, "random").mockReturnValue(0.99);
    onTestFinished(() => random.mockRestore());
    const client = recorder(allKeys());
    start(client);
    await connected();
    worker.publishItem("contact.user.updated", { id: "5" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(1));
    worker.publishItem("contact.user.updated", { id: "6" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(3), { timeout: 12_000 });
    const [first, second, late] = client.invalidations.map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(1_450);
    expect(late - second).toBeGreaterThanOrEqual(7_900);
  });

  test("a gap invalidates everything of this Worker", async () => {
    const client = recorder(allKeys());
    start(client);
    await connected();
    worker.send({ type: "edge.gap", id: "log-7", reason: "expired" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(1));
    const all = Object.keys(allKeys());
    expect(client.invalidations[0].names).toEqual(all.slice(0, -2));
  });

  test("topics select what is subscribed to; all by default", async () => {
    start(recorder({}), { topics: ["message.*"] });
    await vi.waitFor(() => expect(worker.tickets).toHaveLength(1));
    start(recorder({}));
    await vi.waitFor(() => expect(worker.tickets).toHaveLength(2));
    expect(worker.tickets.map(({ body }) => body)).toEqual([{ topics: ["message.*"] }, {}]);
  });

  test("stop closes the connection, and invalidates nothing more", async () => {
    const client = recorder(allKeys());
    const stop = start(client);
    await connected();
    worker.publishItem("contact.user.updated", { id: "5" });
    await vi.waitFor(() => expect(client.invalidations).toHaveLength(1));
    worker.publishItem("contact.user.updated", { id: "5" });
    await sleep(50);
    stop();
    await vi.waitFor(() => expect(worker.connections.size).toBe(0));
    await sleep(1_200);
    expect(client.invalidations).toHaveLength(1);
    stop();
    // Stopped before it has begun.
    start(client)();
    await sleep(50);
    expect(worker.connections.size).toBe(0);
  });

  test("an error that ends the subscription is reported, or else is an unhandled rejection", async () => {
    worker.answers = [error(403, { code: "forbidden" }), error(403, { code: "forbidden" })];
    const states = [];
    start(recorder({}), { onConnection: (...state) => states.push(state) });
    await vi.waitFor(() => expect(states.at(-1)).toEqual(["closed", expect.objectContaining({ status: 403 })]));
    const unhandled = [];
    const listeners = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", (reason) => unhandled.push(reason));
    try {
      start(recorder({}));
      await vi.waitFor(() => expect(unhandled).toEqual([expect.objectContaining({ status: 403 })]));
    } finally {
      process.removeAllListeners("unhandledRejection");
      for (const listener of listeners) process.on("unhandledRejection", listener);
    }
  });

  test("it works with TanStack Query's own client", async () => {
    const { QueryClient, QueryObserver } = createRequire(join(folder, "package.json"))("@tanstack/react-query");
    const client = new QueryClient();
    let name = "Ann";
    worker.respond = (response) => json(200, { type: "contact", id: "5", name })(response);
    const observer = new QueryObserver(client, queries().contacts.get("5"));
    const seen = [];
    onTestFinished(observer.subscribe(({ data }) => data && seen.push(data.name)));
    start(client);
    await connected();
    await vi.waitFor(() => expect(seen).toContain("Ann"));
    name = "Bea";
    worker.publishItem("contact.user.updated", { id: "5" });
    await vi.waitFor(() => expect(seen.at(-1)).toBe("Bea"));
    client.clear();
  });
});

describe("useLive", () => {
  let browser;
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
  });
  afterAll(() => browser?.close());

  const APP = `
    import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
    import { Intercom } from "intercom-edge";
    import { intercomQueries } from "intercom-edge/react";
    import { useLive } from "intercom-edge/react/live";
    import { StrictMode, useState } from "react";
    import { createRoot } from "react-dom/client";

    const intercom = new Intercom({ baseUrl: "/", auth: "key" });
    const client = new QueryClient();
    function Contact() {
      const { data } = useQuery(intercomQueries(intercom).contacts.get("5"));
      const { state, error } = useLive(intercom, { topics: ["contact.*"] });
      return <p><b>{data?.name}</b> <i>{state}</i> <u>{error?.code}</u></p>;
    }
    function App() {
      const [isShown, show] = useState(true);
      return <main>{isShown && <Contact />}<button onClick={() => show(!isShown)}>Toggle</button></main>;
    }
    createRoot(document.querySelector("div")).render(
      <StrictMode><QueryClientProvider client={client}><App /></QueryClientProvider></StrictMode>
    );`;

  /**
   * Opens the app in a page that the stand-in serves: Chromium lets no page that Playwright makes up open a WebSocket
   * to a local address. `contact` answers the app's query.
   */
  async function open(contact) {
    const script = await bundled({ stdin: { contents: APP, loader: "jsx", resolveDir: root } }, "development");
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const problems = [];
    page.on("pageerror", (error) => problems.push(String(error)));
    const html = '<link rel="icon" href="data:,"><div></div><script type="module" src="/page/app.js"></script>';
    const files = {
      "/page/": text(200, html, { "content-type": "text/html" }),
      "/page/app.js": text(200, script, { "content-type": "text/javascript" }),
    };
    worker.respond = (response, url) => (files[url] ?? contact)(response);
    await page.goto(`${worker.url}/page/`);
    return { page, problems, shown: (name) => expect.poll(() => page.locator(name).innerText(), { timeout: 10_000 }) };
  }

  test("shows a change at once, reconnects, and stops when the component is unmounted", async () => {
    let name = "Ann";
    const { page, problems, shown } = await open((response) => json(200, { type: "contact", id: "5", name })(response));
    await shown("b").toBe("Ann");
    await shown("i").toBe("open");
    // React's strict mode mounts each component twice.
    await expect.poll(() => worker.connections.size).toBe(1);
    name = "Bea";
    worker.publishItem("contact.user.updated", { type: "contact", id: "5" });
    await shown("b").toBe("Bea");

    worker.answers = [error(503, { code: "service_unavailable" })];
    worker.cut();
    await shown("u").toBe("service_unavailable");
    name = "Cid";
    worker.log.push({ ...worker.log[0], id: "log-2" });
    await shown("b").toBe("Cid");
    await shown("u").toBe("");
    expect(worker.tickets.at(-1).body).toEqual({ topics: ["contact.*"], last_event_id: "log-1" });

    await page.getByRole("button").click();
    await expect.poll(() => worker.connections.size).toBe(0);
    await page.getByRole("button").click();
    await expect.poll(() => worker.connections.size).toBe(1);
    expect(problems).toEqual([]);
  });
});

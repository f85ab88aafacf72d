// Live events of the package, against a stand-in for the Worker: each event once and in order through connections that
// break, acknowledgements, gaps, errors, and that nothing stays open.

import { getEventListeners } from "node:events";
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { ForbiddenError, Intercom, NetworkError, UnauthorizedError, UpstreamError } from "intercom-edge";
import * as static_ from "intercom-edge/static";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { broken, error, silent } from "../stand-in.mjs";
import { liveStandIn } from "./live-stand-in.mjs";

const { WebSocket: WsSocket } = createRequire(createRequire(import.meta.url).resolve("miniflare"))("ws");

let worker;
let intercom;
beforeAll(async () => {
  worker = await liveStandIn();
  intercom = new Intercom({ baseUrl: `${worker.url}/api`, auth: "key-of-a-caller" });
  // The first call loads the WebAssembly, which takes longer than a test's pauses.
  await first(intercom.live({ onConnection: (state) => state === "open" && worker.publish("contact.created") }));
});
afterAll(() => worker.close());
beforeEach(() => {
  worker.reset();
  hurry();
});
afterEach(() => vi.unstubAllGlobals());

/** Lets the package's timers pass a hundred times as fast, and returns the pauses of `setTimeout`. */
function hurry(factor = 100) {
  const pauses = [];
  const { setTimeout, setInterval } = { setTimeout: realTimeout, setInterval: realInterval };
  vi.stubGlobal("setTimeout", (run, milliseconds, ...more) => {
    pauses.push(milliseconds);
    return setTimeout(run, milliseconds / factor, ...more);
  });
  vi.stubGlobal("setInterval", (run, milliseconds, ...more) => setInterval(run, milliseconds / factor, ...more));
  return pauses;
}
const { setTimeout: realTimeout, setInterval: realInterval } = globalThis;

/** The topics of some events. */
const topics = (count) => Array(count).fill("contact.user.created");
const numbers = (events) => events.map(({ id }) => Number(id.split("-")[1]));
const upTo = (count) => Array.from({ length: count }, (_, index) => index + 1);

/** Takes a number of events, and stops. */
async function take(live, count, handle = () => {}) {
  const events = [];
  if (count === 0) return events;
  for await (const event of live) {
    events.push(event);
    await handle(event);
    if (events.length === count) break;
  }
  return events;
}
const first = async (live) => (await take(live, 1))[0];

/** The options of live events that publish some events when the connection is open. */
const publishing = (count, options = {}) => ({
  ...options,
  onConnection: (state) => state === "open" && worker.publish(...topics(Math.max(0, count - worker.log.length))),
});
const outcome = (live) => first(live).catch((thrown) => thrown);
const allClosed = () => vi.waitFor(() => expect(worker.connections.size).toBe(0));

test("yields events as they came, by a ticket for the topics", async () => {
  const live = intercom.live({ ...publishing(2), topics: ["contact.*", "message.sent"] });
  expect(worker.tickets).toEqual([]);
  expect(live.lastEventId).toBeUndefined();
  const events = await take(live, 2);
  expect(events).toEqual(worker.log);
  const [{ url, headers, body }] = worker.tickets;
  expect(worker.tickets).toHaveLength(1);
  expect(url).toBe("/api/edge/live/tickets");
  expect(headers).toMatchObject({ authorization: "Bearer key-of-a-caller", "content-type": "application/json" });
  expect(body).toEqual({ topics: ["contact.*", "message.sent"] });
  await allClosed();
});

test("topics may be a text, as in the Worker's own API", async () => {
  await first(intercom.live(publishing(1, { topics: "contact.*, message.sent" })));
  expect(worker.tickets[0].body).toEqual({ topics: ["contact.*", "message.sent"] });
});

test("lastEventId advances when the loop asks for the next event, and another iteration continues there", async () => {
  const live = intercom.live(publishing(3));
  const seen = [];
  for await (const { id } of live) {
    seen.push([id, live.lastEventId]);
    if (id === "log-2") break;
  }
  // The event at which the loop stopped may not have been handled to its end.
  expect(seen).toEqual([
    ["log-1", "log-0"],
    ["log-2", "log-1"],
  ]);
  expect(live.lastEventId).toBe("log-1");
  expect(numbers(await take(live, 2))).toEqual([2, 3]);
  expect(numbers(await take(intercom.live({ lastEventId: "log-1" }), 2))).toEqual([2, 3]);
  expect(worker.tickets.map(({ body }) => body.last_event_id)).toEqual([undefined, "log-1", "log-1"]);
});

test("a connection that breaks before the first event continues where it began", async () => {
  let isFirst = true;
  const live = intercom.live({
    onConnection(state) {
      if (state !== "open" || !isFirst) return;
      isFirst = false;
      worker.cut();
      worker.publish("contact.created");
    },
  });
  worker.publish("contact.created", "contact.created");
  expect(numbers([await first(live)])).toEqual([3]);
  expect(worker.tickets.map(({ body }) => body.last_event_id)).toEqual([undefined, "log-2"]);
});

test.each([1, 2, 3])("connections that break at any time lose and repeat no event (%i)", async (seed) => {
  let state = seed;
  const random = (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
  const COUNT = 3000;
  hurry(2000);
  let finished = false;
  const chaos = (async () => {
    while (!finished) {
      await sleep(random(20));
      if (worker.log.length < COUNT) worker.publish(...topics(Math.min(random(400), COUNT - worker.log.length)));
      const harm = random(6);
      if (harm === 0) worker.cut();
      if (harm === 1) worker.end(["credential_expired", "slow_reader", "time_limit"][random(3)]);
      if (harm === 2 && worker.answers.length === 0)
        worker.answers.push([broken, error(503, {}), error(502, {})][random(3)]);
    }
  })();
  const events = await take(intercom.live({ lastEventId: "log-0" }), COUNT, () => (random(50) === 0 ? sleep(10) : 0));
  finished = true;
  await chaos;
  expect(numbers(events)).toEqual(upTo(COUNT));
  expect(worker.opened).toBeGreaterThan(3);
});

test("acknowledges the number of processed events: after 32, and when all that came were processed", async () => {
  const live = intercom.live({ lastEventId: "log-0" });
  worker.publish(...topics(70));
  let taken = 0;
  const handled = take(live, 72, async () => {
    // The rest has arrived when the loop continues.
    if (++taken === 1) await sleep(50);
  });
  await vi.waitFor(() => expect(worker.last?.acknowledgements).toEqual([32, 64, 70]));
  worker.publish("contact.created");
  await vi.waitFor(() => expect(worker.last?.acknowledgements).toEqual([32, 64, 70, 71]));
  worker.publish("contact.created");
  await handled;
  await allClosed();
});

test("a loop that needs seconds for each event acknowledges every ten seconds", async () => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => vi.restoreAllMocks());
  worker.publish(...topics(10));
  const live = intercom.live({ lastEventId: "log-0" });
  const handled = take(live, 10, () => {
    now += 4_000;
    return sleep(5);
  });
  await handled;
  expect(worker.last.acknowledgements).toEqual([3, 6, 9]);
});

test("a loop that is slow gets at most 256 events ahead, and misses none", async () => {
  const live = intercom.live({ lastEventId: "log-0" });
  worker.publish(...topics(2000));
  const events = await take(live, 2000, ({ id }) => (id.endsWith("00") ? sleep(20) : 0));
  expect(numbers(events)).toEqual(upTo(2000));
  expect(worker.opened).toBe(1);
  expect(worker.last.most).toBe(256);
});

test("a Worker that sends more than 256 events ahead is connected to again: the package buffers no more", async () => {
  worker.window = 1000;
  const live = intercom.live({ lastEventId: "log-0" });
  worker.publish(...topics(1000));
  const events = await take(live, 1000, ({ id }) => (id === "log-1" ? sleep(50) : 0));
  expect(numbers(events)).toEqual(upTo(1000));
  // The first connection had 256 events in the buffer, and perhaps one in the loop.
  expect(worker.tickets[1].body.last_event_id).toMatch(/^log-25[67]$/);
});

test("what has arrived is yielded after the end of a connection, and then another one continues", async () => {
  const live = intercom.live({ lastEventId: "log-0" });
  worker.publish(...topics(10));
  const events = await take(live, 12, async ({ id }) => {
    if (id !== "log-3") return;
    worker.end("slow_reader");
    await allClosed();
    worker.publish(...topics(2));
  });
  expect(numbers(events)).toEqual(upTo(12));
  expect(worker.tickets.map(({ body }) => body.last_event_id)).toEqual(["log-0", "log-10"]);
});

test("reports a gap in its place, and waits for what it starts", async () => {
  const order = [];
  const live = intercom.live({
    lastEventId: "log-0",
    onGap: async ({ reason, id }) => {
      order.push(`gap ${reason} ${id}`);
      await sleep(20);
      order.push("loaded");
    },
  });
  const gap = { type: "edge.gap", id: "log-40", reason: "expired" };
  worker.publish("contact.created");
  for await (const { id } of live) {
    order.push(id);
    if (id === "log-1") {
      worker.send(gap);
      worker.send({ ...worker.log[0], id: "log-41" });
    }
    if (id === "log-41") break;
  }
  expect(order).toEqual(["log-1", "gap expired log-40", "loaded", "log-41"]);
  expect(live.lastEventId).toBe("log-40");
});

test("an error of a callback ends the loop, and is passed on", async () => {
  const lost = new NetworkError("from a callback");
  const thrower = () => {
    throw lost;
  };
  const live = intercom.live({
    onConnection: (state) => state === "open" && worker.send({ type: "edge.gap", id: "log-1", reason: "expired" }),
    onGap: thrower,
  });
  expect(await outcome(live)).toBe(lost);
  expect(await outcome(intercom.live({ onConnection: (state) => state === "open" && thrower() }))).toBe(lost);
  await allClosed();
  expect(worker.opened).toBe(2);
});

test("messages of types that a later Worker sends are passed over; what is no message ends the loop", async () => {
  const live = (message) =>
    intercom.live({
      onConnection(state) {
        if (state !== "open") return;
        for (const { socket } of worker.connections) socket.send(message);
        worker.publish("contact.created");
      },
    });
  expect(numbers([await first(live('{"type":"edge.news","id":"7"}'))])).toEqual([1]);
  const unreadable = ["no JSON of ann@example.com", "null", "[]", "{}", '{"type":"edge.event","id":"log-1"}', "7"];
  for (const message of unreadable) {
    const thrown = await outcome(live(message));
    expect(thrown, message).toBeInstanceOf(UpstreamError);
    expect(String(thrown)).not.toContain("ann");
  }
  await allClosed();
});

describe("errors", () => {
  test.each([
    [401, UnauthorizedError],
    [403, ForbiddenError],
    [400, Error],
    [404, Error],
  ])("%i ends the loop", async (status, kind) => {
    worker.answers = [error(status, { code: "unauthorized" })];
    const states = [];
    const thrown = await outcome(intercom.live({ onConnection: (...state) => states.push(state) }));
    expect(thrown).toBeInstanceOf(kind);
    expect(thrown).toMatchObject({ status });
    expect(states).toEqual([
      ["connecting", undefined],
      ["closed", thrown],
    ]);
    expect(worker.tickets).toHaveLength(1);
  });

  test("an expired key is renewed by `auth`, and the connection continues", async () => {
    let key = "old";
    const renewing = new Intercom({
      baseUrl: worker.url,
      auth: (rejected) => {
        if (rejected === key) key = "new";
        return key;
      },
    });
    const events = await take(renewing.live(publishing(1)), 2, () => {
      worker.answers = [error(401, { code: "unauthorized" })];
      worker.end("credential_expired");
      worker.publish("contact.created");
    });
    expect(numbers(events)).toEqual([1, 2]);
    expect(worker.tickets.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer old",
      "Bearer old",
      "Bearer new",
    ]);
  });

  test("errors that may pass are waited for, with growing pauses and jitter", async () => {
    const pauses = hurry(1000);
    const closed = [];
    worker.answers = [broken, error(503, {}), error(500, {}), error(429, {}, { "retry-after": "20" }), broken, broken];
    const live = intercom.live({
      ...publishing(1),
      onConnection(state, reason) {
        if (state === "closed" && reason) closed.push([reason.status, reason.code]);
        publishing(1).onConnection(state);
      },
    });
    await first(live);
    expect(closed.map(([status]) => status)).toEqual([0, 503, 500, 429, 0, 0]);
    // Timers of other code have whole numbers.
    const between = pauses.filter((pause) => !Number.isInteger(pause));
    for (const [index, least] of [500, 1000, 2000, 20_000, 8000, 16_000].entries()) {
      expect(between[index], String(index)).toBeGreaterThanOrEqual(least);
      expect(between[index], String(index)).toBeLessThanOrEqual(2 * least);
    }
  });

  test("each state of the connection is reported once", async () => {
    const states = [];
    const live = intercom.live({
      onConnection: (state, reason) => {
        states.push(reason ? `${state} ${reason.code}` : state);
        publishing(1).onConnection(state);
      },
    });
    await take(live, 2, () => {
      worker.end("time_limit");
      worker.publish("contact.created");
    });
    expect(states).toEqual(["connecting", "open", "closed time_limit", "connecting", "open", "closed"]);
  });

  test("a handshake that is rejected is tried again with another ticket", async () => {
    worker.admits = false;
    const reasons = [];
    const live = intercom.live({
      onConnection(state, reason) {
        if (reason) reasons.push(reason.message);
        if (reasons.length === 2) worker.admits = true;
        publishing(1).onConnection(state);
      },
    });
    await first(live);
    expect(reasons).toEqual(["The WebSocket can't be opened", "The WebSocket can't be opened"]);
    expect(worker.tickets).toHaveLength(3);
    expect(worker.opened).toBe(1);
  });

  test("a Worker that is silent is pinged every 20 seconds, and left after 30", async () => {
    const began = performance.now();
    worker.pongs = false;
    const live = intercom.live({
      onConnection(_, reason) {
        if (reason) worker.pongs = true;
        if (worker.opened === 2) worker.publish("contact.created");
      },
    });
    await first(live);
    expect(performance.now() - began).toBeGreaterThan(300);
    expect(worker.opened).toBe(2);
  });

  test("a Worker that answers pings is kept, however long it has no event", async () => {
    const live = intercom.live();
    const event = first(live);
    await vi.waitFor(() => expect(worker.last?.pings).toBeGreaterThanOrEqual(3));
    worker.publish("contact.created");
    await event;
    expect(worker.opened).toBe(1);
  });

  test("a connection that never says anything is left", async () => {
    worker.greets = false;
    const live = intercom.live({
      onConnection(state, reason) {
        if (reason) worker.greets = true;
        publishing(1).onConnection(state);
      },
    });
    // A pong shows that the other side is there.
    worker.pongs = false;
    await first(live);
    expect(worker.opened).toBe(2);
  });
});

describe("the end", () => {
  const reason = { because: "the page was left" };

  test("break closes the connection, and leaves no timer", async () => {
    vi.unstubAllGlobals();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    await take(intercom.live(publishing(3)), 2);
    await allClosed();
    await vi.waitFor(() => {
      const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout");
      expect(timers.length).toBeLessThanOrEqual(before);
    });
  });

  /** Where an abort may come; each starts what it aborts. */
  const MOMENTS = {
    before: (controller) => controller.abort(reason),
    "during the request for a ticket": (controller) => {
      worker.answers = [silent];
      vi.waitFor(() => expect(worker.tickets).toHaveLength(1)).then(() => controller.abort(reason));
    },
    "during the handshake": (controller) => {
      worker.greets = false;
      vi.waitFor(() => expect(worker.connections.size).toBe(1)).then(() => controller.abort(reason));
    },
    "while waiting for events": (controller, live) => {
      live.onConnection = (state) => state === "open" && realTimeout(() => controller.abort(reason), 20);
    },
    "in a pause": (controller, live) => {
      hurry(1);
      worker.answers = [broken];
      live.onConnection = (state) => state === "closed" && realTimeout(() => controller.abort(reason), 20);
    },
    "in a callback": (controller, live) => {
      live.onConnection = (state) => {
        if (state === "open") worker.send({ type: "edge.gap", id: "log-1", reason: "expired" });
      };
      live.onGap = () => {
        realTimeout(() => controller.abort(reason), 20);
        return new Promise(() => {});
      };
    },
  };

  test.each(Object.entries(MOMENTS))("an abort %s rejects with its reason", async (_, prepare) => {
    const controller = new AbortController();
    const options = { signal: controller.signal };
    prepare(controller, options);
    expect(await outcome(intercom.live(options))).toBe(reason);
    // A callback that never ends is still waited for by its own listener, which has nothing left to do.
    if (options.onGap === undefined) expect(getEventListeners(controller.signal, "abort")).toEqual([]);
    await allClosed();
    const { length } = worker.tickets;
    await sleep(50);
    expect(worker.tickets).toHaveLength(length);
  });

  test("an abort while the loop is busy closes the connection at once, and yields nothing more", async () => {
    const controller = new AbortController();
    const seen = [];
    const run = async () => {
      for await (const { id } of intercom.live(publishing(5, { signal: controller.signal }))) {
        seen.push(id);
        controller.abort(reason);
        await allClosed();
      }
    };
    expect(await run().catch((thrown) => thrown)).toBe(reason);
    expect(seen).toEqual(["log-1"]);
    expect(getEventListeners(controller.signal, "abort")).toEqual([]);
  });

  test("a hundred connections on one signal leave no listener", async () => {
    const { signal } = new AbortController();
    let breaks = 0;
    const live = intercom.live({
      signal,
      lastEventId: "log-0",
      onConnection: (state) => {
        if (state !== "open") return;
        expect(getEventListeners(signal, "abort").length).toBeLessThanOrEqual(1);
        if (++breaks < 100) worker.cut();
        else worker.publish("contact.created");
      },
    });
    hurry(10_000);
    await first(live);
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("runtimes", () => {
  test("without a WebSocket, an error says what to do", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const thrown = await outcome(intercom.live());
    expect(thrown).toMatchObject({ name: "ArgumentError", argument: "WebSocket" });
    expect(thrown.message).toMatch(/install the package ws/);
    expect(worker.tickets).toEqual([]);
  });

  test("`ws` does instead, also through connections that break", async () => {
    vi.stubGlobal("WebSocket", undefined);
    const events = await take(intercom.live(publishing(2, { WebSocket: WsSocket })), 3, ({ id }) => {
      if (id !== "log-1") return;
      worker.cut();
      worker.publish("contact.created");
    });
    expect(numbers(events)).toEqual([1, 2, 3]);
    const controller = new AbortController();
    const given = { WebSocket: WsSocket, signal: controller.signal };
    worker.greets = false;
    vi.waitFor(() => expect(worker.tickets.length).toBe(3)).then(() => controller.abort("enough"));
    expect(await outcome(intercom.live(given))).toBe("enough");
    await allClosed();
  });

  test("the entry without import() has the same", async () => {
    const other = new static_.Intercom({ baseUrl: worker.url, auth: "key" });
    await first(other.live(publishing(1)));
  });

  test("a page that is online or visible again connects at once", async () => {
    const [page, document] = [new EventTarget(), new EventTarget()];
    vi.stubGlobal("navigator", { onLine: true });
    vi.stubGlobal("document", document);
    for (const verb of ["addEventListener", "removeEventListener"]) vi.stubGlobal(verb, page[verb].bind(page));
    hurry(1);
    worker.answers = [error(429, {}, { "retry-after": "30" })];
    const live = intercom.live({
      onConnection: (state) => {
        if (state === "closed") {
          realTimeout(() => {
            document.hidden = true;
            document.dispatchEvent(new Event("visibilitychange"));
            document.hidden = false;
          }, 20);
          realTimeout(() => page.dispatchEvent(new Event("online")), 60);
        }
        publishing(1).onConnection(state);
      },
    });
    const began = performance.now();
    await take(live, 2, () => {
      document.dispatchEvent(new Event("visibilitychange"));
      return vi.waitFor(() => expect(worker.last.pings).toBe(1)).then(() => worker.publish("contact.created"));
    });
    expect(performance.now() - began).toBeGreaterThan(55);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect([getEventListeners(page, "online"), getEventListeners(document, "visibilitychange")]).toEqual([[], []]);
  });
});

test.each([
  [{ topics: 7 }, "topics"],
  [{ topics: [7] }, "topics"],
  [{ topics: { 0: "*" } }, "topics"],
  [{ lastEventId: "" }, "lastEventId"],
  [{ lastEventId: 7 }, "lastEventId"],
  [{ onGap: "x" }, "onGap"],
  [{ onConnection: {} }, "onConnection"],
  [{ WebSocket: "ws" }, "WebSocket"],
  [{ signal: "x" }, "signal"],
  ["contact.*", "options"],
])("an invalid option is named, and nothing is sent: %o", async (options, argument) => {
  expect(await outcome(intercom.live(options))).toMatchObject({ name: "ArgumentError", argument });
  expect(worker.tickets).toEqual([]);
});

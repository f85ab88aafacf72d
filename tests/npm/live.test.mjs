// Live events of the package from the real Worker.

import { Intercom, UnauthorizedError, ValidationError } from "intercom-edge";
import { expect, test } from "vitest";

const { WORKER_URL, CALLER_KEY } = process.env;
const intercom = new Intercom({ baseUrl: WORKER_URL, auth: CALLER_KEY });

/** Waits until a connection is open, and returns the live events and what was reported. */
async function opened(options = {}, client = intercom) {
  const controller = new AbortController();
  const states = [];
  const gaps = [];
  const live = client.live({
    ...options,
    signal: controller.signal,
    onGap: (gap) => void gaps.push(gap),
    onConnection(state, error) {
      states.push(error ? `${state} ${error.code}` : state);
      // A gap follows in the same packet.
      if (state === "open") setTimeout(() => controller.abort("opened"), 200);
    },
  });
  const thrown = await Array.fromAsync(live).catch((reason) => reason);
  return { live, states, gaps, thrown };
}

test("a connection opens, and begins at the last event", async () => {
  const { live, states, gaps, thrown } = await opened({ topics: ["contact.*", "message.sent"] });
  expect(thrown).toBe("opened");
  expect(states).toEqual(["connecting", "open", "closed"]);
  expect(gaps).toEqual([]);
  expect(live.lastEventId).toMatch(/^[0-9a-f]{8}-\d+$/);
  const again = await opened({ lastEventId: live.lastEventId });
  expect([again.gaps, again.live.lastEventId]).toEqual([[], live.lastEventId]);
});

test("the id of another Worker's event is reported as a gap", async () => {
  const { live, gaps } = await opened({ lastEventId: "00000000-7" });
  expect(gaps).toEqual([{ type: "edge.gap", id: expect.any(String), reason: "other_log" }]);
  expect(live.lastEventId).toBe(gaps[0].id);
});

test("what the Worker rejects ends the loop", async () => {
  const invalid = [{ topics: [] }, { topics: ["contact created"] }, { topics: "*.created" }, { lastEventId: "seven" }];
  for (const options of invalid) {
    const { thrown, states } = await opened(options);
    expect(thrown, JSON.stringify(options)).toBeInstanceOf(ValidationError);
    expect(states).toEqual(["connecting", `closed ${thrown.code}`]);
  }
  const { thrown } = await opened({}, new Intercom({ baseUrl: WORKER_URL, auth: "not-a-key" }));
  expect(thrown).toBeInstanceOf(UnauthorizedError);
});

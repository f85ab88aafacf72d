// Node's `fetch` gives its own Responses and errors, which aren't those of Jest's realm.
import { createServer } from "node:http";
import { env } from "node:process";
import { inspect } from "node:util";
import { Intercom, IntercomError, NetworkError } from "intercom-edge";
import { dashboard } from "../dashboard.js";

const { WORKER_URL: workerUrl, CALLER_KEY: callerKey, CONSUMER: consumer, USERS: users } = env;

test("the dashboard", async () => {
  expect(typeof document).toBe(consumer === "Jest, jsdom" ? "object" : "undefined");
  expect(await dashboard({ workerUrl, callerKey, consumer })).toEqual({
    users: Number(users),
    sent: "admin_message",
    refused: "ValidationError",
    batch: "ValidationError",
  });
});

test("a batch, watched until it is done", async () => {
  const intercom = new Intercom({ baseUrl: workerUrl, auth: callerKey });
  const [[admin], [user]] = await Promise.all(
    [intercom.admins, intercom.users].map((people) => people.list().toArray({ limit: 1 })),
  );
  await intercom.templates.put("hello", { subject: "From {{ variables.consumer }}", body: "<p>Hello</p>" });
  const batch = await intercom.messages.batch({
    template: "hello",
    variables: { consumer },
    from: { type: "admin", id: admin.id },
    to: [{ id: user.id }],
  });
  const states = [];
  for await (const { state, sent } of batch) states.push(`${state}, ${sent} sent`);
  expect(states.at(-1)).toBe("done, 1 sent");
});

test("a connection that fails, a call that is given up, and the next call", async () => {
  const nowhere = new Intercom({ baseUrl: "http://localhost:1", auth: callerKey });
  const failed = await nowhere.me({ retries: 0 }).catch((error) => error);
  expect(failed).toBeInstanceOf(NetworkError);
  expect(failed).toBeInstanceOf(IntercomError);
  expect(failed.cause.message).toBe("fetch failed");
  expect(inspect(failed)).toContain("fetch failed");

  const controller = new AbortController();
  const silent = createServer(() => controller.abort());
  await new Promise((resolve) => silent.listen(0, "localhost", resolve));
  const unanswered = new Intercom({ baseUrl: `http://localhost:${silent.address().port}`, auth: callerKey });
  const givenUp = await unanswered.me({ signal: controller.signal }).catch((error) => error);
  silent.closeAllConnections();
  silent.close();
  expect(givenUp).toBe(controller.signal.reason);

  const intercom = new Intercom({ baseUrl: workerUrl, auth: callerKey });
  expect((await intercom.me()).type).toBe("admin");
});

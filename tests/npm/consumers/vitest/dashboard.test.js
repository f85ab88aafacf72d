// A page's own tests, in Node with the globals of a browser that somebody imitates.
import { env } from "node:process";
import { expect, test } from "vitest";
import { dashboard } from "../dashboard.js";

test("the dashboard", async () => {
  const { WORKER_URL: workerUrl, CALLER_KEY: callerKey, CONSUMER: consumer, USERS: users } = env;
  expect(document.body).toBeDefined();
  expect(await dashboard({ workerUrl, callerKey, consumer })).toEqual({
    users: Number(users),
    sent: "admin_message",
    refused: "ValidationError",
    batch: "ValidationError",
  });
});

// Intercom's own SDK, unchanged, with the Worker's address and a caller key.

import { IntercomClient, IntercomError } from "intercom-client";
import { beforeEach, expect, test } from "vitest";
import { everybody, intercom, messages, reset } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const client = new IntercomClient({ environment: WORKER_URL, baseUrl: WORKER_URL, token: CALLER_KEY });

beforeEach(() => reset());

test("contacts.list walks everybody", async () => {
  const ids = new Set();
  for await (const contact of await client.contacts.list({ per_page: 150 })) ids.add(contact.id);
  const all = [...(await everybody("user")), ...(await everybody("lead"))];
  expect(ids.size).toBe(all.length);
});

test("contacts.search", async () => {
  const found = await client.contacts.search({
    query: { field: "email", operator: "=", value: "john@example.com" },
    pagination: { per_page: 5 },
  });
  expect(found.data.map(({ external_id }) => external_id)).toContain("john_doe");
});

test("admins.list and the identified admin", async () => {
  const { admins } = await client.admins.list();
  expect(admins).toEqual((await intercom("GET", "/admins")).admins);
  const me = await client.admins.identify();
  expect(me.app.region).toBeTruthy();
});

test("messages.create", async () => {
  const {
    admins: [admin],
  } = await client.admins.list();
  const { id } = await intercom("GET", "/contacts/find_by_external_id/john_doe");
  const sent = await client.messages.create({
    message_type: "email",
    subject: "Hey",
    body: "How are you ?",
    template: "plain",
    from: { type: "admin", id: admin.id },
    to: { type: "user", id },
  });
  expect(sent.id).toBeTruthy();
  expect(await messages()).toHaveLength(1);
});

test("a wrong key is the SDK's own error", async () => {
  const stranger = new IntercomClient({ baseUrl: WORKER_URL, token: "wrong" });
  const error = await stranger.admins.list().catch((error) => error);
  expect(error).toBeInstanceOf(IntercomError);
  expect(error.statusCode).toBe(401);
});

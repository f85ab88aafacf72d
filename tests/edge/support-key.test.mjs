// A support team's key runs the whole compose form: docs/deploy.md, "Caller keys and scopes".

import { expect, test } from "vitest";
import { gate } from "../gate.mjs";
import { idOf, settled } from "../outbox.mjs";
import { firstError } from "../worker.mjs";

const ANN = { type: "admin", id: "1", name: "Ann", email: "ann@example.com" };
const JOHN = {
  type: "contact",
  id: "5",
  external_id: "john_doe",
  role: "user",
  name: "John",
  email: "john@example.com",
};

const it = gate("support-key", {
  keys: {
    all: ["*"],
    support: ["admins:read", "contacts:read", "messages:read", "messages:retry", "messages:send", "templates:read"],
    other: ["messages:send", "messages:read"],
  },
  vars: { SENDER_ADMIN_ID: ANN.id },
});

test("a key without messages:admin lists templates, previews, sends, sees its messages, and retries one", async () => {
  const ask = (path, init) => it.ask(path, { as: "support", ...init });
  let delivered = false;
  it.reply(({ url, body }) => {
    if (url.startsWith("/contacts/")) return { body: JOHN };
    if (url.startsWith("/admins/")) return { body: ANN };
    if (!delivered) return { status: 502 };
    const { subject, body: text } = JSON.parse(body);
    return { body: { type: "admin_message", id: "7", subject, body: text, message_type: "email" } };
  });
  const template = { subject: "Hi {{ contact.name }}", body: "{{ variables.plan }}, says {{ admin.name }}" };
  await it.ask("/edge/templates/welcome", { method: "PUT", json: template });
  const form = { to: { user_id: "john_doe" }, variables: { plan: "pro" } };

  const { data } = (await ask("/edge/templates")).body;
  expect(data.map(({ name, subject }) => [name, subject])).toEqual([["welcome", template.subject]]);
  const preview = await ask("/edge/templates/welcome/preview", { json: form });
  expect(preview.body).toMatchObject({ subject: "Hi John", body: "pro, says Ann" });

  const lost = await ask("/edge/notify", { json: { ...form, template: "welcome" } });
  expect([lost.status, firstError(lost).code]).toEqual([502, "message_unknown"]);
  const id = idOf(lost);
  const listed = (await ask("/edge/messages?state=unknown")).body.data;
  expect(listed.map((message) => [message.id, message.caller])).toEqual([[id, "support"]]);

  delivered = true;
  const retried = await ask(`/edge/messages/${id}/retry`, { method: "POST" });
  expect([retried.status, retried.body.subject]).toEqual([200, "Hi John"]);
  await settled(it, id);
  const { state, request } = (await ask(`/edge/messages/${id}`)).body;
  expect([state, request.subject, request.body]).toEqual(["sent", "Hi John", "pro, says Ann"]);

  // The form needs no more: the key changes no template, and sees no message of another caller.
  const others = idOf(await it.ask("/edge/notify", { as: "other", json: { ...form, subject: "S", body: "B" } }));
  expect((await ask(`/edge/messages/${others}`)).status).toBe(404);
  expect((await ask("/edge/templates/welcome", { method: "PUT", json: template })).status).toBe(403);
  expect((await ask("/edge/messages/batch", { json: { template: "welcome", to: [form.to] } })).status).toBe(403);
  expect((await ask(`/edge/messages/${id}`, { method: "DELETE" })).status).toBe(403);
});

// Activepieces' Intercom piece: its actions, with a stand-in for the engine. It has intercom-client 6 inside,
// which pins 2.11, and knows no other host than Intercom's.
import {
  CALLER_KEY,
  cannot,
  check,
  expect,
  finish,
  known,
  rejection,
  require,
  reset,
  SEARCH_DELAY_MS,
  sleep,
  WORKER_URL,
} from "./check.mjs";

const send = globalThis.fetch;
globalThis.fetch = (url, init) =>
  send(String(url).replace(/^https:\/\/api\.(eu\.|au\.)?intercom\.io/, WORKER_URL), init);

const { intercom } = require("@activepieces/piece-intercom");
const actions = intercom.actions();
const triggers = intercom.triggers();
const auth = { access_token: CALLER_KEY, props: { region: "intercom" }, data: {} };
const { admin, otherAdmin, john, johnEmail, johnUserId, lead, leadEmail, conversation } = known;

const act = (name, propsValue = {}) => actions[name].run({ auth, propsValue });
/** The choices of a drop-down of an action's form. */
const choices = async (name, prop) => (await actions[name].props[prop].options({ auth })).options;

await reset();

await check("drop-downs: contacts, conversations, tags, admins", async () => {
  for (const [name, prop, count] of [
    ["add-or-remove-tag-on-contact", "contactId", 100],
    ["get-conversation", "conversationId", known.conversations],
    ["add-or-remove-tag-on-contact", "tagId", 12],
    ["replyToConversation", "from", 5],
  ]) {
    const { length } = await choices(name, prop);
    expect(length >= count, `${prop}: ${length} choices`);
  }
});
await check("drop-down: companies", async () =>
  expect((await choices("add-or-remove-tag-on-company", "companyId")).length >= known.companies),
);
let user;
await check("create-user, create-or-update-user", async () => {
  user = await act("create-user", {
    email: "piece@example.com",
    userId: "piece-1",
    name: "P",
    customAttributes: { plan: "pro" },
  });
  expect(user.role === "user" && user.external_id === "piece-1", user);
  await sleep(SEARCH_DELAY_MS);
  const changed = await act("create-or-update-user", { email: "piece@example.com", name: "Changed" });
  expect(changed.id === user.id && changed.name === "Changed", changed);
});
await check("find-user by email, id, external id", async () => {
  for (const [searchField, searchValue] of [
    ["email", johnEmail],
    ["id", john],
    ["external_id", johnUserId],
  ]) {
    const { found, user: one } = await act("find-user", { searchField, searchValue });
    expect(found && one.id === john, searchField);
  }
});
await check("create-or-update-lead, find-lead, find-or-create-lead", async () => {
  const made = await act("create-or-update-lead", { name: "L", email: "piece-lead@example.com" });
  expect(made.role === "lead", made);
  expect((await act("create-or-update-lead", { leadId: lead, name: "L2" })).name === "L2");
  expect((await act("find-lead", { searchField: "email", searchValue: leadEmail })).found);
  expect(
    (await act("find-or-create-lead", { searchField: "email", searchValue: "new-lead@example.com" })).created === true,
  );
});
await check("create-or-update-company", async () => {
  const company = await act("create-or-update-company", { companyId: "piece-co", name: "Piece", monthlySpend: 5 });
  expect(company.company_id === "piece-co", company);
});
await cannot(
  "find-or-create-company",
  "it reads a list where Intercom answers with the one company, and does not expect the 404 of a new one",
  async () => {
    await rejection(() => act("find-or-create-company", { companyId: "piece-co" }));
    await rejection(() => act("find-or-create-company", { companyId: "piece-new", name: "New" }));
  },
);
await check("tags: list, put on and take off a contact, a conversation, a company", async () => {
  expect((await act("list-all-tags")).data.length >= 12);
  for (const untag of [false, true]) {
    await act("add-or-remove-tag-on-contact", { contactId: john, tagId: known.vipTag, untag });
    await act("add-or-remove-tag-on-conversation", { conversationId: conversation, tagId: known.vipTag, untag });
    await act("add-or-remove-tag-on-company", { companyId: known.company, tagName: "VIP", untag });
  }
});
await check("add-note-to-user, addNoteToConversation", async () => {
  expect((await act("add-note-to-user", { email: johnEmail, body: "N" })).type === "note");
  await act("addNoteToConversation", { from: admin, conversationId: conversation, body: "N" });
});
await check("create-data-event", () =>
  act("create-data-event", {
    identifierType: "user_id",
    identifierValue: johnUserId,
    eventName: "piece-event",
    metadata: { a: 1 },
  }),
);
await check("conversations: create, get, reply, assign", async () => {
  expect((await act("create-conversation", { contactType: "user", contactId: john, body: "Hi" })).conversation_id);
  expect((await act("get-conversation", { conversationId: conversation })).id === conversation);
  await act("replyToConversation", { from: admin, conversationId: conversation, body: "R" });
  await act("assignConversationAction", { from: admin, conversationId: conversation, assigneeId: otherAdmin });
});
await check("send_message: an e-mail, in-app", async () => {
  const ends = { from: admin, to: john, body: "B" };
  await act("send_message", {
    message_type: "email",
    email_required_fields: { subject: "S", template: "plain" },
    ...ends,
  });
  await act("send_message", { message_type: "inapp", email_required_fields: {}, ...ends });
});
await check("create-article", async () =>
  expect(
    (await act("create-article", { title: "Paying", authorId: Number(admin), body: "By card", state: "draft" }))
      .title === "Paying",
  ),
);
await check("triggers' tests: new user, new lead, new company", async () => {
  for (const name of ["new-user", "new-lead", "new-company"])
    expect((await triggers[name].test({ auth, propsValue: {} })).length > 0, name);
});
await check("errors: an unknown conversation is 404", async () => {
  const { statusCode } = await rejection(() => act("get-conversation", { conversationId: "999999999" }));
  expect(statusCode === 404, statusCode);
});
finish();

// intercom.io, a client of 2013 to 2017 for API 1.x by another author. Its endpoint ends in a slash.
import {
  CALLER_KEY,
  cannot,
  check,
  expect,
  expectEach,
  finish,
  known,
  OTHER_CALLER_KEY,
  require,
  reset,
  WORKER_URL,
} from "./check.mjs";

const Intercom = require("intercom.io");
const endpoint = `${WORKER_URL}/`;
const client = new Intercom({ personalAccessToken: CALLER_KEY, endpoint });
const { admin, john, johnUserId, johnEmail, lead, leadUserId, conversation: id } = known;

await reset();

await check("a token, an app id with a key", async () => {
  expect((await client.listAdmins()).admins.length === 5);
  for (const apiKey of [CALLER_KEY, OTHER_CALLER_KEY]) {
    expect((await new Intercom({ appId: "abc123", apiKey, endpoint }).listAdmins()).admins.length === 5);
  }
});
let user;
await check("createUser, updateUser", async () => {
  user = await client.createUser({
    email: "io@example.com",
    user_id: "io-1",
    name: "IO",
    custom_data: undefined,
    companies: [{ company_id: "company-1", name: "One" }],
  });
  expect(user.user_id === "io-1", user);
  expect((await client.updateUser({ user_id: "io-1", name: "Changed" })).name === "Changed");
});
await check("getUser by user_id, viewUser by id", async () => {
  expect((await client.getUser({ user_id: johnUserId })).id === john);
  expect((await client.viewUser({ id: john })).user_id === johnUserId);
});
await check("getUsers by tag, by company", async () => {
  for (const filter of [{ tag_id: known.vipTag }, { company_id: "company-1" }]) {
    const { total_count } = await client.getUsers({ page: 1, per_page: 50, ...filter });
    expect(total_count > 0 && total_count < 300, `${JSON.stringify(filter)}: ${total_count} users`);
  }
});
await check("getPages: every user once", async () =>
  expectEach(
    (await client.getPages("users", { per_page: 50 })).map((each) => each.id),
    390,
  ),
);
await check("createContact, updateContact, getContact, convertContact", async () => {
  const made = await client.createContact({ email: "io-lead@example.com" });
  expect((await client.updateContact({ user_id: made.user_id, name: "L" })).name === "L");
  expect((await client.getContact({ user_id: leadUserId })).id === lead);
  expect(
    (await client.convertContact({ contact: { user_id: made.user_id }, user: { user_id: "io-1" } })).user_id === "io-1",
  );
});
await check("deleteContact, deleteUser: by id, and by a DELETE with a JSON body", async () => {
  expect((await client.deleteContact({ user_id: leadUserId })).id === lead);
  expect((await client.deleteUser({ user_id: "io-1" })).id === user?.id);
  const other = await client.createUser({ user_id: "io-2" });
  expect((await client.deleteUser({ id: other.id })).id === other.id);
});
await check("companies: create, update, view, list, users", async () => {
  const company = await client.createCompany({ company_id: "io-co", name: "IO" });
  expect((await client.updateCompany({ company_id: "io-co", name: "IO 2" })).name === "IO 2");
  expect((await client.viewCompany({ id: company.id })).company_id === "io-co");
  expect((await client.viewCompany({ company_id: "io-co" })).id === company.id);
  expect((await client.listCompanies({ per_page: 50 })).companies.length === 50);
  expect((await client.listCompanyUsers({ id: known.company })).users.length > 0);
});
await check("notes: create by email and by user, list, view", async () => {
  await client.createNote({ body: "N", email: johnEmail });
  const note = await client.createNote({ body: "N", user: { user_id: johnUserId }, admin_id: admin });
  expect((await client.listNotes({ user_id: johnUserId })).notes.length >= 2);
  expect(String((await client.viewNote({ id: note.id })).id) === String(note.id));
});
await check("tags: create, put on and take off, list, delete", async () => {
  const tag = await client.createTag({ name: "io-tag" });
  await client.updateTag({ name: "io-tag", users: [{ user_id: johnUserId }] });
  await client.updateTag({ name: "io-tag", users: [{ user_id: johnUserId, untag: true }] });
  expect((await client.getTag()).tags.some((each) => each.id === tag.id));
  await client.deleteTag({ id: tag.id });
  expect(!(await client.getTag()).tags.some((each) => each.id === tag.id), "the tag is still there");
});
await check("segments, counts", async () => {
  const { segments } = await client.listSegments();
  expect((await client.viewSegment({ id: segments[0].id })).id === segments[0].id);
  expect((await client.getCounts({})).user);
});
await check("createUserMessage: an e-mail", async () => {
  const mail = await client.createUserMessage({
    message_type: "email",
    subject: "Hey",
    body: "Hi",
    template: "plain",
    from: { type: "admin", id: admin },
    to: { type: "user", user_id: johnUserId },
  });
  expect(mail.id && mail.message_type === "email", mail);
});
await check("listConversations of a user: his own", async () => {
  const { conversations } = await client.listConversations({ type: "user", user_id: johnUserId });
  expect(
    conversations.length > 0 && conversations.every((each) => each.user.id === john),
    conversations.map((each) => each.user),
  );
});
await check("conversations: get in the shape of 1.x, reply, close, mark as read", async () => {
  const found = await client.getConversation({ id });
  expect(found.conversation_message && found.user, Object.keys(found));
  expect(
    (await client.replyConversation({ id, type: "admin", admin_id: admin, message_type: "comment", body: "b" })).id ===
      id,
  );
  expect((await client.closeConversation({ id, type: "admin", admin_id: admin, message_type: "close" })).id === id);
  expect((await client.markConversationAsRead({ id, read: true })).id === id);
});
await check("createEvent", () =>
  client.createEvent({ event_name: "io-event", created_at: Math.floor(Date.now() / 1000), user_id: johnUserId }),
);
await cannot(
  "errors as rejected promises",
  "its class of errors fails when it is made: the call resolves, with Intercom's error list",
  async () => {
    expect((await client.viewUser({ id: known.nobody })).type === "error.list");
  },
);
finish();

// intercom-client 6 and 7, which Intercom generates (by Fern) from its description of API 2.x. They pin
// their version themselves.
import {
  CALLER_KEY,
  cannot,
  check,
  expect,
  expectEach,
  finish,
  known,
  OTHER_CALLER_KEY,
  rejection,
  require,
  reset,
  SEARCH_DELAY_MS,
  sleep,
  WORKER_URL,
} from "./check.mjs";

const { IntercomClient } = require(process.env.PACKAGE);
const connected = (token, baseUrl = WORKER_URL) => new IntercomClient({ token, baseUrl, environment: baseUrl });
const client = connected(CALLER_KEY);
const { admin, otherAdmin, john, johnUserId, lead, collector, conversation } = known;
const OLD = process.env.PACKAGE === "intercom-client-6";
/** Ids of admins and notes are numbers in 7, strings in 6. */
const number = (id) => (OLD ? String(id) : Number(id));

/** All items of an iterable list, which must end. */
async function everything(list) {
  const items = [];
  for await (const item of await list) {
    items.push(item);
    expect(items.length <= 2000, "the list has no end");
  }
  return items;
}
const ids = async (list) => (await everything(list)).map(({ id }) => id);
const equal = (field, value) => ({ field, operator: "=", value });

await reset();

await check("keys of both forms; a base URL that ends in a slash", async () => {
  expect((await client.admins.identify()).type === "admin");
  expect((await connected(OTHER_CALLER_KEY).admins.identify()).type === "admin");
  expect((await connected(CALLER_KEY, `${WORKER_URL}/`).admins.identify()).type === "admin");
});
await check("admins: list, find, away", async () => {
  expect((await client.admins.list()).admins.length === 5);
  expect(String((await client.admins.find({ admin_id: number(admin), adminId: admin })).id) === admin);
  const away = {
    admin_id: number(otherAdmin),
    adminId: otherAdmin,
    away_mode_enabled: true,
    away_mode_reassign: false,
  };
  expect((await client.admins.away(away)).away_mode_enabled === true);
});
await check("admins.listAllActivityLogs", () =>
  client.admins.listAllActivityLogs({ created_at_after: String(Math.floor(Date.now() / 1000) - 86_400) }),
);
await check("contacts.list: everybody once", async () =>
  expectEach(await ids(client.contacts.list({ per_page: 150 })), known.contacts),
);
await check("contacts.find: a user, a lead", async () => {
  const user = await client.contacts.find({ contact_id: john, contactId: john });
  expect(user.role === "user" && user.external_id === johnUserId, user);
  expect((await client.contacts.find({ contact_id: lead, contactId: lead })).role === "lead");
});
let user;
await check("contacts.create, update", async () => {
  user = await client.contacts.create({
    external_id: "sdk-1",
    role: "user",
    email: "sdk@example.com",
    custom_attributes: { plan: "pro" },
  });
  expect(user.role === "user" && user.external_id === "sdk-1", user);
  expect((await client.contacts.update({ contact_id: user.id, contactId: user.id, name: "G" })).name === "G");
});
await sleep(SEARCH_DELAY_MS);
await check("contacts.search: all pages, two filters", async () => {
  expectEach(await ids(client.contacts.search({ query: equal("role", "lead"), pagination: { per_page: 20 } })), 60);
  const query = { operator: "AND", value: [equal("email", known.twinsEmail), equal("role", "user")] };
  expect((await ids(client.contacts.search({ query }))).length === 2);
});
await check("contacts: tags, segments and subscriptions of one", async () => {
  const of = { contact_id: collector, contactId: collector };
  expect((await client.contacts.listAttachedTags(of)).data.length === 12);
  await client.contacts.listAttachedSegments(of);
  await client.contacts.listAttachedSubscriptions(of);
});
await check("contacts: archive, unarchive, merge, delete", async () => {
  const of = { contact_id: user?.id, contactId: user?.id };
  expect((await client.contacts.archive(of)).archived === true);
  expect((await client.contacts.unarchive(of)).archived === false);
  const merge = client.contacts.mergeLeadInUser ?? client.contacts.mergeContact;
  expect(
    (
      await merge.call(client.contacts, {
        from: lead,
        into: user.id,
        lead_id: lead,
        contact_id: user.id,
        leadId: lead,
        contactId: user.id,
      })
    ).role === "user",
  );
  expect((await client.contacts.delete(of)).deleted === true);
});
let company;
await check("companies: create, retrieve, find, list, scroll, delete", async () => {
  company = await client.companies.createOrUpdate({ company_id: "sdk-co", name: "S", monthly_spend: 5 });
  expect(company.company_id === "sdk-co", company);
  expect((await client.companies.retrieve({ company_id: "sdk-co" })).id === company.id);
  expect((await client.companies.find({ company_id: company.id, companyId: company.id })).id === company.id);
  expectEach(await ids(client.companies.list({ per_page: 50 })), known.companies);
  expectEach(await ids(client.companies.scroll()), known.companies);
});
await check("companies: attach, list and detach a contact, its segments, delete", async () => {
  const of = { contact_id: john, contactId: john, company_id: company?.id, companyId: company?.id, id: company?.id };
  expect((await client.companies.attachContact(of)).id === company.id);
  expect(
    (await client.companies.listAttachedContacts({ company_id: company.id, companyId: company.id })).data[0].id ===
      john,
  );
  expect((await client.companies.detachContact(of)).id === company.id);
  await client.companies.listAttachedSegments({ company_id: known.company, companyId: known.company });
  expect((await client.companies.delete({ company_id: company.id, companyId: company.id })).deleted === true);
});
await check("conversations: list all, find in plain text, search", async () => {
  expectEach(await ids(client.conversations.list({ per_page: 20 })), known.conversations);
  const found = await client.conversations.find({
    conversation_id: conversation,
    conversationId: conversation,
    display_as: "plaintext",
  });
  expect(found.source && !/<p>/.test(found.source.body), found.source);
  expect(
    (await ids(client.conversations.search({ query: equal("open", "true"), pagination: { per_page: 5 } }))).length > 5,
  );
});
await check("conversations: create, reply as an admin and as a user", async () => {
  expect((await client.conversations.create({ from: { type: "user", id: john }, body: "Hi" })).conversation_id);
  for (const by of [
    { type: "admin", admin_id: admin },
    { type: "user", intercom_user_id: john },
  ]) {
    const body = { message_type: "comment", body: "R", ...by };
    expect(
      (await client.conversations.reply({ conversation_id: conversation, conversationId: conversation, body })).id ===
        conversation,
    );
  }
});
await check("conversations.manage: assign, snooze, close, open", async () => {
  for (const body of [
    { message_type: "assignment", type: "admin", admin_id: admin, assignee_id: otherAdmin },
    { message_type: "snoozed", admin_id: admin, snoozed_until: 4102444800 },
    { message_type: "close", type: "admin", admin_id: admin },
    { message_type: "open", admin_id: admin },
  ])
    expect(
      (await client.conversations.manage({ conversation_id: conversation, conversationId: conversation, body })).id ===
        conversation,
      body,
    );
});
await check("tags: create, list, put on and take off, delete", async () => {
  const { id: tag } = await client.tags.create({ name: "sdk-tag" });
  expect((await client.tags.list()).data.some(({ id }) => id === tag));
  const of = { contact_id: john, contactId: john, tag_id: tag, tagId: tag, id: tag };
  expect((await client.tags.tagContact(of)).id === tag);
  expect((await client.tags.untagContact(of)).id === tag);
  await client.tags.delete({ tag_id: tag, tagId: tag });
});
await check("notes: create, find, list", async () => {
  const note = await client.notes.create({ contact_id: john, contactId: john, body: "N", admin_id: admin });
  expect(
    String((await client.notes.find({ note_id: number(note.id), noteId: String(note.id) })).id) === String(note.id),
  );
  expect((await everything(client.notes.list({ contact_id: john, contactId: john }))).length >= 1);
});
await check("messages.create: an e-mail, in-app", async () => {
  const ends = { body: "B", from: { type: "admin", id: Number(admin) }, to: { type: "user", id: john } };
  expect((await client.messages.create({ message_type: "email", subject: "S", template: "plain", ...ends })).id);
  expect((await client.messages.create({ message_type: "inapp", ...ends })).message_type === "inapp");
});
await check("events: create, list, summaries", async () => {
  const now = Math.floor(Date.now() / 1000);
  await client.events.create({ event_name: "sdk-event", created_at: now, user_id: johnUserId });
  expect((await client.events.list({ type: "user", user_id: johnUserId })).events.length > 0);
  await client.events.summaries({
    user_id: johnUserId,
    event_summaries: { event_name: "sdk-event", count: 1, first: now, last: now },
  });
});
await check("dataAttributes: list, create", async () => {
  expect((await client.dataAttributes.list({ model: "contact" })).data.length > 5);
  expect(
    (await client.dataAttributes.create({ name: "sdk_attribute", model: "contact", data_type: "string" })).name ===
      "sdk_attribute",
  );
});
await check("segments, subscription types, teams", async () => {
  expect((await client.segments.list()).segments.length > 0);
  expect((await client.teams.list()).teams.length > 0);
  await client.subscriptionTypes.list();
});
await check("articles: create, find, list, delete", async () => {
  const article = await client.articles.create({ title: "Paying", author_id: Number(admin), body: "By card" });
  const of = { article_id: number(article.id), articleId: String(article.id) };
  expect((await client.articles.find(of)).title === "Paying");
  expect((await everything(client.articles.list())).length >= 1);
  await client.articles.delete(of);
});
await check("errors: 404 as NotFoundError", async () => {
  const { statusCode, body } = await rejection(() =>
    client.contacts.find({ contact_id: known.nobody, contactId: known.nobody }),
  );
  expect(statusCode === 404 && body?.type === "error.list", { statusCode, body });
});
await cannot(
  "contacts.listAttachedCompanies",
  "the SDK reads the key `companies`, and Intercom answers with `data`: the list is empty",
  async () => {
    expect(
      (await everything(client.contacts.listAttachedCompanies({ contact_id: collector, contactId: collector })))
        .length === 0,
    );
  },
);
finish();

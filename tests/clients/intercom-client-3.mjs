// intercom-client 3 to 5, Intercom's SDK for API 2.x before it was generated. It pins no version unless
// told to, and speaks 2.x only.
import {
  API_VERSION,
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

const sdk = require(process.env.PACKAGE);
const pin = API_VERSION && { headers: { "Intercom-Version": API_VERSION } };
const connected = (auth) => new sdk.Client(auth).useRequestOpts({ baseURL: WORKER_URL, ...pin });
const client = connected({ tokenAuth: { token: CALLER_KEY } });
/** 3.x pages conversations by number, which API 2.x no longer has. */
const hasCursor = process.env.PACKAGE !== "intercom-client-3";
const { admin, otherAdmin, john, johnUserId, lead, collector, conversation: id } = known;

/** All pages of a list that goes on by cursor. */
async function everything(list, key) {
  const items = [];
  let cursor;
  do {
    const page = await list(cursor);
    items.push(...page[key]);
    cursor = page.pages.next?.starting_after;
    expect(items.length <= 2000, "the pages have no end");
  } while (cursor);
  return items;
}

const ids = (items) => items.map((item) => item.id);

await reset();

await check("ping", async () => expect((await client.ping()).admins.length === 5));
await check("an app id as user name, the key as password", async () => {
  for (const key of [CALLER_KEY, OTHER_CALLER_KEY]) {
    expect((await connected({ usernameAuth: { username: "abc123", password: key } }).admins.list()).admins);
    expect((await connected({ usernameAuth: { username: key, password: "" } }).admins.list()).admins);
  }
});
await check("admins.list, find, away", async () => {
  expect((await client.admins.list()).admins.length === 5);
  expect((await client.admins.find({ id: admin })).id === admin);
  expect(
    (await client.admins.away({ adminId: otherAdmin, enableAwayMode: true, enableReassignMode: false }))
      .away_mode_enabled === true,
  );
});
await check("admins.listAllActivityLogs", () =>
  client.admins.listAllActivityLogs({ before: new Date(), after: new Date(Date.now() - 86_400_000) }),
);

let user;
await check("contacts.createUser, createLead", async () => {
  user = await client.contacts.createUser({
    externalId: "sdk-1",
    email: "sdk@example.com",
    name: "M",
    phone: "+353871234567",
    customAttributes: { plan: "pro" },
  });
  expect(user.role === "user" && user.external_id === "sdk-1", user);
  expect((await client.contacts.createLead({ email: "sdk-lead@example.com", name: "L" })).role === "lead");
});
await check("contacts.find: a user, a lead", async () => {
  expect((await client.contacts.find({ id: john })).external_id === johnUserId);
  expect((await client.contacts.find({ id: lead })).role === "lead");
});
await check("contacts.update", async () => {
  const changed = await client.contacts.update({
    id: user?.id,
    name: "New",
    role: "user",
    customAttributes: { plan: "basic" },
  });
  expect(changed.name === "New" && changed.role === "user", changed);
});
await check("contacts.list: everybody once", async () => {
  expectEach(
    ids(await everything((startingAfter) => client.contacts.list({ perPage: 150, startingAfter }), "data")),
    known.contacts,
  );
});
await sleep(SEARCH_DELAY_MS);
await check("contacts.search: all pages", async () => {
  const leads = await everything(
    (starting_after) =>
      client.contacts.search({
        data: {
          query: { operator: sdk.Operators?.AND ?? "AND", value: [{ operator: "=", field: "role", value: "lead" }] },
          pagination: { per_page: 20, starting_after },
          sort: { field: "name", order: "ascending" },
        },
      }),
    "data",
  );
  expectEach(ids(leads), 50);
  expect(leads.every(({ role }) => role === "lead"));
});
await check("contacts: companies, tags, segments and subscriptions of one", async () => {
  const companies = await client.contacts.listAttachedCompanies({ id: collector, perPage: 5, page: 2 });
  expect(companies.data.length === 5 && companies.total_count === 12, companies);
  expect((await client.contacts.listAttachedTags({ id: collector })).data.length === 12);
  await client.contacts.listAttachedSegments({ id: collector });
  await client.contacts.listAttachedEmailSubscriptions({ id: collector });
});
await check("contacts.archive, unarchive, mergeLeadInUser", async () => {
  expect((await client.contacts.archive({ id: user?.id })).archived === true);
  expect((await client.contacts.unarchive({ id: user?.id })).archived === false);
  expect((await client.contacts.mergeLeadInUser({ leadId: lead, userId: user.id })).role === "user");
});

let company;
await check("companies.create, update, find", async () => {
  company = await client.companies.create({
    companyId: "sdk-co",
    name: "Mid",
    monthlySpend: 5,
    plan: "Pro",
    size: 3,
    website: "https://example.com",
    industry: "X",
    customAttributes: { a: "b" },
  });
  expect(company.company_id === "sdk-co", company);
  expect((await client.companies.update({ companyId: company.id, name: "Mid 2" })).name === "Mid 2");
  for (const by of [{ companyId: "sdk-co" }, { name: "Mid 2" }])
    expect((await client.companies.find(by)).id === company.id, by);
});
await check("companies.list: every company once, by tag", async () => {
  const found = [];
  for (let page = 1, pages = 1; page <= pages && page < 20; page++) {
    const result = await client.companies.list({ page, perPage: 50, order: "desc" });
    found.push(...ids(result.data));
    pages = result.pages.total_pages;
  }
  expectEach(found, known.companies);
  expect(Array.isArray((await client.companies.list({ tagId: known.vipTag, perPage: 5, page: 1 })).data));
});
await check("companies.scroll: every company once", async () => {
  expectEach(ids(await client.companies.scroll.each({})), known.companies);
  const first = await client.companies.scroll.next({});
  expect((await client.companies.scroll.next({ scrollParam: first.scroll_param })).data);
});
await check("companies: attach, list and detach a contact, its segments, delete", async () => {
  expect((await client.companies.attachContact({ contactId: john, companyId: company.id })).id === company.id);
  expect(
    (await client.companies.listAttachedContacts({ companyId: company.id, page: 1, perPage: 10 })).data[0].id === john,
  );
  expect((await client.companies.detachContact({ contactId: john, companyId: company.id })).id === company.id);
  await client.companies.listAttachedSegments({ companyId: known.company });
  expect((await client.companies.delete({ id: company.id })).deleted === true);
});

await check("conversations.create, list, search", async () => {
  expect((await client.conversations.create({ userId: john, type: "user", body: "Hi" })).conversation_id);
  const list = (startingAfter) => client.conversations.list({ perPage: hasCursor ? 20 : 60, startingAfter });
  expectEach(
    ids(hasCursor ? await everything(list, "conversations") : (await list()).conversations),
    known.conversations,
  );
  const { conversations } = await client.conversations.search({
    data: { query: { field: "open", operator: "=", value: true }, pagination: { per_page: 5 } },
  });
  expect(conversations.length === 5);
});
if (!hasCursor) {
  await cannot(
    "conversations.list beyond its first page",
    "this version sends no cursor: ask for pages of 150, or search",
    async () => {
      const pages = [
        await client.conversations.list({ perPage: 20 }),
        await client.conversations.list({ perPage: 20, page: 2, startingAfter: "x" }),
      ];
      expect(
        pages[0].conversations[0].id === pages[1].conversations[0].id,
        pages.map((page) => page.conversations[0].id),
      );
    },
  );
}
await check("conversations.find in plain text", async () => {
  const { source } = await client.conversations.find({ id, inPlainText: true });
  expect(!/<p>/.test(source.body), source.body);
});
await check("conversations.update", async () => {
  expect(
    (await client.conversations.update({ id, markRead: true, customAttributes: { issue_type: "Billing" } })).read ===
      true,
  );
});
await check("conversations.replyByIdAsUser: by id, user_id, email", async () => {
  for (const by of [{ intercomUserId: john }, { userId: johnUserId }, { email: known.johnEmail }]) {
    expect((await client.conversations.replyByIdAsUser({ id, body: "b", ...by })).id === id, by);
  }
});
await check("conversations.replyByIdAsAdmin: a comment, a note, with an attachment", async () => {
  for (const messageType of ["comment", "note"]) {
    expect((await client.conversations.replyByIdAsAdmin({ id, adminId: admin, messageType, body: "b" })).id === id);
  }
  const attachmentUrls = ["https://example.com/a.png"];
  expect(
    (
      await client.conversations.replyByIdAsAdmin({
        id,
        adminId: admin,
        messageType: "comment",
        body: "b",
        attachmentUrls,
      })
    ).id === id,
  );
});
await check("conversations.replyByLastAsUser", async () => {
  expect((await client.conversations.replyByLastAsUser({ body: "b", intercomUserId: john })).type === "conversation");
});
await check("conversations: assign, snooze, open, close", async () => {
  expect(
    (await client.conversations.assign({ id, type: "admin", adminId: admin, assigneeId: otherAdmin, body: "x" })).id ===
      id,
  );
  expect((await client.conversations.snooze({ id, adminId: admin, snoozedUntil: "4102444800" })).id === id);
  expect((await client.conversations.open({ id, adminId: admin })).id === id);
  expect((await client.conversations.close({ id, adminId: admin, body: "bye" })).id === id);
});
await cannot(
  "conversations.assign by assignment rules",
  "`/run_assignment_rules` is in no description of API 2.x any more: 404",
  async () => {
    const { statusCode } = await rejection(() => client.conversations.assign({ id, withRunningAssignmentRules: true }));
    expect(statusCode === 404, statusCode);
  },
);
await check("conversations: attach and detach a contact", async () => {
  await client.conversations.attachContactAsAdmin({ id, adminId: admin, customer: { intercomUserId: collector } });
  await client.conversations.detachContactAsAdmin({ conversationId: id, contactId: collector, adminId: admin });
});
await check("conversations.redactConversationPart", async () => {
  const {
    conversation_parts: {
      conversation_parts: [part],
    },
  } = await client.conversations.find({ id });
  await client.conversations.redactConversationPart({
    type: "conversation_part",
    conversationId: id,
    conversationPartId: part.id,
  });
});

// Only API 1.x has counts: the Worker answers those that it can, unless 2.x is pinned.
const counted = API_VERSION ? [] : ["forApp", "countCompany", "countUser", "countUserSegment"];
for (const name of counted) await check(`counts.${name}`, async () => expect((await client.counts[name]()).type));
for (const name of [
  "forApp",
  "countCompany",
  "countCompanySegment",
  "countCompanyTag",
  "countCompanyUser",
  "countConversation",
  "countAdminConversation",
  "countUser",
  "countUserSegment",
  "countUserTag",
].filter((each) => !counted.includes(each))) {
  await cannot(`counts.${name}`, "API 2.x has no such count: 404, or 410 with what to use instead", async () => {
    const error = await rejection(() => client.counts[name]());
    expect([404, 410].includes(error.statusCode ?? error.response?.status), error);
  });
}
await check("dataAttributes.create, update, list", async () => {
  const attribute = await client.dataAttributes.create({ name: "sdk_attribute", model: "contact", dataType: "string" });
  expect((await client.dataAttributes.update({ id: String(attribute.id), description: "D" })).description === "D");
  expect((await client.dataAttributes.list({ model: "contact", includeArchived: true })).data.length > 5);
});
await check("events.create, listBy, its summary, nextPage", async () => {
  for (const ago of [0, 1, 2]) {
    await client.events.create({
      eventName: "sdk-event",
      createdAt: Math.floor(Date.now() / 1000) - ago,
      userId: johnUserId,
      metadata: { a: 1 },
    });
  }
  await client.events.listBy({ userId: johnUserId, summary: true });
  const first = await client.events.listBy({ userId: johnUserId, perPage: 1 });
  expect(first.events[0].event_name === "sdk-event", first);
  // The client follows the link as it stands, with the caller key.
  expect(String(first.pages.next).startsWith(WORKER_URL), `pages.next leads to ${first.pages.next}`);
  expect((await client.nextPage(first.pages)).events.length === 1);
});
await check("messages.create: an e-mail, in-app", async () => {
  const ends = { body: "B", from: { type: "admin", id: admin }, to: { type: "user", id: john } };
  const mail = await client.messages.create({ messageType: "email", subject: "S", template: "plain", ...ends });
  expect(mail.id && mail.message_type === "email", mail);
  expect(
    (await client.messages.create({ messageType: "inapp", createConversationWithoutContactReply: true, ...ends })).id,
  );
});
await check("notes.create, find, list", async () => {
  const note = await client.notes.create({ adminId: admin, body: "N", contactId: john });
  expect(String((await client.notes.find({ id: String(note.id) })).id) === String(note.id));
  expect((await client.notes.list({ contactId: john, page: 1, perPage: 5 })).data.length >= 1);
});
await check("segments.list, find", async () => {
  const { segments } = await client.segments.list({ includeCount: true });
  expect((await client.segments.find({ id: segments[0].id, includeCount: true })).id === segments[0].id);
});
await check("tags: create, update, list, put on and take off, delete", async () => {
  const { id: tag } = await client.tags.create({ name: "sdk-tag" });
  expect((await client.tags.update({ id: tag, name: "sdk-tag-2" })).name === "sdk-tag-2");
  expect(
    (await client.tags.list()).data.some((each) => each.id === tag),
    "it is not in the list",
  );
  expect((await client.tags.tagContact({ contactId: john, tagId: tag })).id === tag);
  expect((await client.tags.untagContact({ contactId: john, tagId: tag })).id === tag);
  expect((await client.tags.tagConversation({ conversationId: id, tagId: tag, adminId: admin })).id === tag);
  expect((await client.tags.untagConversation({ conversationId: id, tagId: tag, adminId: admin })).id === tag);
  for (const method of ["tagCompanies", "untagCompanies"]) {
    expect(
      (await client.tags[method]({ tagName: "sdk-tag-2", companiesIds: [known.company] })).name === "sdk-tag-2",
      method,
    );
  }
  await client.tags.delete({ id: tag });
});
await check("teams.list, find", async () => {
  const { teams } = await client.teams.list();
  expect((await client.teams.find({ id: teams[0].id })).id === teams[0].id);
});
await check("visitors.find and update by user_id, mergeToContact", async () => {
  expect((await client.visitors.find({ userId: known.visitorUserId })).type === "visitor");
  expect((await client.visitors.update({ id: known.visitor, name: "V" })).name === "V");
  const visitor = { userId: known.visitorUserId };
  expect(
    (
      await client.visitors.mergeToContact({
        visitor,
        user: { userId: "sdk-v", email: "sdk-v@example.com" },
        type: "user",
      })
    ).role === "user",
  );
});
for (const method of ["find", "delete"]) {
  await cannot(
    `visitors.${method} by id`,
    "`/visitors/{id}` is in no description of API 2.x any more: 404, or 410 with what to use instead",
    async () => {
      const { statusCode } = await rejection(() => client.visitors[method]({ id: known.otherVisitor }));
      expect([404, 410].includes(statusCode), statusCode);
    },
  );
}
await check("articles: create, find, update, list, delete", async () => {
  const article = await client.articles.create({ title: "Paying", authorId: Number(admin), body: "By card" });
  expect((await client.articles.find({ id: String(article.id) })).title === "Paying");
  expect((await client.articles.update({ id: String(article.id), title: "Refunds" })).title === "Refunds");
  expect((await client.articles.list({ page: 1, perPage: 5 })).data.length >= 1);
  await client.articles.delete({ id: String(article.id) });
});
await check("helpCenter.collections.list", async () =>
  expect((await client.helpCenter.collections.list({ page: 1, perPage: 5 })).data.length >= 1),
);
await cannot(
  "helpCenter.sections.list",
  "sections became collections in 2.10, and no description has them since: 404",
  async () => {
    const { statusCode } = await rejection(() => client.helpCenter.sections.list({ page: 1, perPage: 5 }));
    expect([404, 410].includes(statusCode), statusCode);
  },
);
if (client.subscriptions) await check("subscriptions.listTypes", () => client.subscriptions.listTypes());
if (client.dataExport) {
  await check("dataExport.create, find, cancel (it posts to a path that ends in a slash)", async () => {
    const now = Math.floor(Date.now() / 1000);
    const { job_identifier } = await client.dataExport.create({ createdAtAfter: now - 86_400, createdAtBefore: now });
    expect((await client.dataExport.find({ id: job_identifier })).job_identifier === job_identifier);
    await client.dataExport.cancel({ id: job_identifier });
  });
}
if (client.phoneCallRedirect) {
  await check("phoneCallRedirect.create reaches Intercom (it posts to a path that ends in a slash)", async () => {
    let response;
    try {
      await client.phoneCallRedirect.create({ phone: "+353871234567" });
      return;
    } catch (error) {
      response = error;
    }
    const by = response.headers?.["x-intercom-edge"] ?? response.response?.headers?.["x-intercom-edge"];
    expect(by === "upstream", `${response.statusCode}, answered by ${by}`);
  });
}
await check("errors: 404 with Intercom's error list", async () => {
  const { statusCode, errors, body } = await rejection(() => client.contacts.find({ id: known.nobody }));
  expect(statusCode === 404 && (errors ?? body?.errors)?.length === 1, { statusCode, errors, body });
});
await check("contacts.delete", async () => expect((await client.contacts.delete({ id: user?.id })).deleted === true));
finish();

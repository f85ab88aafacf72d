// intercom-client 1 and 2, Intercom's SDK for API 1.x: the caller key is sent as a password of Basic
// (1.1.4, beside an app id) or as its user name (2.x).
import { createRequire } from "node:module";
import { fault, intercom } from "../sandbox.mjs";
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
  WORKER_URL,
} from "./check.mjs";

const name = process.env.PACKAGE;
const sdk = require(name);
const old = name === "intercom-client-1";
const { admin, john, johnUserId, johnEmail, lead, leadUserId, collector, conversation: id } = known;

// 1.1.4 knows no other host than Intercom's.
if (old) {
  const unirest = createRequire(require.resolve(name))("unirest");
  for (const method of ["get", "post", "put", "delete"]) {
    const send = unirest[method];
    unirest[method] = (url, ...more) => send(url.replace("https://api.intercom.io", WORKER_URL), ...more);
  }
}

const connected = (key) =>
  old ? new sdk.Client("abc123", key) : new sdk.Client({ token: key }).useRequestOpts({ baseUrl: WORKER_URL });
const client = connected(CALLER_KEY);

/** Calls a method with a callback, as these clients are used; gives the body. */
const call = (of, method, ...args) =>
  new Promise((resolve, reject) => {
    of[method](...args, (error, response) => (error ? reject(error) : resolve(response.body)));
  });

/** The status of a rejected call, which must have a sentence. */
async function refusal(of, method, ...args) {
  const error = await rejection(() => call(of, method, ...args));
  const message = error.body?.errors?.[0]?.message;
  expect(message, error);
  return error.statusCode ?? error.status;
}

/** All items of a list by `nextPage`. */
async function everything(first, key) {
  const items = [];
  for (let page = await first; page; page = page.pages.next && (await call(client, "nextPage", page.pages))) {
    items.push(...page[key]);
    expect(items.length <= 2000, "the pages have no end");
  }
  return items.map((item) => item.id);
}

await reset();

await check("keys of both forms, admins.list", async () => {
  for (const key of [CALLER_KEY, OTHER_CALLER_KEY])
    expect((await call(connected(key).admins, "list")).admins.length === 5);
});
let user;
await check("users.create, and again to change it", async () => {
  user = await call(client.users, "create", {
    user_id: "old-1",
    email: "old@example.com",
    name: "O",
    custom_attributes: { plan: "pro" },
    companies: [{ company_id: "company-1" }],
  });
  expect(user.type === "user" && user.user_id === "old-1" && user.custom_attributes.plan === "pro", user);
  expect((await call(client.users, "create", { user_id: "old-1", name: "Changed" })).name === "Changed");
});
await check("users.find by id", async () =>
  expect((await call(client.users, "find", { id: john })).user_id === johnUserId),
);
if (!old)
  await check("users.find by user_id", async () =>
    expect((await call(client.users, "find", { user_id: johnUserId })).id === john),
  );
await check("users.list: every user once, by nextPage", async () =>
  expectEach(await everything(call(client.users, "list"), "users"), 390),
);
await check("users.listBy email, tag_id, segment_id, company_id", async () => {
  expect((await call(client.users, "listBy", { email: johnEmail })).users[0].id === john);
  for (const filter of [{ tag_id: known.vipTag }, { company_id: "company-1" }]) {
    const { total_count } = await call(client.users, "listBy", filter);
    expect(total_count > 0 && total_count < 300, `${JSON.stringify(filter)}: ${total_count} users`);
  }
});
if (!old) {
  await check("users.scroll.each: every user once", async () => {
    const ids = [];
    await client.users.scroll.each({}, (response) => {
      ids.push(...response.body.users.map((each) => each.id));
    });
    expectEach(ids, 390);
  });
}
for (const [what, of] of [
  ["users", "users"],
  ["events", "events"],
]) {
  await cannot(`${what}.bulk`, "API 2.x has no bulk jobs: 410 with what to use instead", async () => {
    const status = await refusal({ bulk: (items, done) => client.post(`/bulk/${of}`, { items }, done) }, "bulk", [
      { method: "post", data_type: "user", data: { user_id: "x" } },
    ]);
    expect(status === 410, status);
  });
}
await check("contacts: create, update, list, find, convert", async () => {
  const made = await call(client.contacts, "create", { email: "old-lead@example.com" });
  expect(made.type === "contact" && made.user_id, made);
  expect((await call(client.contacts, "update", { user_id: made.user_id, name: "L" })).name === "L");
  expectEach(await everything(call(client.contacts, "list"), "contacts"), 60);
  expect((await call(client.contacts, "find", { id: lead })).user_id === leadUserId);
  const converted = await call(client.contacts, "convert", {
    contact: { user_id: made.user_id },
    user: { user_id: "old-1" },
  });
  expect(converted.type === "user" && converted.user_id === "old-1", converted);
});
await check("contacts.delete", async () => expect((await call(client.contacts, "delete", { id: lead })).id === lead));
await check("companies: create, list, listBy, find, listUsers", async () => {
  const company = await call(client.companies, "create", { company_id: "old-co", name: "Old", monthly_spend: 5 });
  expect(company.company_id === "old-co", company);
  expectEach(await everything(call(client.companies, "list"), "companies"), known.companies);
  expect((await call(client.companies, "listBy", { tag_id: known.vipTag })).companies.length > 0);
  expect((await call(client.companies, "find", { id: known.company })).company_id === "company-1");
  expect((await call(client.companies, "listUsers", { id: known.company })).users.length > 0);
});
await check("tags: create, tag and untag users and companies, list, delete", async () => {
  const tag = await call(client.tags, "create", { name: "old-tag" });
  const tagged = async () =>
    (await call(client.users, "find", { id: john })).tags.tags.some((each) => each.id === tag.id);
  await call(client.tags, "tag", { name: "old-tag", users: [{ id: john }] });
  expect(await tagged(), "John does not have the tag");
  await call(client.tags, "untag", { name: "old-tag", users: [{ id: john }] });
  expect(!(await tagged()), "John still has the tag");
  await call(client.tags, "tag", { name: "old-tag", companies: [{ id: known.company }] });
  expect((await call(client.tags, "list")).tags.some((each) => each.id === tag.id));
  await call(client.tags, "delete", { id: tag.id });
});
await check("notes: create by id and by email, list, find", async () => {
  const note = await call(client.notes, "create", { admin_id: admin, body: "N", user: { id: john } });
  await call(client.notes, "create", { body: "By email", email: johnEmail });
  expect((await call(client.notes, "list", { user_id: johnUserId })).notes.length >= 2);
  expect(String((await call(client.notes, "find", { id: note.id })).id) === String(note.id));
});
await check("events.create", () =>
  call(client.events, "create", {
    event_name: "old-event",
    created_at: Math.floor(Date.now() / 1000),
    user_id: johnUserId,
    metadata: { a: 1 },
  }),
);
await check("segments.list, find", async () => {
  const { segments } = await call(client.segments, "list");
  expect((await call(client.segments, "find", { id: segments[0].id })).id === segments[0].id);
});
await check("messages.create: an e-mail, in-app, from a user", async () => {
  const mail = await call(client.messages, "create", {
    message_type: "email",
    subject: "Hey",
    body: "Hi",
    template: "plain",
    from: { type: "admin", id: admin },
    to: { type: "user", user_id: johnUserId },
  });
  expect(mail.message_type === "email" && mail.id, mail);
  await call(client.messages, "create", {
    message_type: "inapp",
    body: "Hi",
    from: { type: "admin", id: admin },
    to: { type: "user", email: johnEmail },
  });
  await call(client.messages, "create", { from: { type: "user", id: john }, body: "help" });
});
await check("conversations.list: all of them, by nextPage", async () =>
  expectEach(await everything(call(client.conversations, "list", {}), "conversations"), known.conversations),
);
await check("conversations.list of a user, of an admin", async () => {
  for (const filter of [
    { type: "user", user_id: johnUserId },
    { type: "admin", admin_id: admin, open: true },
  ]) {
    const { conversations } = await call(client.conversations, "list", filter);
    expect(
      conversations.length > 0 && conversations.length < 20,
      `${JSON.stringify(filter)}: ${conversations.length} conversations`,
    );
    if (filter.user_id)
      expect(
        conversations.every((each) => each.user.id === john),
        conversations.map((each) => each.user),
      );
  }
});
await check("conversations.find, in the shape of 1.x", async () => {
  const found = await call(client.conversations, "find", { id });
  expect(found.user?.id === john && found.conversation_message, Object.keys(found));
});
await check("conversations.reply: a comment, close, open, assignment", async () => {
  const by = { id, type: "admin", admin_id: admin };
  for (const reply of [
    { message_type: "comment", body: "b" },
    { message_type: "close" },
    { message_type: "open" },
    { message_type: "assignment", assignee_id: known.otherAdmin },
  ]) {
    expect((await call(client.conversations, "reply", { ...by, ...reply })).id === id, reply);
  }
  expect(
    (
      await call(client.conversations, "reply", {
        id,
        type: "user",
        user_id: johnUserId,
        message_type: "comment",
        body: "b",
      })
    ).id === id,
  );
});
await check(
  "conversations.reply: one that Intercom takes and answers with 502 is sent once, though it is repeated",
  async () => {
    await fault("accept_then:502", { method: "POST", path: `/conversations/${id}/reply` });
    const reply = { id, type: "admin", admin_id: admin, message_type: "comment", body: `once, by ${name}` };
    await rejection(() => call(client.conversations, "reply", reply));
    await call(client.conversations, "reply", reply).catch(() => {});
    const {
      conversation_parts: { conversation_parts: parts },
    } = await intercom("GET", `/conversations/${id}`);
    const sent = parts.filter(({ body }) => body?.includes("once")).length;
    expect(sent === 1, `${sent} arrived`);
  },
);
await check("conversations.markAsRead", async () =>
  expect((await call(client.conversations, "markAsRead", { id })).id === id),
);
const counts = old
  ? {
      appCounts: 200,
      userSegmentCounts: 200,
      conversationCounts: 410,
      conversationAdminCounts: 410,
      userTagCounts: 410,
      companyTagCounts: 410,
      companySegmentCounts: 410,
      companyUserCounts: 410,
    }
  : {
      appCounts: 200,
      userCounts: 200,
      companyCounts: 200,
      userSegmentCounts: 200,
      conversationCounts: 410,
      conversationAdminCounts: 410,
      userTagCounts: 410,
      companyTagCounts: 410,
      companySegmentCounts: 410,
      companyUserCounts: 410,
    };
for (const [method, status] of Object.entries(counts).filter(([method]) => client.counts[method])) {
  if (status === 200) await check(`counts.${method}`, () => call(client.counts, method));
  else {
    await cannot(`counts.${method}`, "API 2.x has no such count: 410 with what to use instead", async () => {
      const got = await refusal(client.counts, method);
      expect(got === status, got);
    });
  }
}
if (client.visitors) {
  await check("visitors: find by user_id, update, convert", async () => {
    expect((await call(client.visitors, "find", { user_id: known.visitorUserId })).type === "visitor");
    expect((await call(client.visitors, "update", { user_id: known.visitorUserId, name: "V" })).name === "V");
    expect(
      (
        await call(client.visitors, "convert", {
          visitor: { user_id: known.visitorUserId },
          user: { user_id: "old-1" },
          type: "user",
        })
      ).type === "user",
    );
  });
}
await check("errors: 404 with Intercom's error list", async () => {
  const status = await refusal(client.users, "find", { id: known.nobody });
  expect(status === 404, status);
});
await check("users.delete", async () => expect((await call(client.users, "delete", { id: user?.id })).id === user.id));
await check("a user who has every tag and twelve companies has their names, ten at least", async () => {
  const { tags, companies } = await call(client.users, "find", { id: collector });
  expect(
    tags.tags.length >= 10 && companies.companies.length >= 10,
    `${tags.tags.length} tags, ${companies.companies.length} companies`,
  );
});
finish();

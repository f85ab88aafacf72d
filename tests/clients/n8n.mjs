// n8n's Intercom node, for API 1.x. It is executed with a stand-in for n8n, which sends requests as
// n8n-core does: an empty object is no body.
import { join } from "node:path";
import {
  CALLER_KEY,
  cannot,
  check,
  expect,
  expectEach,
  finish,
  known,
  packages,
  rejection,
  require,
  reset,
  SEARCH_DELAY_MS,
  sleep,
  WORKER_URL,
} from "./check.mjs";

const { Intercom } = require(join(packages, "n8n/package/dist/nodes/Intercom/Intercom.node.js"));
const node = new Intercom();
const { john, johnUserId, johnEmail, lead, leadUserId, leadEmail } = known;
const INTERCOM = "https://api.intercom.io";

async function send(_, { method, url, qs = {}, body }) {
  const address = new URL(url.replace(INTERCOM, WORKER_URL));
  for (const [key, value] of Object.entries(qs)) address.searchParams.append(key, value);
  const sent = method !== "GET" && body && Object.keys(body).length > 0 ? JSON.stringify(body) : undefined;
  const response = await fetch(address, {
    method,
    headers: {
      authorization: `Bearer ${CALLER_KEY}`,
      accept: "application/json",
      "user-agent": "n8n",
      ...(sent && { "content-type": "application/json" }),
    },
    body: sent,
  });
  const text = await response.text();
  if (!response.ok)
    throw Object.assign(new Error(`${response.status} ${text}`), { response: { status: response.status, body: text } });
  return text ? JSON.parse(text) : {};
}

/** Executes the node once, with the parameters of its form. */
async function execute(resource, operation, given = {}) {
  const parameters = {
    resource,
    operation,
    jsonParameters: false,
    additionalFields: {},
    customAttributesUi: {},
    filters: {},
    ...given,
  };
  const n8n = {
    getInputData: () => [{ json: {} }],
    getNodeParameter(name) {
      expect(name in parameters, `the node asks for the parameter ${name}`);
      return parameters[name];
    },
    getNode: () => ({ name: "Intercom", type: "n8n-nodes-base.intercom", typeVersion: 1 }),
    continueOnFail: () => false,
    helpers: {
      httpRequestWithAuthentication: send,
      constructExecutionMetaData: (items) => items,
      returnJsonArray: (items) => [items].flat().map((json) => ({ json })),
    },
  };
  try {
    const [items] = await node.execute.call(n8n);
    return items.map(({ json }) => json);
  } catch (error) {
    throw new Error([error.message, error.description, error.cause?.message].filter(Boolean).join(" "));
  }
}

const one = async (...args) => (await execute(...args))[0];
const get = (path) => send(null, { method: "GET", url: INTERCOM + path });
const attributes = (name, value) => ({ customAttributesUi: { customAttributesValues: [{ name, value }] } });
const fields = {
  phone: "+353871234567",
  name: "N",
  unsubscribedFromEmails: true,
  updateLastRequestAt: true,
  sessionCount: 3,
  avatar: "https://example.com/a.png",
  utmSource: "a",
  utmMedium: "b",
  utmCampaign: "c",
  utmTerm: "d",
  utmContent: "e",
  companies: ["company-1", "company-2"],
};

await reset();

await check("credentials: GET /me", async () => expect((await get("/me")).type === "admin"));
await check("the form's list of companies", async () => {
  const companies = await node.methods.loadOptions.getCompanies.call({
    helpers: { httpRequestWithAuthentication: send },
    getNode: () => ({ name: "Intercom" }),
  });
  expect(companies.length >= 50 && companies[0].value, companies);
});

let user;
await check("user create: by user_id with every field, by email", async () => {
  user = await one("user", "create", {
    identifierType: "userId",
    idValue: "n8n-1",
    additionalFields: { ...fields, email: "n8n@example.com" },
    ...attributes("plan", "pro"),
  });
  expect(
    user.type === "user" &&
      user.user_id === "n8n-1" &&
      user.companies.companies.length === 2 &&
      user.custom_attributes.plan === "pro",
    user,
  );
  const other = await one("user", "create", {
    identifierType: "email",
    idValue: "n8n-2@example.com",
    jsonParameters: true,
    customAttributesJson: '{"plan":"basic"}',
  });
  expect(other.email === "n8n-2@example.com" && other.custom_attributes.plan === "basic", other);
});
for (const [updateBy, value] of [
  ["userId", johnUserId],
  ["id", john],
  ["email", johnEmail],
]) {
  await check(`user update by ${updateBy}`, async () => {
    const changed = await one("user", "update", { updateBy, value, additionalFields: { name: `by ${updateBy}` } });
    expect(changed.id === john && changed.name === `by ${updateBy}`, changed);
  });
}
await check("user get: by id, by user_id", async () => {
  for (const [selectBy, value] of [
    ["id", john],
    ["userId", johnUserId],
  ])
    expect((await one("user", "get", { selectBy, value })).id === john, selectBy);
});
await check("user getAll: limits of 50 and 60, all", async () => {
  for (const limit of [50, 60])
    expect((await execute("user", "getAll", { returnAll: false, limit })).length === limit, limit);
  expectEach(
    (await execute("user", "getAll", { returnAll: true })).map(({ id }) => id),
    390,
  );
});
const { segments } = await get("/segments");
const segmentId = (segments.find(({ person_type }) => person_type === "user") ?? segments[0]).id;
for (const filters of [
  { company_id: "company-1" },
  { email: johnEmail },
  { tag_id: known.vipTag },
  { segment_id: segmentId },
]) {
  await check(`user getAll: all with the filter ${Object.keys(filters)[0]}`, async () => {
    const { length } = await execute("user", "getAll", { returnAll: true, filters });
    expect(length > 0 && length < 390, `${length} users`);
  });
}
await check("user delete", async () => expect((await one("user", "delete", { id: user?.id })).id === user.id));

let made;
await check("lead create with every field, update by user_id and by id", async () => {
  made = await one("lead", "create", { email: "n8n-lead@example.com", additionalFields: fields });
  expect(made.type === "contact" && made.email === "n8n-lead@example.com", made);
  for (const [updateBy, value] of [
    ["userId", made.user_id],
    ["id", made.id],
  ]) {
    const changed = await one("lead", "update", { updateBy, value, additionalFields: { name: updateBy } });
    expect(changed.id === made.id && changed.name === updateBy, changed);
  }
});
await sleep(SEARCH_DELAY_MS);
await check("lead get: by id, email, phone", async () => {
  for (const [selectBy, value] of [
    ["id", lead],
    ["email", leadEmail],
  ])
    expect((await one("lead", "get", { selectBy, value })).id === lead, selectBy);
  expect((await one("lead", "get", { selectBy: "phone", value: fields.phone })).id, "no lead");
});
await cannot(
  "lead get by User ID",
  "the node reads the list `contacts`, and 1.x answers with the one person: nothing comes out",
  async () => {
    const found = await execute("lead", "get", { selectBy: "userId", value: leadUserId });
    expect(!found[0], found);
  },
);
await check("lead getAll: a limit, all", async () => {
  expect((await execute("lead", "getAll", { returnAll: false, limit: 10 })).length === 10);
  expectEach(
    (await execute("lead", "getAll", { returnAll: true })).map(({ id }) => id),
    60,
  );
});
await check("lead delete: by id, by user_id", async () => {
  expect((await one("lead", "delete", { deleteBy: "id", value: made?.id })).id === made.id);
  expect((await one("lead", "delete", { deleteBy: "userId", value: leadUserId })).email === leadEmail);
});

let company;
await check("company create with every field, update, get by id, company_id and name", async () => {
  const additionalFields = {
    monthlySpend: 5,
    name: "N8N",
    plan: "Paid",
    size: 4,
    website: "https://example.com",
    industry: "Automation",
  };
  company = await one("company", "create", { companyId: "n8n-co", additionalFields, ...attributes("a", "b") });
  expect(company.company_id === "n8n-co" && company.name === "N8N", company);
  expect((await one("company", "update", { companyId: "n8n-co", additionalFields: { name: "N2" } })).name === "N2");
  for (const [selectBy, value] of [
    ["id", company.id],
    ["companyId", "n8n-co"],
    ["name", "N2"],
  ]) {
    expect((await one("company", "get", { selectBy, value })).id === company.id, selectBy);
  }
});
await check("company getAll: a limit, all, by tag, by segment", async () => {
  expect((await execute("company", "getAll", { returnAll: false, limit: 50 })).length === 50);
  expectEach(
    (await execute("company", "getAll", { returnAll: true })).map(({ id }) => id),
    known.companies + 1,
  );
  const companySegment = segments.find(
    ({ person_type, name }) => person_type === "company" || /Slipping/.test(name),
  )?.id;
  for (const filters of [{ tag_id: known.vipTag }, { segment_id: companySegment }]) {
    const { length } = await execute("company", "getAll", { returnAll: true, filters });
    expect(length > 0 && length <= known.companies, `${JSON.stringify(filters)}: ${length} companies`);
  }
});
await check("company users: by id and company_id, a limit and all", async () => {
  for (const [listBy, value] of [
    ["id", known.company],
    ["companyId", "company-1"],
  ]) {
    for (const returnAll of [false, true]) {
      const users = await execute("company", "users", { listBy, value, returnAll, limit: 50 });
      expect(users.length > 0 && users[0].type === "user", users);
    }
  }
});
await check("errors: an unknown user is Intercom's 404", async () => {
  const { message } = await rejection(() => execute("user", "get", { selectBy: "userId", value: "nobody" }));
  expect(/404|not found/i.test(message), message);
});
finish();

// The five steps of the article, typed as it types them: with curl.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { messages, reset } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;

async function curl(path, ...more) {
  const { stdout } = await promisify(execFile)("curl", [
    "--silent",
    "--show-error",
    "--fail-with-body",
    `${WORKER_URL}${path}`,
    "-H",
    `Authorization: Bearer ${CALLER_KEY}`,
    "-H",
    "Accept: application/json",
    ...more,
  ]);
  return JSON.parse(stdout);
}

beforeEach(() => reset());

// The nesting that the article shows; `null` stands for any value.
const any = null;
const list = (...inner) => ({ type: any, ...Object.fromEntries(inner.map((key) => [key, any])) });
const PERSON = {
  type: any,
  id: any,
  user_id: any,
  anonymous: any,
  email: any,
  phone: any,
  name: any,
  pseudonym: any,
  avatar: { type: any, image_url: any },
  app_id: any,
  companies: list("companies"),
  location_data: {
    type: any,
    city_name: any,
    continent_code: any,
    country_name: any,
    latitude: any,
    longitude: any,
    postal_code: any,
    region_name: any,
    timezone: any,
    country_code: any,
  },
  last_request_at: any,
  last_seen_ip: any,
  created_at: any,
  remote_created_at: any,
  signed_up_at: any,
  updated_at: any,
  session_count: any,
  social_profiles: list("social_profiles"),
  unsubscribed_from_emails: any,
  marked_email_as_spam: any,
  has_hard_bounced: any,
  user_agent_data: any,
  tags: list("tags"),
  segments: list("segments"),
  custom_attributes: any,
  referrer: any,
  utm_campaign: any,
  utm_content: any,
  utm_medium: any,
  utm_source: any,
  utm_term: any,
};

function sameNesting(shape, value, at = "") {
  expect(Object.keys(value).sort(), at).toEqual(Object.keys(shape).sort());
  for (const [key, inner] of Object.entries(shape)) {
    if (inner) sameNesting(inner, value[key], `${at}.${key}`);
  }
}

test("step 2: list users", async () => {
  const users = await curl("/users");
  expect(users).toMatchObject({ type: "user.list", limited: false });
  expect(users.pages).toMatchObject({ type: "pages", page: 1, per_page: 50 });
  expect(users.users).toHaveLength(50);
  for (const user of users.users) {
    sameNesting(PERSON, user);
    expect(user).toMatchObject({ type: "user", anonymous: false, session_count: null, last_seen_ip: null });
  }
});

test("step 3: list leads", async () => {
  const leads = await curl("/contacts");
  expect(leads.type).toBe("contact.list");
  expect(leads.contacts.length).toBeGreaterThan(0);
  for (const lead of leads.contacts) {
    sameNesting(PERSON, lead);
    expect(lead).toMatchObject({ type: "contact", anonymous: true });
  }
});

test("step 4: list admins", async () => {
  const admins = await curl("/admins");
  expect(admins.type).toBe("admin.list");
  const [admin] = admins.admins;
  for (const key of ["type", "email", "id", "name", "away_mode_enabled", "away_mode_reassign", "team_ids"]) {
    expect(admin).toHaveProperty(key);
  }
});

test("step 5: send an e-mail", async () => {
  const {
    admins: [admin],
  } = await curl("/admins");
  const message = {
    message_type: "email",
    subject: "Hey",
    body: "How are you ?",
    template: "plain",
    from: { type: "admin", id: admin.id },
    to: { type: "user", user_id: "john_doe" },
  };
  const sent = await curl("/messages", "-H", "Content-Type: application/json", "-d", JSON.stringify(message));
  expect(sent).toMatchObject({
    type: "admin_message",
    subject: "Hey",
    body: "How are you ?",
    template: "plain",
    message_type: "email",
    owner: { type: "admin", id: admin.id },
  });
  expect(sent.id).toMatch(/^\d+$/);
  expect(await messages()).toHaveLength(1);
});

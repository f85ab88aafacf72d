// What is asked of each Worker, and what the stand-in for Intercom answers. Everything is made by
// these rules, so two runs on two machines move the same bytes.
import { Buffer } from "node:buffer";

/** `warmUp` and `round` are numbers of requests: enough of both that the kernel's clock sees them. */
export const cases = [
  {
    name: "small",
    what: "one object",
    path: "/me",
    type: "application/json; charset=utf-8",
    body: Buffer.from(JSON.stringify(me())),
    warmUp: 3000,
    round: 1000,
  },
  {
    name: "page",
    what: "a page of 50 contacts",
    path: "/contacts?per_page=50",
    type: "application/json; charset=utf-8",
    body: Buffer.from(JSON.stringify(contacts(50))),
    warmUp: 2000,
    round: 600,
  },
  {
    name: "large",
    what: "an export's file",
    path: "/download/content/data/job1",
    type: "application/octet-stream",
    body: bytes(10 << 20),
    warmUp: 16,
    round: 16,
  },
];

/** What Intercom and its infrastructure send with every answer. */
export const answerHeaders = {
  Date: "Tue, 17 Nov 2026 09:00:00 GMT",
  "Intercom-Version": "2.14",
  "X-Request-Id": "0007tq2u9hkb1q1f4mf0",
  "X-Ratelimit-Limit": "10000",
  "X-Ratelimit-Remaining": "9993",
  "X-Ratelimit-Reset": "1794906010",
  ETag: 'W/"7c3f0a1de0b1f3d4b1f6c7ae8d1b2f90"',
  "Cache-Control": "max-age=0, private, must-revalidate",
  Vary: "Accept,Accept-Encoding",
  "Strict-Transport-Security": "max-age=31556952; includeSubDomains; preload",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "X-Runtime": "0.084101",
  "X-Ami-Version": "ami-0f3a2b1c4d5e6f708",
  "X-Intercom-Region": "us-east-1",
  "Set-Cookie": "session=of-intercoms-own; path=/; secure; HttpOnly",
  Server: "nginx",
};

/** Of those, what no caller is to see. */
export const infrastructure = ["set-cookie", "server", "x-runtime", "x-ami-version", "x-frame-options"];

/** The page that asks: its origin is allowed, so every answer carries CORS headers. */
export const origin = "https://dashboard.example";

/** What every request carries. */
export const requestHeaders = (callerKey) => ({
  Accept: "application/json",
  Authorization: `Bearer ${callerKey}`,
  "Intercom-Version": "2.14",
  Origin: origin,
  Referer: `${origin}/users`,
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
});

function me() {
  return {
    type: "admin",
    id: "991267459",
    email: "admin1@email.com",
    name: "Ciaran1 Lee",
    email_verified: true,
    app: { type: "app", id_code: "ws-01", name: "MyApp 1", created_at: 1734537243, region: "US" },
    avatar: { type: "avatar", image_url: "https://static.intercomassets.com/assets/default-avatars/admins/128.png" },
    has_inbox_seat: true,
  };
}

function contacts(count) {
  return {
    type: "list",
    data: Array.from({ length: count }, (_, at) => contact(at)),
    total_count: 10_000,
    pages: {
      type: "pages",
      page: 1,
      next: { page: 2, starting_after: "WzE3OTQ5MDYwMTAwMDAsIjY3NjI4ZjYxOTVkNWFiNTJhYzY3ZGEiLDJd" },
      per_page: count,
      total_pages: 10_000 / count,
    },
  };
}

function contact(at) {
  const id = (0x6762_8f61_95d5 + at * 7919).toString(16).padStart(24, "0");
  const seen = 1_794_800_000 - at * 3607;
  const attached = (what) => ({
    type: "list",
    data: [],
    url: `/contacts/${id}/${what}`,
    total_count: 0,
    has_more: false,
  });
  return {
    type: "contact",
    id,
    workspace_id: "ws-01",
    external_id: `user-${at}`,
    role: at % 5 === 0 ? "lead" : "user",
    email: `person${at}@company${at % 7}.example`,
    phone: null,
    name: `Zoë Person ${at}`,
    avatar: null,
    owner_id: at % 3 === 0 ? 991_267_459 : null,
    social_profiles: { type: "list", data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: at % 11 === 0,
    created_at: seen - 86_400,
    updated_at: seen,
    signed_up_at: seen - 86_400,
    last_seen_at: seen,
    last_replied_at: null,
    last_contacted_at: null,
    last_email_opened_at: null,
    language_override: null,
    browser: "chrome",
    os: "Linux",
    location: { type: "location", country: "Ireland", region: "Dublin", city: "Dublin" },
    custom_attributes: { plan: at % 2 === 0 ? "pro" : "free", seats: at },
    tags: attached("tags"),
    companies: attached("companies"),
    opted_out_subscription_types: attached("subscriptions"),
  };
}

/** Bytes that look like those of a compressed file, from a generator that always begins the same. */
function bytes(length) {
  const words = new Uint32Array(length / 4);
  let state = 0x9e3779b9;
  for (let at = 0; at < words.length; at += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer);
}

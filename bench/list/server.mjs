// The upstream of the listings, a process of its own: 10,000 contacts in pages that are rendered once,
// so that every contestant meets the same bytes at the same cost. Beside them it serves a folder.
//
//   node bench/list/server.mjs PORT FOLDER
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { argv } from "node:process";
import { CONTACTS, PAGES, PER_PAGE } from "./listing.mjs";

const [, , port, folder] = argv;

const contact = (index) => ({
  type: "contact",
  id: index.toString(16).padStart(24, "6"),
  workspace_id: "ecahpwf5",
  external_id: `customer-${index}`,
  role: index % 4 ? "user" : "lead",
  email: `person.${index}@example.com`,
  email_domain: "example.com",
  phone: `+35387${1_000_000 + index}`,
  name: `Person No. ${index} Ünïcödé`,
  owner_id: 127 + (index % 9),
  has_hard_bounced: false,
  marked_email_as_spam: false,
  unsubscribed_from_emails: index % 11 === 0,
  created_at: 1_600_000_000 + index,
  updated_at: 1_700_000_000 + index,
  signed_up_at: 1_600_000_000 + index,
  last_seen_at: 1_700_000_000 - index,
  last_replied_at: null,
  last_contacted_at: null,
  last_email_opened_at: null,
  last_email_clicked_at: null,
  language_override: null,
  browser: "chrome",
  browser_version: "140.0.0",
  browser_language: "en",
  os: "OS X 10.15.7",
  location: {
    type: "location",
    country: "Ireland",
    region: "Leinster",
    city: "Dublin",
    country_code: "IRL",
    continent_code: "EU",
  },
  android_app_name: null,
  android_app_version: null,
  android_device: null,
  android_os_version: null,
  android_sdk_version: null,
  android_last_seen_at: null,
  ios_app_name: null,
  ios_app_version: null,
  ios_device: null,
  ios_os_version: null,
  ios_sdk_version: null,
  ios_last_seen_at: null,
  custom_attributes: {
    plan: ["free", "pro", "team"][index % 3],
    seats: index % 50,
    renews_at: 1_800_000_000 + index,
    notes: "A customer of long standing, who writes now and then.",
  },
  avatar: { type: "avatar", image_url: `https://example.com/pictures/${index}.png` },
  tags: {
    type: "list",
    data: [{ id: "93", type: "tag", url: "/tags/93" }],
    url: `/contacts/${index}/tags`,
    total_count: 1,
    has_more: false,
  },
  notes: { type: "list", data: [], url: `/contacts/${index}/notes`, total_count: 0, has_more: false },
  companies: {
    type: "list",
    data: [{ id: `6762f09a1bb69f9f2193bb${index % 90}`, type: "company", url: "/companies/1" }],
    url: `/contacts/${index}/companies`,
    total_count: 1,
    has_more: false,
  },
  opted_out_subscription_types: {
    type: "list",
    data: [],
    url: `/contacts/${index}/subscriptions`,
    total_count: 0,
    has_more: false,
  },
  opted_in_subscription_types: {
    type: "list",
    data: [],
    url: `/contacts/${index}/subscriptions`,
    total_count: 0,
    has_more: false,
  },
  utm_campaign: null,
  utm_content: null,
  utm_medium: null,
  utm_source: null,
  utm_term: null,
  referrer: null,
  sms_consent: false,
  social_profiles: {
    type: "list",
    data: [{ type: "social_profile", name: "LinkedIn", url: `https://linkedin.example/in/${index}` }],
  },
});

const pages = Array.from({ length: PAGES }, (_, page) => {
  const first = page * PER_PAGE;
  const data = Array.from({ length: Math.min(PER_PAGE, CONTACTS - first) }, (_, index) => contact(first + index));
  const next = page + 1 < PAGES ? { page: page + 2, starting_after: `cursor+${page + 1}/=` } : null;
  return Buffer.from(
    JSON.stringify({
      type: "list",
      data,
      total_count: CONTACTS,
      pages: { type: "pages", page: page + 1, per_page: PER_PAGE, total_pages: PAGES, next },
    }),
  );
});

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  if (pathname === "/contacts") {
    const page = Number(searchParams.get("starting_after")?.match(/\d+/)?.[0] ?? 0);
    const body = pages[page];
    return response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  }
  if (pathname === "/")
    return response
      .writeHead(200, { "content-type": "text/html" })
      .end('<!doctype html><link rel="icon" href="data:,">');
  const file = join(folder, pathname);
  if (!existsSync(file)) return response.writeHead(404).end();
  createReadStream(file).pipe(response.writeHead(200, { "content-type": "text/javascript" }));
}).listen(Number(port), "127.0.0.1");

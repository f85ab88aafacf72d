// Generates people: contacts as Intercom has them, with names of many scripts. The same count gives the same people.
//
//   node bench/directory/people.mjs COUNT FILE     writes them as a file of one JSON text per line
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { finished } from "node:stream/promises";
import { contact } from "../contact.mjs";
import { fold } from "./fold.mjs";
import { COMPANY_WORDS, LANGUAGES, PLACES } from "./names.mjs";
import { random } from "./random.mjs";

const SEED = "people";
/** 28 November 2026. */
const NOW = 1_795_824_000;
const DAY = 86_400;
const DAYS = 1_000;
const HEX = "0123456789abcdef";
const PEOPLE_PER_COMPANY = 25;
const MAILBOXES = ["gmail.com", "outlook.com", "yahoo.com", "icloud.com", "proton.me", "gmx.de", "qq.com", "naver.com"];
const PLANS = ["free", "starter", "pro", "team", "business", "enterprise"];
const TITLES = ["CEO", "CTO", "Engineer", "Designer", "Support lead", "Product manager", "Sales", "Owner", "Student"];
const INDUSTRIES = ["Retail", "Software", "Health", "Education", "Media", "Travel", "Finance", "Public sector"];
const TAG_WORDS = [
  "VIP",
  "Beta",
  "Churn risk",
  "Newsletter",
  "Webinar",
  "Reseller",
  "Partner",
  "Trial",
  "Press",
  "Bug",
];

/** Fields that no directory keeps. Without them a contact has 2,086 bytes on average. */
const LEFT_OUT = ["social_profiles", "avatar", "android_sdk_version", "ios_sdk_version", "utm_term"];

/** All languages, each as often as its share. */
const BY_SHARE = LANGUAGES.flatMap((language) => Array(language.share).fill(language));

export const tags = Array.from({ length: 40 }, (_, index) => ({
  id: `${7_000 + index}`,
  name: `${TAG_WORDS[index % 10]} ${2023 + Math.floor(index / 10)}`,
}));

/** The companies of so many people. */
export function companies(count) {
  return Array.from({ length: Math.max(40, Math.ceil(count / PEOPLE_PER_COMPANY)) }, (_, index) => {
    const { below, of, text } = random(`${SEED}-companies`, index);
    const { first, second, last } = COMPANY_WORDS;
    const number = index < 1_000 ? "" : ` ${10 + below(90)}`;
    return {
      id: `6762f09a${text(HEX, 16)}`,
      company_id: `c-${index}`,
      name: `${of(first)} ${of(second)}${number} ${of(last)}`,
    };
  });
}

/** Generates `count` people, one after the other. */
export function* people(count) {
  const all = companies(count);
  for (let index = 0; index < count; index += 1) yield person(index, all);
}

/** Generates the person at `index`; `all` are the companies of all people. */
export function person(index, all) {
  const dice = random(SEED, index);
  const { below, early, is, next, of, text } = dice;
  const names = nameOf(dice);
  const theirs = companiesOf(dice, all);
  const isUser = is(0.8);
  const createdAt = NOW - below(DAYS * DAY);
  const seenAt = is(0.9) ? createdAt + Math.floor((NOW - createdAt) * next()) : null;
  const id = `${createdAt.toString(16)}${text(HEX, 10)}${index.toString(16).padStart(6, "0")}`;
  const [country, code, region, city] = early(PLACES);
  const email = is(0.92) ? emailOf(dice, names, theirs[0]) : null;
  // What is not kept in a directory is what a contact of `contact.mjs` has.
  const base = contact(index);
  for (const field of LEFT_OUT) delete base[field];
  return {
    ...base,
    id,
    external_id: isUser ? `${100_000 + index * 7}` : uuid(text),
    role: isUser ? "user" : "lead",
    name: is(0.96) ? names.name : null,
    email,
    email_domain: email?.split("@")[1] ?? null,
    phone: is(0.55) ? `+${of(["1", "353", "49", "33", "81", "44"])}${1e8 + below(9e8)}` : null,
    owner_id: 127 + below(25),
    created_at: createdAt,
    updated_at: NOW - below(60 * DAY),
    signed_up_at: isUser ? createdAt + below(600) : null,
    last_seen_at: seenAt,
    location: { ...base.location, country, region, city, country_code: code },
    custom_attributes: attributesOf(dice),
    tags: listOf("tag", threeTags(dice)),
    companies: listOf("company", theirs),
  };
}

function nameOf({ early, is, of }) {
  const { apart = " ", familyFirst, given: givens, family: families } = of(BY_SHARE);
  const [given, family] = [early(givens), early(families)];
  const middle = apart === " " && !familyFirst && is(0.13) ? ` ${of("ABCDEFGHIJKLMNOPRSTW")}.` : "";
  const name = familyFirst ? `${family}${apart}${given}` : `${given}${middle}${apart}${family}`;
  return { given, family, name };
}

function emailOf({ below, early, is, of }, names, company) {
  const latin = (name, index) => {
    const folded = fold(name).replace(/[^a-z]/g, "");
    return folded || fold(early(LANGUAGES[0][index ? "family" : "given"])).replace(/[^a-z]/g, "");
  };
  const [given, family] = [names.given, names.family].map(latin);
  const local = of([`${given}.${family}`, `${given[0]}${family}`, `${given}${below(99)}`, `${given}_${family}`]);
  const number = is(0.4) ? below(2_000) : "";
  const domain = company && is(0.7) ? domainOf(company) : of(MAILBOXES);
  return `${local}${number}@${domain}`;
}

const domainOf = ({ name, company_id: id }) => `${fold(name).replace(/[^a-z0-9]/g, "") || id}.example.com`;

function companiesOf({ early, next }, all) {
  const chance = next();
  const count = chance < 0.25 ? 0 : chance < 0.9 ? 1 : 2;
  return [...new Set(Array.from({ length: count }, () => early(all)))];
}

function threeTags({ of }) {
  const chosen = new Set();
  while (chosen.size < 3) chosen.add(of(tags));
  return [...chosen];
}

/** Ten attributes; one in a hundred numbers is a text, as in real workspaces. */
function attributesOf({ below, early, is, of }) {
  const seats = 1 + below(500);
  return {
    plan: early(PLANS),
    seats: is(0.01) ? `${seats}` : seats,
    monthly_spend: is(0.3) ? below(90_000) / 100 : 0,
    renews_at: is(0.6) ? NOW + below(365 * DAY) : null,
    is_beta: is(0.1),
    job_title: of(TITLES),
    industry: of(INDUSTRIES),
    language: of(["en", "de", "fr", "es", "ja", "zh", "pt", "ko"]),
    logins: below(3_000),
    source: of(["organic", "ads", "referral", "event", null]),
  };
}

const listOf = (type, members) => ({
  type: "list",
  data: members.map(({ id }) => ({ id, type, url: `/${type === "tag" ? "tags" : "companies"}/${id}` })),
  url: `/contacts/1/${type === "tag" ? "tags" : "companies"}`,
  total_count: members.length,
  has_more: false,
});

const uuid = (text) => `${text(HEX, 8)}-${text(HEX, 4)}-4${text(HEX, 3)}-a${text(HEX, 3)}-${text(HEX, 12)}`;

/** Writes `count` people to a file, one JSON text per line. */
export async function writePeople(count, file) {
  const output = createWriteStream(file);
  let lines = [];
  for (const one of people(count)) {
    lines.push(JSON.stringify(one));
    if (lines.length < 500) continue;
    if (!output.write(`${lines.join("\n")}\n`)) await once(output, "drain");
    lines = [];
  }
  output.end(lines.map((line) => `${line}\n`).join(""));
  await finished(output);
}

if (argv[1] === fileURLToPath(import.meta.url)) await writePeople(Number(argv[2]), argv[3]);

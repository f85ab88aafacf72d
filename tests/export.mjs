// Exports of the Worker: reads their streams, and a workspace that a stand-in for Intercom answers with.

import { watch } from "./canary.mjs";

export const DAY = 86_400;

/** The first second of the days on which people of a stand-in were created: 2026-01-01. */
export const FIRST_DAY = 1_767_225_600;

/** Returns true for a marker: no row of Intercom has this type. */
export const isMarker = (line) => line.type === "edge.export";

/** Returns true for a contact that was removed. */
const isRemoval = (line) => line.type === "edge.removal";

/**
 * Yields the lines of a stream as texts. It ends where the connection breaks: `stream.broken` is true then.
 * A last line without a line break is not complete, and is left out.
 */
async function* linesOf(stream) {
  let rest = "";
  try {
    for await (const text of stream.body.pipeThrough(new TextDecoderStream("utf-8", { fatal: true }))) {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      yield* lines;
    }
  } catch (error) {
    if (error instanceof TypeError && error.message.includes("encoded data")) throw error;
    stream.broken = true;
  }
}

/** Requests an export of a Worker as the caller of a name. `query`: the parameters; undefined ones are left out. */
export function openExport({ url, keys }, query = {}, { as = "all", signal } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const headers = { authorization: `Bearer ${keys[as]}` };
  return fetch(`${url}/edge/export?${new URLSearchParams(given)}`, { headers, signal });
}

/**
 * Reads an export of NDJSON: `{ status, headers, body, rows, removals, markers, broken, left }`. `body` is the error
 * before the first line. Each marker has `at`, the number of rows before it; a removal has `at_row`. `broken`: the
 * connection broke. `left`: the function `leave`, which gets each line and is waited for, returned true, and the
 * connection was closed. `keep`: returns the part of a row that is kept.
 */
export async function readExport(worker, query, { as, leave = () => false, keep = (row) => row } = {}) {
  const controller = new AbortController();
  const response = await openExport(worker, query, { as, signal: controller.signal });
  const { status, headers } = response;
  if (status !== 200) return { status, headers, body: await response.json(), rows: [], removals: [], markers: [] };
  const read = { status, headers, rows: [], removals: [], markers: [], broken: false, left: false };
  const stream = { body: response.body, broken: false };
  for await (const text of linesOf(stream)) {
    watch(text, "a line of an export");
    const line = JSON.parse(text);
    if (isMarker(line)) read.markers.push({ ...line, at: read.rows.length });
    else if (isRemoval(line)) read.removals.push({ ...line, at_row: read.rows.length });
    else read.rows.push(keep(line));
    if (await leave(line)) {
      read.left = true;
      controller.abort();
      break;
    }
  }
  return { ...read, broken: stream.broken };
}

/** Returns the ids of rows, sorted. */
export const idsOf = (rows) => rows.map(({ id }) => id).sort();

/** Parses CSV with line breaks of RFC 4180, into rows of cells. */
export function parsedCsv(text) {
  const rows = [];
  let row = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy)) {
    if (end === "" && row.length === 0 && !quoted && !plain) break;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** Makes `count` people of a stand-in: as many on each of `days`, all at different times. */
export function peopleOf(count, days = 10) {
  return Array.from({ length: count }, (_, number) => ({
    type: "contact",
    // Ends with all hexadecimal digits equally often.
    id: (0x5bb2f45a_0000_0000n + BigInt(number) * 40_503n).toString(16).padStart(24, "0"),
    role: number % 5 === 0 ? "lead" : "user",
    email: `person-${number}@example.com`,
    name: `Person ${number}`,
    created_at: FIRST_DAY + (number % days) * DAY + Math.floor(number / days),
    updated_at: FIRST_DAY + 100 * DAY + number,
    location: { type: "location", country: "Japan", city: "Hachioji" },
    custom_attributes: { plan: number % 2 === 0 ? "pro" : "free" },
  }));
}

const dayOf = (time) => Math.floor(Number(time) / DAY);

const COMPARE = {
  ">": (own, value) => own > value,
  "<": (own, value) => own < value,
  "=": (own, value) => own === value,
  $: (own, value) => own.endsWith(value),
};

/** Returns true if a person matches the query of a search. Dates compare by day, in UTC. */
export function matches(person, { field, operator, value }) {
  if (operator === "AND") return value.every((one) => matches(person, one));
  if (operator === "OR") return value.some((one) => matches(person, one));
  const [own, wanted] = [person[field], value].map((one) => (field.endsWith("_at") ? dayOf(one) : one));
  return COMPARE[operator](own, wanted);
}

/** Reads the body of a search: the query, the page, and if it is for the first or last object only. */
export function searchOf({ body }) {
  const { query, sort, pagination } = JSON.parse(body);
  const { per_page, starting_after } = pagination;
  return { query, descending: sort.order === "descending", per_page, after: starting_after, isEnd: per_page === 1 };
}

export const isSearch = ({ url }) => url.endsWith("/search");

/**
 * Returns the answers of a stand-in that has `people`. `path`: the search that finds them. `app`: the workspace's id.
 * `perPage`: the largest page. `filler`: a text that each row has in addition.
 */
export function workspaceOf(people, { path = "/contacts/search", app = "abc123", perPage = 150, filler } = {}) {
  const ordered = people.toSorted((a, b) => a.created_at - b.created_at || (a.id < b.id ? -1 : 1));
  return (request) => {
    const { url } = request;
    if (url.startsWith("/me")) return { body: { type: "admin", id: "1", app: { type: "app", id_code: app } } };
    if (url.startsWith("/data_attributes")) {
      const custom = { type: "data_attribute", custom: true, archived: false };
      const data = ["plan", "seats"].map((name) => ({ ...custom, name, full_name: `custom_attributes.${name}` }));
      return { body: { type: "list", data: [{ type: "data_attribute", name: "email", custom: false }, ...data] } };
    }
    if (url !== path)
      return { status: 404, body: { type: "error.list", errors: [{ code: "not_found", message: url }] } };
    const { query, descending, per_page, after } = searchOf(request);
    const size = Math.min(per_page, perPage);
    const found = ordered.filter((person) => matches(person, query));
    if (descending) found.reverse();
    const start = after === undefined ? 0 : found.findIndex(({ id }) => id === after) + 1;
    const data = found.slice(start, start + size).map((person) => (filler ? { ...person, filler } : person));
    const more = start + size < found.length;
    const next = more ? { page: 2, starting_after: data.at(-1).id } : null;
    return { body: { type: "list", data, total_count: found.length, pages: { type: "pages", next } } };
  };
}

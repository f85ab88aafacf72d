// A flat stand-in for Intercom, in a process of its own. It cuts its pages out of one text, so that its own time does
// not decide a comparison.
//
//   node bench/export/server.mjs PORT CONTACTS LATENCY_MS LIMIT
import { createServer } from "node:http";
import { argv } from "node:process";
import { contact } from "../contact.mjs";
import { DAY, DAYS, FIRST } from "./exported.mjs";

const [port, contacts, latency, limit] = argv.slice(2).map(Number);
const WINDOW = 10_000;

const createdAt = (index) => FIRST + Math.floor((index * DAYS * DAY) / contacts);
const rows = Array.from({ length: contacts }, (_, index) =>
  Buffer.from(`${index ? "," : ""}${JSON.stringify({ ...contact(index), created_at: createdAt(index) })}`),
);
const text = Buffer.concat(rows);
const starts = new Float64Array(contacts + 1);
for (const [index, row] of rows.entries()) starts[index + 1] = starts[index] + row.length;
rows.length = 0;

/** The index of the first contact that was created at a time or later. */
function firstSince(time) {
  const index = Math.ceil(((time - FIRST) * contacts) / (DAYS * DAY));
  return Math.min(contacts, Math.max(0, index));
}

/** The contacts of a search by days: from the first index to before the second. */
function found({ query }) {
  let [from, to] = [0, contacts];
  const startOf = (time) => Math.floor(time / DAY) * DAY;
  const filters = (query.value ?? []).flatMap((one) => (one.operator === "OR" ? one.value : [one]));
  for (const { field, operator, value } of filters) {
    if (field !== "created_at") continue;
    if (operator === ">") from = firstSince(startOf(value) + DAY);
    if (operator === "<") to = firstSince(startOf(value));
    // `<` or `=`: until the end of the day.
    if (operator === "=") to = firstSince(startOf(value) + DAY);
  }
  return [from, to];
}

/** The requests of each window. */
const windows = new Map();

function limited(response) {
  const window = Math.floor(Date.now() / WINDOW);
  const used = (windows.get(window) ?? 0) + 1;
  windows.set(window, used);
  const reset = ((window + 1) * WINDOW) / 1000;
  response.setHeader("x-ratelimit-limit", limit);
  response.setHeader("x-ratelimit-remaining", Math.max(0, limit - used));
  response.setHeader("x-ratelimit-reset", reset);
  response.setHeader("content-type", "application/json; charset=utf-8");
  return used > limit;
}

function page(response, from, to, first, perPage) {
  const end = Math.min(first + perPage, to);
  const next = end < to ? `{"page":2,"starting_after":"${end}"}` : "null";
  const head = `{"type":"list","data":[`;
  const pages = `{"type":"pages","page":1,"per_page":${perPage},"total_pages":1,"next":${next}}`;
  const tail = `],"total_count":${to - from},"pages":${pages}}`;
  const [at, until] = [starts[first] + (first > 0 ? 1 : 0), starts[end]];
  const body = end > first ? text.subarray(at, until) : Buffer.alloc(0);
  response.setHeader("content-length", head.length + body.length + tail.length);
  response.write(head);
  response.write(body);
  response.end(tail);
}

createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  let body = "";
  for await (const chunk of request.setEncoding("latin1")) body += chunk;
  if (pathname === "/windows") return response.end(JSON.stringify([...windows.values()]));
  if (limited(response)) {
    response.statusCode = 429;
    return response.end('{"type":"error.list","errors":[{"code":"rate_limit_exceeded","message":"Exceeded"}]}');
  }
  setTimeout(() => {
    if (pathname === "/me") return response.end('{"type":"admin","id":"1","app":{"type":"app","id_code":"bench"}}');
    if (pathname === "/contacts") {
      const first = Number(searchParams.get("starting_after") ?? 0);
      return page(response, 0, contacts, first, Number(searchParams.get("per_page")));
    }
    const search = JSON.parse(body);
    const [from, to] = found(search);
    const { per_page: perPage, starting_after: after } = search.pagination;
    const start = search.sort.order === "descending" ? to - perPage : Number(after ?? from);
    page(response, from, to, start, perPage);
  }, latency);
}).listen(port, "127.0.0.1");

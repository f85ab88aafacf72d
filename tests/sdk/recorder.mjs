// A stand-in for Intercom that keeps every request byte for byte, and answers the same request with
// the same bytes always.
import { createHash } from "node:crypto";
import http from "node:http";
import { gzipSync } from "node:zlib";

/** What of Intercom's infrastructure comes with every answer, and is nobody's business. */
export const INFRASTRUCTURE = {
  "cf-ray": "8c1a-DUB",
  "nel": "{}",
  "server": "nginx",
  "set-cookie": ["_session=secret; path=/", "device=1"],
  "strict-transport-security": "max-age=31556952; includeSubDomains; preload",
  "via": "1.1 varnish",
  "x-ami-version": "ami-1",
  "x-powered-by": "Phusion Passenger",
  "x-runtime": "0.054",
};

/**
 * Starts it: its `url`, `take()`, which gives the requests since it was last called, `status`, to be
 * set where everything is to fail, and `stop`.
 */
export async function startRecorder() {
  let kept = [];
  const recorder = { status: undefined, take: () => kept.splice(0) };
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url: target, headers, rawHeaders } = request;
      const body = Buffer.concat(chunks);
      kept.push({ method, target, headers, rawHeaders, body });
      const answer = answerTo({ method, target, headers, body }, recorder.status);
      // A length is said where one is known, as Intercom does; Node would say it of small ones only.
      response.writeHead(answer.status, { ...INFRASTRUCTURE, ...answer.headers });
      response.end(answer.body);
    });
    request.on("error", () => {});
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const stop = () => new Promise((resolve) => {
    server.close(resolve);
    server.closeAllConnections();
  });
  return Object.assign(recorder, { url: `http://localhost:${server.address().port}`, stop });
}

/** The answer to a request: all kinds that Intercom gives, and a body that a decoder would change. */
function answerTo({ method, target, headers, body }, failure) {
  const hash = createHash("sha256").update(`${method} ${target}\n`).update(body).digest("hex");
  const status = failure ?? statusOf(method, target);
  const fields = {
    "content-type": Number.parseInt(hash[0], 16) < 8 ? "application/json; charset=utf-8" : "application/json",
    "etag": `W/"${hash.slice(0, 32)}"`,
    "intercom-version": headers["intercom-version"] ?? "none",
    "request-id": hash.slice(0, 20),
    "x-request-id": hash.slice(0, 20),
    "x-ratelimit-limit": "10000",
    "x-ratelimit-remaining": String(Number.parseInt(hash.slice(0, 3), 16)),
    "x-ratelimit-reset": "1700000000",
    ...(target.includes("find_by_external_id") ? { link: '<https://api.intercom.io/contacts/1>; rel="canonical"' } : {}),
    ...(status === 429 || status === 202 ? { "retry-after": "7" } : {}),
  };
  if (status === 204) return { status, headers: omit(fields, "content-type") };
  if (target.startsWith("/download/")) {
    const csv = Buffer.concat([Buffer.from("id,name\r\n1,\"日本語\"\r\n"), Buffer.from(hash, "hex")]);
    const file = { "content-type": "application/octet-stream", "content-disposition": 'attachment; filename="export.zip"' };
    return { status, headers: { ...fields, ...(failure ? {} : file) }, body: failure ? errorBody(hash) : csv };
  }
  if (target.endsWith("/transcript")) {
    const file = { "content-type": "text/plain; charset=utf-8", "content-disposition": "attachment" };
    return { status, headers: { ...fields, ...file }, body: failure ? errorBody(hash) : "A: naïve?\r\nB: 👍\n" };
  }
  const text = failure ? errorBody(hash) : json(hash);
  // Some come compressed to whoever takes that, as Intercom's do.
  if (hash[1] < "4" && /\bgzip\b/.test(headers["accept-encoding"] ?? "")) {
    return { status, headers: { ...fields, "content-encoding": "gzip", "vary": "Accept-Encoding" }, body: gzipSync(text) };
  }
  return { status, headers: fields, body: text };
}

function statusOf(method, target) {
  if (method === "DELETE" && target.startsWith("/ai/")) return 204;
  if (method === "POST" && target.startsWith("/events")) return 202;
  if (method === "POST" && target === "/articles") return 201;
  return 200;
}

/** White space, escapes, repeated keys and numbers such that no decoder gives the same bytes back. */
const json = (hash) => `\t{ "type" :"list",\r\n "data":[ {"id":"${hash}" , "name":"\\u0041 naïve 👩‍👩‍👧 \u2028", "n": 1.0, "big":12345678901234567890 }],
  "companies":[{}], "items": [{ }], "n":1e2, "n":-0, "scroll_param":"${hash}==", "total_count":3,
  "pages":{"type":"pages","page":1,"per_page":1, "total_pages":2,"next":{"page":2,"starting_after":"${hash.slice(0, 6)}+/=="} } } \n`;

const errorBody = (hash) => `{"type":"error.list" ,"request_id":"${hash.slice(0, 20)}",
 "errors":[{"code":"not_found","message":"Ünknown \\u0041 💥","field":null}, {"code":"x","extra":[1.0]}]}\n`;

const omit = ({ ...all }, name) => (delete all[name], all);

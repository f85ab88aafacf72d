// A stand-in for Intercom that keeps every request byte for byte, and answers the same request with
// the same bytes always.
import { createHash } from "node:crypto";
import http from "node:http";
import { gzipSync } from "node:zlib";

/** Where recordings are kept: elsewhere, so at another origin, though this server is there too. */
export const STORED = "/stored-elsewhere/";

/** What of Intercom's infrastructure comes with every answer, and is nobody's business. */
export const INFRASTRUCTURE = {
  "cf-ray": "8c1a-DUB",
  nel: "{}",
  server: "nginx",
  "set-cookie": ["_session=secret; path=/", "device=1"],
  "strict-transport-security": "max-age=31556952; includeSubDomains; preload",
  via: "1.1 varnish",
  "x-ami-version": "ami-1",
  "x-powered-by": "Phusion Passenger",
  "x-runtime": "0.054",
};

/**
 * Starts it: its `url`, `take()`, which gives the requests since it was last called, and `stop`.
 * `status` is to be set where everything is to fail, `answer` where all are to be answered alike.
 */
export async function startRecorder() {
  const kept = [];
  const recorder = { status: undefined, answer: undefined, take: () => kept.splice(0) };
  const server = http.createServer((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url: target, headers, rawHeaders } = request;
      const body = Buffer.concat(chunks);
      kept.push({ method, target, headers, rawHeaders, body });
      const { status = 200, ...answer } = recorder.answer ?? answerTo({ method, target, headers, body }, recorder);
      response.writeHead(status, { ...INFRASTRUCTURE, ...answer.headers });
      response.end(answer.body);
    });
    request.on("error", () => {});
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  const { address, family, port } = server.address();
  const store = `http://${family === "IPv6" ? `[${address}]` : address}:${port}${STORED}`;
  return Object.assign(recorder, { url: `http://localhost:${port}`, store, stop });
}

/** The answer to a request: all kinds that Intercom gives, and a body that a decoder would change. */
function answerTo({ method, target, headers, body }, { status: failure, store }) {
  const hash = createHash("sha256").update(`${method} ${target}\n`).update(body).digest("hex");
  const status = failure ?? statusOf(method, target);
  const fields = {
    "content-type": Number.parseInt(hash[0], 16) < 8 ? "application/json; charset=utf-8" : "application/json",
    etag: `W/"${hash.slice(0, 32)}"`,
    "intercom-version": headers["intercom-version"] ?? "none",
    "request-id": hash.slice(0, 20),
    "x-request-id": hash.slice(0, 20),
    "x-ratelimit-limit": "10000",
    "x-ratelimit-remaining": String(Number.parseInt(hash.slice(0, 3), 16)),
    "x-ratelimit-reset": "1700000000",
    ...(target.includes("find_by_external_id")
      ? { link: '<https://api.intercom.io/contacts/1>; rel="canonical"' }
      : {}),
    ...(status === 429 || status === 202 ? { "retry-after": "7" } : {}),
  };
  if (status === 302)
    return { status, headers: { ...omit(fields, "content-type"), location: `${store}1.json?signature=${hash}%2F%3D` } };
  if (status === 204) return { status, headers: omit(fields, "content-type") };
  if (target.startsWith("/download/")) {
    const csv = Buffer.concat([Buffer.from('id,name\r\n1,"日本語"\r\n'), Buffer.from(hash, "hex")]);
    const file = {
      "content-type": "application/octet-stream",
      "content-disposition": 'attachment; filename="export.zip"',
    };
    return { status, headers: { ...fields, ...(failure ? {} : file) }, body: failure ? errorBody(hash) : csv };
  }
  if (target.endsWith("/transcript")) {
    const file = { "content-type": "text/plain; charset=utf-8", "content-disposition": "attachment" };
    return { status, headers: { ...fields, ...file }, body: failure ? errorBody(hash) : "A: naïve?\r\nB: 👍\n" };
  }
  const text = failure ? errorBody(hash) : json(hash);
  // Some come compressed.
  if (hash[1] < "4") {
    return {
      status,
      headers: { ...fields, "content-encoding": "gzip", vary: "Accept-Encoding" },
      body: gzipSync(text),
    };
  }
  return { status, headers: fields, body: text };
}

function statusOf(method, target) {
  if (target.endsWith("/recording")) return 302;
  if (method === "DELETE" && target.startsWith("/ai/")) return 204;
  if (method === "POST" && target.startsWith("/events")) return 202;
  if (method === "POST" && target === "/articles") return 201;
  return 200;
}

/** White space, escapes, repeated keys and numbers such that no decoder gives the same bytes back. */
const json = (hash) => `\t{ "type" :"list",\r\n "data":[ {"id":"${hash}" , "name":"\\u0041 naïve 👩‍👩‍👧 \u2028",
  "n": 1.0, "big":12345678901234567890 }],
  "companies":[{}], "items": [{ }], "n":1e2, "n":-0, "scroll_param":"${hash}==", "total_count":3,
  "pages":{"type":"pages","page":1,"per_page":1, "total_pages":2,
  "next":{"page":2,"starting_after":"${hash.slice(0, 6)}+/=="} } } \n`;

const errorBody = (hash) => `{"type":"error.list" ,"request_id":"${hash.slice(0, 20)}",
 "errors":[{"code":"not_found","message":"Ünknown \\u0041 💥","field":null}, {"code":"x","extra":[1.0]}]}\n`;

const omit = ({ ...all }, name) => {
  delete all[name];
  return all;
};

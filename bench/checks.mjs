// What makes the Workers comparable: the same answers, and where they claim the same features, these.
import { createHash } from "node:crypto";
import { infrastructure, origin } from "./cases.mjs";

/** What a contestant promises about a case: sentences, each with what is wrong, or undefined. */
export async function checkCase({ name, features }, client, { path, type, body }) {
  const answer = await client.ask(path);
  const sha256 = createHash("sha256").update(body).digest("hex");
  const checks = [
    [`${name} answers GET ${path} with 200`, answer.status !== 200 && `it answers ${answer.status}`],
    [
      `${name} gives GET ${path} byte for byte`,
      answer.sha256 !== sha256 && `${answer.length} bytes, not those of Intercom's ${body.length}`,
    ],
    [
      `${name} gives its media type`,
      answer.headers["content-type"] !== type && `it is ${answer.headers["content-type"]}`,
    ],
  ];
  if (features) checks.push(...promised(name, answer.headers));
  return checks.map(([what, wrong]) => ({ what, wrong: wrong || undefined }));
}

/** What a contestant with features promises whatever is asked. */
export async function checkFeatures({ name }, client, { path, headers }) {
  const { Authorization, ...unnamed } = headers;
  const refused = await client.ask(path, { more: unnamed });
  const wrongKey = await client.ask(path, { more: { ...headers, Authorization: `${Authorization}x` } });
  const unknown = await client.ask("/no_such_call");
  return [
    [`${name} refuses a caller without a key`, refused.status !== 401 && `it answers ${refused.status}`],
    [`${name} refuses a caller with a wrong key`, wrongKey.status !== 401 && `it answers ${wrongKey.status}`],
    [`${name} refuses an unknown call`, unknown.status !== 404 && `it answers ${unknown.status}`],
  ].map(([what, wrong]) => ({ what, wrong: wrong || undefined }));
}

function promised(name, headers) {
  const seen = infrastructure.filter((header) => header in headers && headers[header] !== SECURE[header]);
  const shown = headers["access-control-allow-origin"];
  return [
    [`${name} keeps Intercom's infrastructure to itself`, seen.length > 0 && `it shows ${seen.join(", ")}`],
    [`${name} passes Intercom's limits`, headers["x-ratelimit-remaining"] !== "9993" && "it does not"],
    [`${name} lets the page see the answer`, shown !== origin && `access-control-allow-origin is ${shown}`],
  ];
}

/** What hono/secure-headers sets by itself. */
const SECURE = { "x-frame-options": "SAMEORIGIN" };

// Large bodies pass the Worker as they come, either way, and never stay in it.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import { pipeline } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { serve } from "../gate.mjs";
import { descendants, known, memory } from "../processes.mjs";

const MIB = 1 << 20;
const EXPORT_MIB = 50;
const HUGE_MIB = 400;
const UPLOAD_MIB = 30;
/** What no compression makes smaller. */
const CHUNK = randomBytes(MIB);
/** Of a body of so many of them. */
const digest = (chunks) =>
  Array.from({ length: chunks })
    .reduce((hash) => hash.update(CHUNK), createHash("sha256"))
    .digest("hex");

let server;
let worker;
let workerd;
/** What the upstream saw of the request that came last. */
let upstream;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    const seen = {
      received: 0,
      sent: 0,
      hash: createHash("sha256"),
      length: request.headers["content-length"],
    };
    upstream = seen;
    seen.end = once(response, "close").then(() => (response.writableFinished ? "finished" : "gone"));
    request.on("error", () => {});
    if (request.method === "GET") {
      // The job's number says how many MiB its export has.
      const size = Number(request.url.split("/").at(-1));
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": size * MIB });
      pipeline(exported(size, seen), response, () => {});
    } else {
      request.on("data", (part) => {
        seen.received += part.length;
        seen.hash.update(part);
      });
      request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
    }
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const before = known ? descendants("workerd") : [];
  worker = await serve("download", { url: `http://localhost:${server.address().port}` });
  workerd = known ? descendants("workerd").filter((pid) => !before.includes(pid)) : [];
});
afterAll(async () => {
  await worker?.stop();
  server?.closeAllConnections();
  server?.close();
});
beforeEach(() => {
  upstream = undefined;
});

function* exported(size, seen) {
  for (let chunk = 0; chunk < size; chunk++) {
    seen.sent += MIB;
    yield CHUNK;
  }
}

const headers = (more) => ({ authorization: `Bearer ${worker.keys.all}`, "intercom-version": "2.14", ...more });

async function download(size = EXPORT_MIB) {
  const request = http.get(`${worker.url}/download/content/data/${size}`, {
    headers: headers({ accept: "*/*" }),
    agent: false,
  });
  request.on("error", () => {});
  const [response] = await once(request, "response");
  expect(response.statusCode).toBe(200);
  return { request, response };
}

/** Reads an answer to its end, resting after each MiB, and gives its digest. */
async function read(response, rest = 0) {
  const hash = createHash("sha256");
  let sinceRest = 0;
  for await (const part of response) {
    hash.update(part);
    sinceRest += part.length;
    if (rest > 0 && sinceRest >= MIB) {
      sinceRest = 0;
      await sleep(rest);
    }
  }
  return hash.digest("hex");
}

/** The most memory that the Worker takes while something happens, in MiB. */
async function mostMemory(happening) {
  let most = memory(workerd);
  const timer = setInterval(() => (most = Math.max(most, memory(workerd))), 20);
  try {
    const result = await happening();
    return { result, most };
  } finally {
    clearInterval(timer);
  }
}

test.skipIf(!known).each([
  ["fast", 0],
  ["slow", 60],
])("an export of 50 MB takes the Worker no memory, to a %s reader", async (_, rest) => {
  expect(workerd.length).toBeGreaterThan(0);
  const whole = digest(EXPORT_MIB);
  // The first takes what any stream takes.
  expect(await read((await download()).response)).toBe(whole);
  const before = memory(workerd);
  const { result, most } = await mostMemory(async () => read((await download()).response, rest));
  expect(result).toBe(whole);
  expect(most - before).toBeLessThan(30);
});

test("a reader who rests makes Intercom rest, and one who goes away ends its sending", async () => {
  const before = known ? memory(workerd) : 0;
  const { request, response } = await download(HUGE_MIB);
  await once(response, "readable");
  // What fits into the sockets between us is sent all the same.
  const sentMeanwhile = async () => {
    const sent = upstream.sent;
    await sleep(500);
    return upstream.sent - sent;
  };
  await expect.poll(sentMeanwhile, { timeout: 20_000 }).toBe(0);
  expect(upstream.sent).toBeLessThan((HUGE_MIB / 2) * MIB);
  if (known) expect(memory(workerd) - before).toBeLessThan(20);

  request.destroy();
  expect(await Promise.race([upstream.end, sleep(10_000, "still there", { ref: false })])).toBe("gone");
  expect(upstream.sent).toBeLessThan(HUGE_MIB * MIB);
});

function upload(length) {
  const more = { "content-type": "application/json", ...(length ? { "content-length": length } : {}) };
  const request = http.request(`${worker.url}/articles`, { method: "POST", headers: headers(more), agent: false });
  request.on("error", () => {});
  return request;
}

test.each([
  ["of a declared length", UPLOAD_MIB * MIB],
  ["of no declared length", undefined],
])("an upload of 30 MB %s reaches Intercom while it is sent", async (_, length) => {
  const request = upload(length);
  request.write(CHUNK);
  await expect.poll(() => upstream?.received ?? 0, { timeout: 10_000 }).toBe(MIB);
  const before = known ? memory(workerd) : 0;
  const answered = once(request, "response");
  const { most } = await mostMemory(async () => {
    for (let chunk = 1; chunk < UPLOAD_MIB; chunk++) if (!request.write(CHUNK)) await once(request, "drain");
    request.end();
    const [response] = await answered;
    expect(response.resume().statusCode).toBe(200);
  });
  expect(upstream.length).toBe(length?.toString());
  expect(upstream.hash.digest("hex")).toBe(digest(UPLOAD_MIB));
  expect(most - before).toBeLessThan(30);
});

test("an uploader who goes away is gone for Intercom too", async () => {
  const request = upload(UPLOAD_MIB * MIB);
  request.write(CHUNK);
  await expect.poll(() => upstream?.received ?? 0, { timeout: 10_000 }).toBe(MIB);
  request.destroy();
  expect(await Promise.race([upstream.end, sleep(10_000, "still there", { ref: false })])).toBe("gone");
  expect(upstream.received).toBeLessThan(UPLOAD_MIB * MIB);
});

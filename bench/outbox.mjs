// What lists cost those who send: the median time of a send beside 200,000 stored messages, alone and with 24
// list requests at a time. `npx node bench/outbox.mjs` after `npm run build -- edge`; bench/README.md.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { callerKeyEntry, newCallerKey } from "../cli/keys/caller-key.mjs";
import { claimPorts } from "../cli/run/ports.mjs";
import { startWorkerd } from "../cli/serve/workerd.mjs";

const MESSAGES = 200_000;
const READERS = 24;
const SENDS = 200;
/** Filters that pass few of the messages, many, or none, in turns. */
const LISTS = [
  "created_before=1",
  "caller=nobody",
  "state=failed",
  "batch_id=batch-1",
  "",
  "state=sent&created_after=1",
  "kind=conversation",
  "caller=mailer&state=unknown",
];

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-outbox-"));
const intercom = createServer((request, response) => {
  request
    .resume()
    .on("end", () =>
      response.writeHead(200, { "content-type": "application/json" }).end('{"type":"admin_message","id":"403918396"}'),
    );
});
await new Promise((resolve) => intercom.listen(0, "127.0.0.1", resolve));
const key = newCallerKey();
const { port } = await claimPorts({ port: 0 });
const state = join(folder, "state");
const start = () =>
  startWorkerd({
    name: "The Worker",
    port,
    state,
    log: join(folder, "worker.log"),
    vars: {
      INTERCOM_API_URL: `http://127.0.0.1:${intercom.address().port}`,
      INTERCOM_ACCESS_TOKEN: "bench",
      REQUEST_LOG: "false",
      CALLER_KEYS: JSON.stringify([callerKeyEntry("mailer", key, { scopes: ["*"] })]),
    },
  });
const ask = async (path, init = {}) => {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${key}`, ...init.headers },
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} is ${response.status}: ${text}`);
  return text;
};
let made = 0;
const send = () =>
  ask("/messages", {
    method: "POST",
    headers: { "content-type": "application/json", "intercom-version": "2.14" },
    body: JSON.stringify({
      message_type: "email",
      subject: `Subject ${++made}`,
      body: "Hi",
      template: "plain",
      from: { type: "admin", id: "1" },
      to: { type: "user", id: "2" },
    }),
  });

/** 20 batches that are over, and half as many single messages. */
function fill(file) {
  const database = new DatabaseSync(file);
  const begun = Date.now() - 3_600_000;
  const batch = database.prepare(
    `INSERT INTO batch (id, caller, fingerprint, created, finished, template, sender, variables)
    VALUES (?, 'mailer', ?, ?, ?, '{}', '1', '{}')`,
  );
  const message = database.prepare(
    `INSERT INTO message (id, caller, state, waits, created, finished, history, job, made, body, batch, recipient,
      answer, answer_body)
    VALUES (?, 'mailer', ?, 0, ?, ?, '[]', '"notification"', 1, ?, ?, ?,
      '{"status":200,"upstream":true,"headers":[]}', ?)`,
  );
  database.exec("BEGIN");
  for (let number = 0; number < 20; number += 1) batch.run(`batch-${number}`, `f-${number}`, begun, begun);
  for (let number = 0; number < MESSAGES; number += 1) {
    const of = number < MESSAGES * 0.66 ? `batch-${number % 20}` : null;
    const at = begun + Math.floor(number / 50);
    message.run(
      `m-${number}`,
      number % 50 === 0 ? "failed" : "sent",
      at,
      at,
      Buffer.from("{}"),
      of,
      of && `user_id:${number}`,
      Buffer.from("{}"),
    );
  }
  database.exec("COMMIT");
  database.close();
}

async function median(of) {
  const times = [];
  for (let number = 0; number < of; number += 1) {
    const begun = performance.now();
    await send();
    times.push(performance.now() - begun);
  }
  return times.sort((a, b) => a - b)[Math.floor(of / 2)];
}

let worker = await start();
try {
  await send();
  await worker.kill();
  const outbox = join(state, "outbox");
  fill(
    join(
      outbox,
      readdirSync(outbox).find((file) => file.endsWith(".sqlite") && file !== "metadata.sqlite"),
    ),
  );
  worker = await start();
  await median(50);
  const alone = await median(SENDS);
  let reading = true;
  let lists = 0;
  const readers = Array.from({ length: READERS }, async (_, reader) => {
    for (let turn = reader; reading; turn += 1, lists += 1) await ask(`/edge/messages?${LISTS[turn % LISTS.length]}`);
  });
  await median(20);
  const begun = performance.now();
  const listed = lists;
  const beside = await median(SENDS);
  const rate = (lists - listed) / ((performance.now() - begun) / 1000);
  reading = false;
  await Promise.all(readers);
  const load = `${READERS} lists at a time (${rate.toFixed(0)} a second)`;
  const times = (beside / alone).toFixed(1);
  console.log(`A send takes ${alone.toFixed(1)} ms alone and ${beside.toFixed(1)} ms beside ${load}: ${times} times`);
} finally {
  await worker.stop();
  intercom.close();
  rmSync(folder, { recursive: true, force: true });
}

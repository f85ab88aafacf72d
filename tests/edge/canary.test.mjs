// The access token of this run is random, and is looked for in everything: in each answer as it comes
// (`ask`), and in all files when the run is over (tests/setup.mjs). Here: that looking finds it.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { filesWith, shows } from "../canary.mjs";
import { gate } from "../gate.mjs";
import { requests, reset } from "../sandbox.mjs";
import { ask } from "../worker.mjs";

const { ACCESS_TOKEN, CALLER_KEY, SANDBOX_URL } = process.env;
const V2 = { "intercom-version": "2.14" };

const it = gate("canary");
const folder = mkdtempSync(join(tmpdir(), "intercom-edge-canary-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("the token is random, and it is what the Worker sends to Intercom", async () => {
  expect(ACCESS_TOKEN).toMatch(/^[\w-]{43}$/);
  await it.ask("/contacts", { headers: V2 });
  await it.ask("/users", { headers: { "intercom-version": "1.4" } });
  await it.ask("/edge/health");
  for (const { headers } of it.arrived()) expect(headers.authorization).toBe(`Bearer ${ACCESS_TOKEN}`);
  expect(it.arrived()).toHaveLength(3);
});

test("the sandbox opens to it and keeps it nowhere", async () => {
  const status = async (token) =>
    (await fetch(`${SANDBOX_URL}/me`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect([await status(ACCESS_TOKEN), await status(ACCESS_TOKEN.slice(1)), await status("wrong")]).toEqual([
    200, 401, 401,
  ]);
  await reset();
  await ask("/admins");
  const [{ headers }] = await requests();
  expect(headers.authorization).toBe("Bearer sandbox-token");
});

test("a text shows it as it is, in base64, and percent-encoded", () => {
  const secret = "a+b/c?d_éöü~secret";
  for (const text of [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64"),
    Buffer.from(`${secret}:`).toString("base64"),
  ]) {
    expect(shows(`before ${text} after`, secret)).toBe(true);
  }
  expect(shows(secret.slice(1), secret)).toBe(false);
});

test("it is found in files of any kind, however deep", () => {
  mkdirSync(join(folder, "a/b"), { recursive: true });
  writeFileSync(join(folder, "sound.txt"), "nothing");
  expect(filesWith([CALLER_KEY], [folder, join(folder, "missing")])).toEqual([]);
  const file = join(folder, "a/b/image.wasm");
  writeFileSync(file, Buffer.concat([Buffer.from([0, 255, 254]), Buffer.from(CALLER_KEY), Buffer.from([0])]));
  expect(filesWith(["other", CALLER_KEY], [folder])).toEqual([file]);
});

test("what the Worker says of a caller is neither the key nor its hash", async () => {
  const { text } = await it.ask("/edge/whoami");
  expect(shows(text, it.keys.all)).toBe(false);
  expect(text).not.toMatch(/[0-9a-f]{64}/);
});

test("whatever Intercom answers, its headers give nothing away", async () => {
  const secret = `Bearer ${ACCESS_TOKEN}`;
  const headers = Object.fromEntries(
    [
      "authorization",
      "set-cookie",
      "x-debug",
      "via",
      "server",
      "www-authenticate",
      "x-request-authorization",
      "location",
      "refresh",
    ].map((name) => [name, secret]),
  );
  for (const status of [200, 302, 401, 403, 404, 429, 500]) {
    it.reply({ status, headers });
    for (const path of ["/contacts", "/users", "/edge/health", "/messages"]) {
      for (const version of ["1.4", "2.14"]) {
        // `ask` itself throws where the token shows.
        const { headers } = await it.ask(path, {
          headers: { "intercom-version": version },
          ...(path === "/messages" ? { json: {} } : {}),
        });
        for (const name of ["authorization", "set-cookie", "x-debug", "via", "server", "location", "refresh"])
          expect(headers.get(name), name).toBeNull();
      }
    }
  }
});

// The code of docs/tokens.md, "Your own login", with the setting beside it: a Worker accepts its tokens.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { serve, standIn } from "../gate.mjs";
import { ask } from "../worker.mjs";

const folder = mkdtempSync(join(tmpdir(), "intercom-edge-login-"));
const section = readFileSync(join(root, "docs/tokens.md"), "utf8").split("\n## Your own login\n")[1].split("\n## ")[0];
const [, code] = /```js\n(.*?)^```/ms.exec(section);
const [issuer] = JSON.parse(/TOKEN_ISSUERS = '''(.+?)'''/s.exec(section)[1]);

let login;
let server;
let intercom;
let worker;

beforeAll(async () => {
  const file = join(folder, "login.mjs");
  writeFileSync(file, code);
  login = await import(file);
  server = createServer((_, response) => response.end(JSON.stringify(login.jwks))).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  intercom = await standIn();
  const jwks = `http://127.0.0.1:${server.address().port}/jwks`;
  worker = await serve("own-login", intercom, { vars: { TOKEN_ISSUERS: JSON.stringify([{ ...issuer, jwks }]) } });
});

afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
  server?.close();
  rmSync(folder, { recursive: true });
});

const as = (token, path) =>
  ask(worker.url + path, { headers: { authorization: `Bearer ${token}`, "intercom-version": "2.14" } });

test("a user's token gives its scopes for five minutes", async () => {
  const token = login.tokenFor("user-1");
  const { status, body } = await as(token, "/edge/whoami");
  expect(status).toBe(200);
  expect(body.scopes.sort()).toEqual(["contacts:read", "messages:read", "messages:send"]);
  expect(body.expires_at - Date.now() / 1000).toBeGreaterThan(200);
  expect(body.expires_at - Date.now() / 1000).toBeLessThanOrEqual(300);
  expect((await as(token, "/contacts")).status).toBe(200);
  expect((await as(token, "/tags")).status).toBe(403);
});

test("each user has a name, and a changed token is rejected", async () => {
  const name = async (user) => (await as(login.tokenFor(user), "/edge/whoami")).body.name;
  expect(await name("user-1")).toBe(await name("user-1"));
  expect(await name("user-1")).not.toBe(await name("user-2"));
  const [head, , signature] = login.tokenFor("user-1").split(".");
  const [, claims] = login.tokenFor("user-1", "*").split(".");
  expect((await as(`${head}.${claims}.${signature}`, "/edge/whoami")).status).toBe(401);
});

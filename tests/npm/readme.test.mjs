// The README's own lines, run as they stand against the real Worker.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, expect, test } from "vitest";
import { intercom, messages, reset } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY } = process.env;
const root = new URL("../..", import.meta.url).pathname;
const run = promisify(execFile);

/** The code under a heading, in a language. */
async function snippet(heading, language, file = "README.md") {
  const readme = await readFile(join(root, file), "utf8");
  const section = readme.split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  const code = section.split(`\`\`\`${language}\n`)[1].split("\n```")[0];
  return code.replaceAll("http://localhost:8787", WORKER_URL);
}

/** Runs JavaScript where its imports find what a user has installed. */
async function runJavaScript(code) {
  const folder = await mkdtemp(join(root, "build", "readme-"));
  try {
    const file = join(folder, "snippet.mjs");
    await writeFile(file, `const callerKey = process.env.CALLER_KEY;\n${code}`);
    return (await run(process.execPath, [file])).stdout.trim().split("\n");
  } finally {
    await rm(folder, { recursive: true });
  }
}

beforeEach(() => reset());

test("the curl lines", async () => {
  const [admin] = (await intercom("GET", "/admins")).admins;
  const code = (await snippet("With curl", "sh")).replace("$(cat .caller-key)", CALLER_KEY).replace("ADMIN_ID", admin.id);
  const { stdout } = await run("bash", ["-euc", code.replaceAll("curl -s", "echo; curl -sf")]);
  const answers = stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  expect(answers.map(({ type }) => type)).toEqual(["user.list", "contact.list", "admin.list", "admin_message", "list"]);
  expect(await messages()).toHaveLength(1);
});

test("the lines on messages", async () => {
  const code = (await snippet("Messages", "sh")).replaceAll("$KEY", CALLER_KEY);
  const { stdout } = await run("bash", ["-euc", code.replaceAll("curl -s", "echo; curl -sf")]);
  const [sent, list] = stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  expect(sent).toMatchObject({ type: "admin_message", subject: "Your order" });
  expect(list.data[0]).toMatchObject({ state: "sent", idempotency_key: "order-4711" });
  expect(await messages()).toHaveLength(1);
});

test("the lines of docs/messages.md", async () => {
  const lines = async (heading) => (await snippet(heading, "sh", "docs/messages.md")).replaceAll("$KEY", CALLER_KEY).replaceAll("curl -s", "curl -sf");
  const { stdout } = await run("bash", ["-euc", `${await lines("Templates")}; echo; ${await lines("One call")}`]);
  const [stored, sent] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  expect(stored).toMatchObject({ type: "edge.template", name: "welcome", version: 1 });
  expect(sent).toMatchObject({ type: "admin_message", body: "<p>You are on pro.</p>" });

  const code = (await snippet("From the package", "js", "docs/messages.md")).replace("(message,", `(${JSON.stringify({
    message_type: "inapp", body: "Hi", from: { type: "admin", id: "1234567" }, to: { type: "user", id: "5bb2f45a1e099bf2d553a2d5" },
  })},`);
  const start = 'import { Intercom } from "intercom-edge";\nconst intercom = new Intercom({ baseUrl: process.env.WORKER_URL, auth: callerKey });\n';
  expect((await runJavaScript(start + code)).at(-1)).toBe("1 of 1");
  expect(await messages()).toHaveLength(4);
});

test("the package's lines", async () => {
  const printed = await runJavaScript(await snippet("With the package", "js"));
  // 400 users, leads in pages of 20, and the message's id.
  expect(printed.length).toBeGreaterThan(400);
  expect(printed.at(-1)).toMatch(/^\d+$/);
  expect(await messages()).toHaveLength(2);
});

test("the SDK's lines", async () => {
  const printed = await runJavaScript(`${await snippet("With Intercom's SDK", "js")}\nconsole.log(admins.length);`);
  expect(Number(printed.at(-1))).toBeGreaterThan(0);
});

// The code in the README, docs/messages.md, docs/live.md and docs/api-1.x.md, run unchanged against the real Worker.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { messages, reset, subscribe } from "../sandbox.mjs";

const { WORKER_URL, CALLER_KEY, CLIENT_SECRET } = process.env;
const root = new URL("../..", import.meta.url).pathname;
const run = promisify(execFile);

/** The pieces of code under a heading, in a language. */
async function snippets(heading, language, file = "README.md") {
  const section = (await readFile(join(root, file), "utf8")).split(`\n## ${heading}\n`)[1].split("\n## ")[0];
  const pieces = section
    .split(`\`\`\`${language}\n`)
    .slice(1)
    .map((piece) => piece.split("\n```")[0]);
  return pieces.map((piece) => piece.replaceAll("http://localhost:8787", WORKER_URL));
}

/** The first of them. */
const snippet = async (...which) => (await snippets(...which))[0];

/** Asks the Worker, and gives the status and the body. */
async function ask(method, path, json) {
  const headers = { authorization: `Bearer ${CALLER_KEY}`, "content-type": "application/json" };
  const answer = await fetch(WORKER_URL + path, { method, headers, body: json && JSON.stringify(json) });
  return { status: answer.status, body: await answer.json() };
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
  const code = (await snippet("Use curl", "sh")).replace("$(cat .intercom-edge/caller-key)", CALLER_KEY);
  const { stdout } = await run("bash", ["-euc", code.replaceAll("curl -s", "echo; curl -sf")]);
  const answers = stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(answers.map(({ type }) => type)).toEqual(["user.list", "contact.list", "admin.list", "admin_message", "list"]);
  expect(await messages()).toHaveLength(1);
});

test("the lines on messages", async () => {
  const code = (await snippet("Send messages", "sh")).replaceAll("$KEY", CALLER_KEY);
  const { stdout } = await run("bash", ["-euc", code.replaceAll("curl -s", "echo; curl -sf")]);
  const [sent, list] = stdout
    .trim()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(sent).toMatchObject({ type: "admin_message", subject: "Your order" });
  expect(list.data[0]).toMatchObject({ state: "sent", idempotency_key: "order-4711" });
  expect(await messages()).toHaveLength(1);
});

test("the package's lines", async () => {
  const printed = await runJavaScript(await snippet("Use the npm package", "js"));
  // 400 users, and the message's id.
  expect(printed).toHaveLength(401);
  expect(printed.at(-1)).toMatch(/^\d+$/);
  expect(await messages()).toHaveLength(1);
});

test("the SDK's lines", async () => {
  const printed = await runJavaScript(`${await snippet("Use Intercom's SDK", "js")}\nconsole.log(admins.length);`);
  expect(Number(printed.at(-1))).toBeGreaterThan(0);
});

test("the curl line for API 1.x", async () => {
  const [code] = (await readFile(join(root, "docs/api-1.x.md"), "utf8")).match(/(?<=```sh\n)curl[^`]*/);
  const command = code.replaceAll("http://localhost:8787", WORKER_URL).replaceAll("$KEY", CALLER_KEY);
  const { stdout } = await run("bash", ["-euc", command.replace("curl -s", "curl -sf")]);
  expect(JSON.parse(stdout).type).toBe("user.list");
});

// A placeholder such as ADMIN_ID gives 404 "Resource Not Found", which looks like a missing recipient.
test.each(["README.md", "docs/messages.md", "docs/api-1.x.md", "docs/exports.md", "docs/package/start.md"])(
  "no code in %s for localhost contains a placeholder",
  async (file) => {
    const pieces = (await readFile(join(root, file), "utf8")).match(/^```(?:sh|js|ts)\n.*?^```/gms);
    const local = pieces.filter((piece) => piece.includes("localhost:8787"));
    expect(local.length).toBeGreaterThan(0);
    for (const piece of local) expect(piece).not.toMatch(/\b[A-Z]+_ID\b|\bYOUR_\w+|<[a-z][\w' -]*>(?!.*<\/)/);
  },
);

describe("docs/messages.md", () => {
  const guide = "docs/messages.md";
  const fields = (value) => Object.keys(value).sort();

  test("the call that notifies, and what it says that a message looks like", async () => {
    const lines = async (heading) =>
      (await snippet(heading, "sh", guide)).replaceAll("$KEY", CALLER_KEY).replace("curl -s", "curl -sf");
    const { stdout } = await run("bash", ["-euc", `${await lines("Templates")} >&2\n${await lines("Notify")}`]);
    expect(JSON.parse(stdout)).toMatchObject({ type: "admin_message", body: "<p>You are on pro.</p>" });

    const {
      data: [listed],
    } = (await ask("GET", "/edge/messages?per_page=1")).body;
    const { body: message } = await ask("GET", `/edge/messages/${listed.id}`);
    expect(message).toMatchObject({ state: "sent", idempotency_key: "welcome-john", template: { name: "welcome" } });
    const told = JSON.parse(await snippet("States", "json", guide));
    expect(fields(message)).toEqual(fields(told));
    expect(fields(message.answer)).toEqual(fields(told.answer));
    const { request, answer, ...short } = told;
    expect(fields(listed)).toEqual(fields(short));
  });

  test("a template, a batch, and what it says that they look like", async () => {
    const template = (
      await ask("PUT", "/edge/templates/news", { subject: "News", body: "<p>You are on {{ variables.plan }}.</p>" })
    ).body;
    expect(fields(template)).toEqual(fields(JSON.parse(await snippet("Templates", "json", guide))));
    const [body, told] = (await snippets("Batches", "json", guide)).map((piece) => JSON.parse(piece));
    const made = await ask("POST", "/edge/messages/batch", body);
    expect(made).toMatchObject({ status: 202, body: { type: "edge.batch", total: 2 } });
    expect(fields(made.body)).toEqual(fields(told));
    // It ends before the next test: nobody in the sandbox is Ann.
    const progress = () => ask("GET", `/edge/messages/batch/${made.body.id}`);
    await expect.poll(progress, { timeout: 20_000 }).toMatchObject({ body: { state: "done", sent: 1, failed: 1 } });
  });

  test("the package's lines", async () => {
    // The outbox remembers keys, and for a while texts without one: other tests say the same.
    const own = crypto.randomUUID();
    await ask("PUT", `/edge/templates/welcome-${own}`, {
      subject: "Welcome",
      body: "<p>You are on {{ variables.plan }}.</p>",
    });
    const code = (await snippet("From the package", "js", guide)).replaceAll(
      /"(order-4711|welcome|news)"/g,
      `"$1-${own}"`,
    );
    const printed = await runJavaScript(`
      import { Intercom } from "intercom-edge";
      const intercom = new Intercom({ baseUrl: "${WORKER_URL}", auth: callerKey });
      const message = {
        message_type: "email", subject: "Hey", body: "How are you ?", template: "plain",
        from: { type: "admin", id: "1234567" }, to: { type: "user", id: "5bb2f45a1e099bf2d553a2d5" },
      };
      ${code}`);
    expect(printed.at(-1)).toBe("1 of 1");
    expect((await messages()).map(({ request }) => request.subject)).toEqual(["Hey", "Welcome", "News"]);
  });
});

describe("docs/live.md", () => {
  const guide = "docs/live.md";
  const lines = async (place) =>
    (await snippets("See it happen", "sh", guide))[place].replace("$(cat .intercom-edge/caller-key)", CALLER_KEY);
  const change = async () => run("bash", ["-euc", await lines(1)]);

  /** Starts a program that prints events, and resolves once it has printed `expected` after a change. */
  async function printsEvent(command, args, expected) {
    const program = spawn(command, args, { env: { ...process.env, WORKER_URL, CALLER_KEY }, detached: true });
    let printed = "";
    for (const output of [program.stdout, program.stderr]) output.on("data", (text) => (printed += text));
    try {
      // The program may not have connected when the first change is made.
      await expect
        .poll(
          async () => {
            await reset();
            await subscribe({ url: `${WORKER_URL}/edge/webhooks/intercom`, secret: CLIENT_SECRET });
            await change();
            return printed;
          },
          { timeout: 30_000, interval: 1_000 },
        )
        .toContain(expected);
      return printed;
    } finally {
      process.kill(-program.pid);
    }
  }

  test("curl prints the event of a change", async () => {
    const printed = await printsEvent("bash", ["-euc", await lines(0)], "event: contact.lead.created");
    const data = /^data: (.*"contact\.lead\.created".*)$/m.exec(printed)[1];
    const [, documented] = /^data: (.*)$/m.exec(await snippet("See it happen", "text", guide));
    const { item, ...event } = JSON.parse(data);
    expect(item).toMatchObject({ type: "contact", role: "lead", name: "Ada" });
    for (const name of Object.keys(event)) expect(documented).toContain(`"${name}":`);
  });

  test("the program for Node prints the event of a change", async () => {
    const code = await snippet("With curl and in scripts", "js", guide);
    await printsEvent(process.execPath, ["--input-type=module", "-e", code], "contact.lead.created");
  });
});

// @intercom/cli: every command that asks Intercom's API. It pins no version. A key that is Base64 of
// "tok:…" is sent as Bearer, any other as the password of Basic, and both must open the Worker.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fault, intercom, messages, requests } from "../sandbox.mjs";
import {
  CALLER_KEY,
  cannot,
  check,
  expect,
  expectEach,
  finish,
  known,
  OTHER_CALLER_KEY,
  packages,
  reset,
  SEARCH_DELAY_MS,
  sleep,
  WORKER_URL,
} from "./check.mjs";

const config = mkdtempSync(join(tmpdir(), "intercom-cli-"));
const { john, lead, collector, twin, otherTwin, conversation, admin } = known;

/** Runs a command: its exit code and what it printed. */
function run(args, { env = {}, input = "" } = {}) {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [join(packages, "node_modules/@intercom/cli/dist/index.js"), ...args],
      {
        env: {
          ...process.env,
          INTERCOM_API_BASE_URL: WORKER_URL,
          INTERCOM_TOKEN: CALLER_KEY,
          INTERCOM_CONFIG_DIR: config,
          ...env,
        },
        timeout: 50_000,
        maxBuffer: 64 << 20,
      },
      (error, stdout, stderr) => resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin.end(input);
  });
}

/** The JSON that a command prints. */
async function ask(args, options) {
  const { code, stdout, stderr } = await run([...args, "--json"], options);
  expect(code === 0, `exit ${code}: ${stderr || stdout}`);
  return JSON.parse(stdout);
}

const cli = (line, ...fields) => ask([...line.split(" "), ...fields.flatMap((field) => ["-f", field])]);
const post = (path, body) => ask(["api", path, "-X", "POST", "--input", "-"], { input: JSON.stringify(body) });

/** Expects the words of a command that fails. */
async function fails(args, words) {
  const { code, stdout, stderr } = await run([...args, "--json"]);
  expect(code !== 0 && words.test(stderr), `exit ${code}: ${stderr || stdout}`);
}

await reset();

await check("me", async () => expect((await cli("me")).type === "admin"));
await check("auth login, status, logout", async () => {
  const env = { INTERCOM_TOKEN: "" };
  for (const args of [["auth", "login", "--token", CALLER_KEY], ["auth", "status"], ["me"], ["auth", "logout"]]) {
    const { code, stdout, stderr } = await run([...args, "--json"], { env });
    expect(code === 0, `${args[0]} ${args[1]}: ${stderr || stdout}`);
  }
});
await check("me with a key of npm run key (sent as the password of Basic)", () =>
  ask(["me"], { env: { INTERCOM_TOKEN: OTHER_CALLER_KEY } }),
);
await check("me with such a key and INTERCOM_APP_ID (sent as app:key)", () =>
  ask(["me"], { env: { INTERCOM_TOKEN: OTHER_CALLER_KEY, INTERCOM_APP_ID: "abc123" } }),
);
await check("me with a base URL that ends in a slash", () =>
  ask(["me"], { env: { INTERCOM_API_BASE_URL: `${WORKER_URL}/` } }),
);

await check("contacts list --limit", async () => {
  const { type, data } = await cli("contacts list --limit 50");
  const roles = new Set(data.map(({ role }) => role));
  expect(type === "list" && data.length === 50 && roles.has("user") && roles.has("lead"), [...roles]);
});
await check("contacts list --all: everybody once", async () =>
  expectEach(
    (await cli("contacts list --all")).data.map(({ id }) => id),
    known.contacts,
  ),
);
await check("contacts get: a user, a lead", async () => {
  const user = await cli(`contacts get ${john}`);
  expect(user.role === "user" && user.external_id === known.johnUserId, user);
  expect((await cli(`contacts get ${lead}`)).role === "lead");
});
let made;
await check("contacts create: a user with external_id", async () => {
  made = await cli("contacts create", "email=cli@example.com", "role=user", "external_id=cli-1", "name=C");
  expect(made.role === "user" && made.external_id === "cli-1", made);
});
await check("contacts update", async () => {
  const changed = await cli(`contacts update ${made?.id}`, "name=Changed", "phone=+353871234567");
  expect(changed.name === "Changed" && changed.role === "user", changed);
});
await sleep(SEARCH_DELAY_MS);
await check("api POST /contacts/search", async () => {
  const { data } = await post("/contacts/search", { query: { field: "email", operator: "=", value: known.johnEmail } });
  expect(data[0]?.id === john, data);
});
await cannot(
  "contacts search",
  "its fields are strings, and the API takes a nested query: use `api /contacts/search --input`",
  () => fails(["contacts", "search", "-f", "query=x"], /query/i),
);
await check("contacts delete", async () => expect((await cli(`contacts delete ${made?.id}`)).deleted === true));
await check("contacts get of an unknown id: not found", () => fails(["contacts", "get", known.nobody], /not found/i));

await check("conversations list --limit, --all", async () => {
  expect((await cli("conversations list --limit 5")).conversations.length === 5);
  expectEach(
    (await cli("conversations list --all")).conversations.map(({ id }) => id),
    known.conversations,
  );
});
await check("conversations get, as JSON and for people", async () => {
  const { id, source } = await cli(`conversations get ${conversation}`);
  expect(id === conversation && source, { id, source });
  const { code, stdout } = await run(["conversations", "get", conversation, "--human"]);
  expect(code === 0 && /Conversation/.test(stdout), stdout);
});
await check("conversations reply", async () => {
  const replied = await cli(
    `conversations reply ${conversation}`,
    "type=admin",
    `admin_id=${admin}`,
    "message_type=comment",
    "body=Hello",
  );
  expect(replied.id === conversation, replied);
});
await check("api POST /conversations/search", async () => {
  const { conversations } = await post("/conversations/search", {
    query: { field: "open", operator: "=", value: true },
  });
  expect(conversations.length > 0);
});

let article;
await check("articles create, get, update, list, search, delete", async () => {
  article = await cli("articles create", "title=Paying", `author_id=${admin}`, "body=By card");
  expect(article.title === "Paying", article);
  expect((await cli(`articles get ${article.id}`)).id === article.id);
  expect((await cli(`articles update ${article.id}`, "title=Refunds")).title === "Refunds");
  expect(
    (await cli("articles list")).data.some(({ id }) => id === article.id),
    "it is not in the list",
  );
  await cli("articles search Refunds");
  await cli(`articles delete ${article.id}`);
});
await check("help-center list, get", async () => {
  const { data } = await cli("help-center list");
  expect(data.length > 0, data);
  expect(String((await cli(`help-center get ${data[0].id}`)).id) === String(data[0].id));
});
for (const line of [
  "messenger get",
  "messenger update -f a=b",
  "fin manifest",
  "fin procedures list",
  "fin attributes list",
  "fin workflows list",
  "fin guidance list",
  "fin data-connectors list",
  "fin audiences list",
]) {
  // Which of them pass is decided by Intercom's descriptions; either way the message names who refuses.
  await check(`${line}: an answer of Intercom's, or a 404 that says it is this Worker's`, async () => {
    const { code, stdout, stderr } = await run([...line.split(" "), "--json"]);
    expect(
      code === 0 ||
        /worker/i.test(stderr) ||
        (await requests()).some(({ path }) => /^\/(messenger|fin-sdk)/.test(path)),
      stderr || stdout,
    );
  });
}
await check("messenger snippet", async () =>
  expect((await run(["messenger", "snippet", "--security", "none", "--json"])).code === 0),
);

await check("api --paginate: contacts, companies, tags, a contact's companies", async () => {
  for (const [path, count] of [
    ["/contacts", known.contacts],
    ["/companies", known.companies],
    ["/tags", 12],
    [`/contacts/${collector}/companies`, 12],
  ]) {
    expectEach(
      (await ask(["api", path, "--paginate"])).map(({ id }) => id),
      count,
    );
  }
});
await check("api: admins, segments, data attributes", async () => {
  expect((await cli("api /admins")).admins.length === 5);
  expect((await cli("api /segments")).segments.length > 0);
  expect((await cli("api /data_attributes?model=contact")).data.length > 0);
});
let tag;
await check("api: creates a tag, puts it on a contact and takes it off", async () => {
  tag = await cli("api /tags", "name=cli-tag");
  expect(tag.name === "cli-tag", tag);
  expect((await cli(`api /contacts/${john}/tags`, `id=${tag.id}`)).id === tag.id);
  expect((await ask(["api", `/contacts/${john}/tags/${tag.id}`, "-X", "DELETE"])).id === tag.id);
});
await cannot(
  "api DELETE /tags/{id}",
  "it is done, but Intercom answers without a body, and the CLI reports that as broken JSON",
  async () => {
    await fails(["api", `/tags/${tag?.id}`, "-X", "DELETE"], /JSON/);
    expect(!(await cli("api /tags")).data.some(({ id }) => id === tag.id), "the tag is still there");
  },
);
await check("api: PUT with typed fields, POST without a body, a note", async () => {
  expect(
    (await ask(["api", `/contacts/${twin}`, "-X", "PUT", "-F", "unsubscribed_from_emails=true"]))
      .unsubscribed_from_emails === true,
  );
  expect((await ask(["api", `/contacts/${otherTwin}/archive`, "-X", "POST"])).archived === true);
  expect((await cli(`api /contacts/${john}/notes`, "body=N", `admin_id=${admin}`)).type === "note");
});
await cannot(
  "api POST /events",
  "it is done, but Intercom answers 202 without a body, and the CLI reports that as broken JSON",
  () =>
    fails(
      [
        "api",
        "/events",
        "-f",
        "event_name=cli",
        "-f",
        `user_id=${known.johnUserId}`,
        "-F",
        `created_at=${Math.floor(Date.now() / 1000)}`,
      ],
      /JSON/,
    ),
);

const mail = {
  message_type: "email",
  subject: "CLI",
  body: "B",
  template: "plain",
  from: { type: "admin", id: admin },
  to: { type: "user", id: john },
};
await check("api POST /messages", async () => expect((await post("/messages", mail)).id));

// The CLI sends a POST again after a 502, though Intercom may have taken it.
await check("a message that Intercom takes and answers with 502 is sent once", async () => {
  await reset();
  await fault("accept_then:502", { method: "POST", path: "/messages", times: 2 });
  await post("/messages", { ...mail, subject: "once" }).catch(() => {});
  expect((await messages()).length === 1, await messages());
});
await check("a reply that Intercom takes and answers with 502 is sent once", async () => {
  await reset();
  await fault("accept_then:502", { method: "POST", path: `/conversations/${conversation}/reply`, times: 2 });
  await cli(
    `conversations reply ${conversation}`,
    "type=admin",
    `admin_id=${admin}`,
    "message_type=comment",
    "body=once",
  ).catch(() => {});
  const {
    conversation_parts: { conversation_parts: parts },
  } = await intercom("GET", `/conversations/${conversation}`);
  const sent = parts.filter(({ body }) => body?.includes("once")).length;
  expect(sent === 1, `${sent} arrived`);
});
rmSync(config, { recursive: true });
finish();

// Every operation of API 2.14 for these resources is in the sandbox, and an object has the fields of
// Intercom's own examples. Those are read in ../shared/intercom, outside this repository: without
// them their test is skipped.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../../scripts/paths.mjs";
import { ask } from "../sandbox.mjs";

const EXAMPLES = join(root, "../shared/intercom/examples-2.14.jsonl");

const RESOURCES = [
  "Admins",
  "Articles",
  "Away Status Reasons",
  "Companies",
  "Contacts",
  "Conversations",
  "Data Attributes",
  "Data Events",
  "Data Export",
  "Help Center",
  "Internal Articles",
  "Jobs",
  "Messages",
  "Notes",
  "Reporting Data Export",
  "Segments",
  "Subscription Types",
  "Tags",
  "Teams",
  "Ticket States",
  "Ticket Type Attributes",
  "Ticket Types",
  "Tickets",
  "Visitors",
];

const operations = readFileSync(join(root, "tests/fixtures/operations.tsv"), "utf8")
  .split("\n")
  .map((line) => line.split("\t"))
  .filter(([version, resource]) => version === "2.14" && RESOURCES.includes(resource))
  .map(([, , method, path]) => [method, path]);

describe("each operation of API 2.14", () => {
  test("is one of many", () => expect(operations.length).toBeGreaterThan(115));

  // A method that no operation has: the response lists the methods of the path, and nothing changes.
  test.each(operations)("%s %s is in the sandbox", async (method, path) => {
    const { status, headers } = await ask("PATCH", path.replace(/\{\w+\}/g, "1"));
    expect(status).toBe(405);
    expect(headers.get("allow").split(", ")).toContain(method);
  });
});

const examples = (existsSync(EXAMPLES) ? readFileSync(EXAMPLES, "utf8") : "")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

describe.skipIf(examples.length === 0)("an object has the fields of Intercom's examples", () => {
  /** The sandbox's responses with status 200, by the name of the operation. */
  const answers = async () => {
    const post = async (path, body) => (await ask("POST", path, body)).body;
    const get = async (path) => (await ask("GET", path)).body;
    const found = {};
    await post("/_sandbox/reset", {});
    found.listAdmins = await get("/admins");
    found.retrieveAdmin = await get("/admins/1234567");
    found.setAwayAdmin = (
      await ask("PUT", "/admins/1234568/away", { away_mode_enabled: true, away_mode_reassign: false })
    ).body;
    found.listActivityLogs = await get("/admins/activity_logs?created_at_after=1");
    found.retrieveTeam = await get("/teams/9999999");
    found.listArticles = await get("/articles");
    found.retrieveArticle = await get("/articles/41");
    found.createArticle = await post("/articles", { title: "T", author_id: 1234567 });
    found.searchArticles = await get("/articles/search?phrase=started");
    found.deleteArticle = (await ask("DELETE", "/articles/44")).body;
    found.listAllCollections = await get("/help_center/collections");
    found.createCollection = await post("/help_center/collections", { name: "C" });
    found.retrieveHelpCenter = await get("/help_center/help_centers/79");
    found.createInternalArticle = await post("/internal_articles", {
      title: "T",
      author_id: 1234567,
      owner_id: 1234567,
    });
    found.listSubscriptionTypes = await get("/subscription_types");
    found.createDataExport = await post("/export/content/data", { created_at_after: 1, created_at_before: 2 });
    found.createTicketType = await post("/ticket_types", { name: "N" });
    found.listTicketTypes = await get("/ticket_types");
    found.createTicketTypeAttribute = await post("/ticket_types/301/attributes", {
      name: "N",
      description: "D",
      data_type: "string",
    });
    found.listTicketStates = await get("/ticket_states");
    found.createTicket = await post("/tickets", { ticket_type_id: 302, contacts: [{ external_id: "john_doe" }] });
    found.getTicket = await get("/tickets/2001");
    found.enqueueCreateTicket = await post("/tickets/enqueue", {
      ticket_type_id: 301,
      contacts: [{ external_id: "john_doe" }],
    });
    found.attachTagToTicket = await post("/tickets/2001/tags", { id: "101", admin_id: "1234567" });
    found.convertConversationToTicket = await post("/conversations/1002/convert", { ticket_type_id: "301" });
    found.attachContactToConversation = await post("/conversations/1001/customers", {
      admin_id: 1234567,
      customer: { user_id: "twin_one" },
    });
    return found;
  };

  /** Returns the names of an object's fields, and those of the objects in it. `{}` and `[]` have no names. */
  const shape = (value) => {
    if (Array.isArray(value)) return value.length > 0 ? [shape(value[0])] : "anything";
    if (value === null || typeof value !== "object") return "anything";
    if (Object.keys(value).length === 0) return "anything";
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]));
  };
  /** Returns the paths at which only one of two objects has a field. */
  const differences = (one, other, place = "") => {
    if (one === "anything" || other === "anything") return [];
    if (Array.isArray(one)) return Array.isArray(other) ? differences(one[0], other[0], `${place}[]`) : [place];
    const names = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...names].flatMap((name) =>
      name in one && name in other ? differences(one[name], other[name], `${place}.${name}`) : [`${place}.${name}`],
    );
  };
  /** Fields that depend on the values of an object or on the workspace. */
  const OWN =
    /\.(ticket_attributes|metadata)\b|\.app_package_code$|\.next$|ticket_parts\[\]\.((previous_)?ticket_state|body)$/;

  test("field by field", async () => {
    const unlike = {};
    for (const [operation, body] of Object.entries(await answers())) {
      const example = examples.find(
        (one) => one.operationId === operation && one.kind === "response" && String(one.status) === "200",
      );
      expect(example, operation).toBeDefined();
      const found = differences(shape(body), shape(example.body)).filter((place) => !OWN.test(place));
      if (found.length > 0) unlike[operation] = found;
    }
    expect(unlike).toEqual({});
  });
});

// The sandbox stores what is written: a created object is shown, listed, changed, found and deleted. Invalid
// requests have the errors of Intercom's examples.

import { gunzipSync } from "node:zlib";
import { IntercomClient } from "intercom-client";
import { beforeEach, describe, expect, test } from "vitest";
import { ask, fault, reset } from "../sandbox.mjs";

const { SANDBOX_URL } = process.env;
const JOHN = "5bb2f45a1e099bf2d553a2d5";
const LEAD = "5bb2f45a1e099bf2d553a2d9";
const ADMIN = 1234567;

const get = async (path) => (await ask("GET", path)).body;
const post = (path, body) => ask("POST", path, body);
const put = (path, body) => ask("PUT", path, body);
const remove = (path, body) => ask("DELETE", path, body);
const where = (field, operator, value) => ({ field, operator, value });
const ids = (list) => list.map(({ id }) => id);
const refused = async (answer, ...expected) => {
  const { status, body } = await answer;
  const [{ code, message }] = body.errors;
  expect([status, code, message].slice(0, expected.length)).toEqual(expected);
};
const notFound = (answer) => refused(answer, 404, "not_found", "Resource Not Found");
/** Polls until a condition holds: the sandbox delays some effects. */
async function eventually(condition) {
  for (;;) {
    const found = await condition();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

beforeEach(() => reset({ limit_per_10s: 100_000 }));

describe("admins and teams", () => {
  const away = (id, body) => put(`/admins/${id}/away`, body);

  test("the away mode of an admin is set and reset, and shown everywhere", async () => {
    const { status, body } = await away(1234568, {
      away_mode_enabled: true,
      away_mode_reassign: true,
      away_status_reason_id: 1,
    });
    expect([status, body]).toEqual([200, { ...(await get("/admins/1234568")) }]);
    expect(body).toMatchObject({
      id: "1234568",
      away_mode_enabled: true,
      away_mode_reassign: true,
      away_status_reason_id: "1",
    });
    const listed = (await get("/admins")).admins;
    expect(ids(listed.filter((admin) => admin.away_mode_enabled))).toEqual(["1234568", "1234569"]);
    expect(listed.every((admin) => !("away_status_reason_id" in admin))).toBe(true);
    const { body: note } = await post(`/contacts/${JOHN}/notes`, { body: "x", admin_id: "1234568" });
    expect(note.author.away_mode_enabled).toBe(true);
    const message = {
      message_type: "inapp",
      body: "x",
      from: { type: "admin", id: "1234568" },
      to: { type: "user", id: JOHN },
    };
    expect((await post("/messages", message)).body.owner.away_mode_enabled).toBe(true);
    const back = await away("1234568", {
      away_mode_enabled: false,
      away_mode_reassign: false,
      away_status_reason_id: 1,
    });
    expect(back.body).toMatchObject({ away_mode_enabled: false, away_status_reason_id: null });
    await reset({});
    expect((await get("/admins/1234569")).away_mode_enabled).toBe(true);
  });

  test("an invalid away mode is rejected, and changes no admin", async () => {
    const both = { away_mode_enabled: true, away_mode_reassign: false };
    await refused(away(1, both), 404, "admin_not_found", "Admin for admin_id not found");
    await refused(
      away(ADMIN, { away_mode_enabled: true }),
      400,
      "parameter_not_found",
      "away_mode_reassign not specified",
    );
    await refused(away(ADMIN, { ...both, away_mode_enabled: "true" }), 400, "parameter_invalid");
    await refused(
      away(ADMIN, { ...both, away_status_reason_id: 3 }),
      400,
      "parameter_invalid",
      "Away status reason is deleted",
    );
    await refused(away(ADMIN, { ...both, away_status_reason_id: 99 }), 400, "parameter_invalid");
    expect((await get(`/admins/${ADMIN}`)).away_mode_enabled).toBe(false);
    expect((await get("/away_status_reasons")).data.map(({ deleted }) => deleted)).toEqual([false, false, true]);
  });

  test("the activity log lists the actions, newest first, in pages with the URL of the next", async () => {
    await refused(ask("GET", "/admins/activity_logs"), 400, "parameter_not_found", "created_at_after not specified");
    await refused(ask("GET", "/admins/activity_logs?created_at_after=x"), 400, "parameter_invalid");
    const before = (await get("/admins/activity_logs?created_at_after=1")).activity_logs;
    expect(before.map((line) => line.activity_type)).toEqual(["app_name_change", "app_admin_join"]);
    for (let n = 0; n < 3; n += 1) await away(1234568, { away_mode_enabled: n % 2 === 0, away_mode_reassign: false });
    const lines = [];
    for (let next = "/admins/activity_logs?created_at_after=1&per_page=2"; next; ) {
      const page = await get(next);
      lines.push(...page.activity_logs);
      next = page.pages.next?.slice(SANDBOX_URL.length);
    }
    expect(lines.map((line) => line.activity_type)).toEqual([
      ...Array(3).fill("admin_away_mode_change"),
      "app_name_change",
      "app_admin_join",
    ]);
    expect(lines[0]).toMatchObject({
      performed_by: { type: "admin", id: "1234568" },
      metadata: { away_mode: true, reassign_conversations: false },
    });
    expect(
      (await get(`/admins/activity_logs?created_at_after=1&created_at_before=${before[0].created_at}.0`)).activity_logs,
    ).toEqual(before);
  });

  test("there is one team", async () => {
    const { type, teams } = await get("/teams");
    expect([type, ids(teams)]).toEqual(["team.list", ["9999999"]]);
    expect(await get("/teams/9999999")).toEqual({
      ...teams[0],
      assignment_limit: 10,
      distribution_method: "round_robin",
    });
    await refused(ask("GET", "/teams/1"), 404, "team_not_found", "Team not found");
  });
});

describe("subscriptions, company segments and event summaries", () => {
  const of = (id) => `/contacts/${id}/subscriptions`;

  test("a contact opts in, opts out and does neither, and shows it", async () => {
    const types = (await get("/subscription_types")).data;
    expect(types.map(({ consent_type }) => consent_type)).toEqual(["opt_out", "opt_out", "opt_in"]);
    expect((await get(of(JOHN))).data).toEqual([]);
    expect((await post(of(JOHN), { id: 37846, consent_type: "opt_in" })).body).toEqual(types[2]);
    await post(of(JOHN), { id: "91", consent_type: "opt_out" });
    expect((await get(of(JOHN))).data).toEqual([types[0], types[2]]);
    const john = await get(`/contacts/${JOHN}`);
    expect([ids(john.opted_in_subscription_types.data), ids(john.opted_out_subscription_types.data)]).toEqual([
      ["37846"],
      ["91"],
    ]);
    await post(of(JOHN), { id: "91", consent_type: "opt_in" });
    expect((await get(`/contacts/${JOHN}`)).opted_out_subscription_types.total_count).toBe(0);
    expect((await remove(`${of(JOHN)}/91`)).body).toEqual(types[0]);
    expect((await get(of(JOHN))).data).toEqual([types[2]]);
    await notFound(remove(`${of(JOHN)}/91`));
    await notFound(post(of(JOHN), { id: "invalid_id", consent_type: "opt_in" }));
    await refused(post(of(JOHN), { id: "91", consent_type: "maybe" }), 400, "parameter_invalid");
    await refused(post(of("1"), { id: "91", consent_type: "opt_in" }), 404, "not_found", "User Not Found");
  });

  test("a merged lead passes its subscriptions and tickets to the user", async () => {
    await post(of(LEAD), { id: "37846", consent_type: "opt_in" });
    const { body: ticket } = await post("/tickets", { ticket_type_id: "301", contacts: [{ id: LEAD }] });
    await post("/contacts/merge", { from: LEAD, into: JOHN });
    expect(ids((await get(of(JOHN))).data)).toEqual(["37846"]);
    expect((await get(`/tickets/${ticket.id}`)).contacts.contacts).toEqual([
      { type: "contact", id: JOHN, external_id: "john_doe" },
    ]);
  });

  test("companies have segments", async () => {
    const [company] = (await get("/companies?segment_id=5bb2f45a1e099bf2d5530003")).data;
    expect(await get(`/companies/${company.id}/segments`)).toEqual({ type: "list", data: company.segments.segments });
    await refused(ask("GET", "/companies/1/segments"), 404, "company_not_found", "Company Not Found");
  });

  test("summaries of events are added to the recorded events", async () => {
    await post("/events", { event_name: "paid", created_at: "1700000000.0", user_id: "john_doe" });
    const summary = { event_name: "paid", count: 4, first: 1600000000, last: "1650000000" };
    expect((await post("/events/summaries", { user_id: "john_doe", event_summaries: summary })).status).toBe(200);
    await post("/events/summaries", {
      user_id: "john_doe",
      event_summaries: [{ event_name: "left", count: 1, first: 5, last: 5 }],
    });
    const { events } = await get("/events?type=user&user_id=john_doe&summary=true");
    expect(events).toEqual([
      { name: "left", first: 5, last: 5, count: 1 },
      { name: "paid", first: 1600000000, last: 1700000000, count: 5 },
    ]);
    expect((await get("/events?type=user&user_id=john_doe")).events).toHaveLength(1);
    await refused(
      post("/events/summaries", { user_id: "nobody", event_summaries: summary }),
      404,
      "not_found",
      "User Not Found",
    );
    await refused(post("/events/summaries", { user_id: "john_doe" }), 400, "parameter_not_found");
    await refused(
      post("/events/summaries", { user_id: "john_doe", event_summaries: { ...summary, count: "x" } }),
      400,
      "parameter_invalid",
    );
  });
});

describe("articles", () => {
  const found = async (query) => ids((await get(`/articles/search?${query}`)).data.articles);

  test("are created, shown, listed by their last change, changed, found and deleted", async () => {
    const { status, body: created } = await post("/articles", {
      title: "Thanks for everything",
      description: "Why",
      body: "Body of it",
      author_id: "1234568",
      state: "published",
      parent_id: 151,
    });
    expect(status).toBe(200);
    expect(created).toMatchObject({
      type: "article",
      title: "Thanks for everything",
      description: "Why",
      body: "<p>Body of it</p>",
      author_id: 1234568,
      state: "published",
      parent_id: 151,
      parent_type: "collection",
      statistics: { views: 0 },
      url: `https://help.sandbox.example/en/articles/${created.id}-thanks-for-everything`,
    });
    const path = `/articles/${created.id}`;
    expect(await get(path)).toEqual(created);
    const list = await get("/articles");
    expect(list).toMatchObject({ type: "list", total_count: 5, pages: { page: 1, per_page: 25, total_pages: 1 } });
    const { statistics, ...listed } = created;
    expect(list.data[0]).toEqual(listed);
    expect(ids((await get("/articles?per_page=2&page=3")).data)).toHaveLength(1);
    const changed = await put(path, { title: "Christmas is here!", state: "draft", parent_id: null });
    expect(changed.body).toMatchObject({
      title: "Christmas is here!",
      description: "Why",
      state: "draft",
      url: null,
      parent_id: null,
      parent_type: null,
    });
    expect(await get(path)).toEqual(changed.body);
    expect((await remove(path)).body).toEqual({ id: created.id, object: "article", deleted: true });
    for (const answer of [ask("GET", path), put(path, {}), remove(path)]) await notFound(answer);
    const { body: next } = await post("/articles", { title: "T", author_id: ADMIN });
    expect(next.id).not.toBe(created.id);
    expect(next).toMatchObject({ state: "draft", body: "", description: "", url: null, parent_id: null });
  });

  test("are found by phrase, state and help center, a new one after two seconds", async () => {
    expect(await found("phrase=STARTED")).toEqual(["41"]);
    expect(await found("phrase=invites")).toEqual(["42"]);
    expect(await found("phrase=%E8%AB%8B")).toEqual(["43"]);
    expect(await found("state=draft")).toEqual(["44"]);
    expect((await found("help_center_id=79")).sort()).toEqual(["41", "42", "43"]);
    expect(await found("help_center_id=1")).toEqual([]);
    const { data, pages } = await get("/articles/search?phrase=started&highlight=true");
    expect(pages).toEqual({ type: "pages", page: 1, per_page: 10, total_pages: 1 });
    expect(data.highlights).toEqual([
      {
        article_id: "41",
        highlighted_title: [
          { type: "plain", text: "Getting " },
          { type: "highlight", text: "started" },
        ],
        highlighted_summary: [[], [{ type: "plain", text: "Sign in first." }]],
      },
    ]);
    const { body } = await post("/articles", { title: "Brand new", author_id: ADMIN });
    expect(await found("phrase=brand")).toEqual([]);
    await eventually(async () => (await found("phrase=brand"))[0] === body.id);
  });

  test("without author or title, or with an unknown parent, are rejected", async () => {
    const message = "author_id must be in the main body or default locale translated_content object";
    await refused(post("/articles", { title: "T" }), 400, "parameter_not_found", message);
    await refused(post("/internal_articles", { title: "T", owner_id: ADMIN }), 400, "parameter_not_found", message);
    await refused(post("/articles", { author_id: ADMIN }), 400, "parameter_not_found");
    await refused(put("/articles/41", { title: null }), 400, "parameter_not_found");
    for (const wrong of [
      { author_id: 1 },
      { state: "gone" },
      { parent_id: 1 },
      { body: 7 },
      { translated_content: "fr" },
    ]) {
      await refused(post("/articles", { title: "T", author_id: ADMIN, ...wrong }), 400, "parameter_invalid");
    }
    expect((await get("/articles")).total_count).toBe(4);
  });

  test("for teammates only are a separate resource", async () => {
    const { body: created } = await post("/internal_articles", {
      title: "T",
      body: "B",
      author_id: ADMIN,
      owner_id: 1234568,
    });
    expect(created).toEqual({
      id: created.id,
      title: "T",
      body: "<p>B</p>",
      author_id: ADMIN,
      owner_id: 1234568,
      locale: "en",
    });
    const path = `/internal_articles/${created.id}`;
    expect((await put(path, { title: "U" })).body).toEqual({ ...created, title: "U" });
    expect((await get("/internal_articles")).data[0]).toEqual(await get(path));
    await eventually(async () =>
      ids((await get("/internal_articles/search")).data.internal_articles).includes(created.id),
    );
    expect((await get("/internal_articles/search?folder_id=1")).total_count).toBe(0);
    expect((await remove(path)).body).toEqual({ id: created.id, object: "internal_article", deleted: true });
    await notFound(ask("GET", path));
    await notFound(ask("GET", `/articles/${created.id}`));
  });
});

describe("the help center", () => {
  test("there is one", async () => {
    const {
      data: [center],
    } = await get("/help_center/help_centers");
    expect(await get("/help_center/help_centers/79")).toEqual(center);
    await notFound(ask("GET", "/help_center/help_centers/1"));
  });

  test("collections are created, changed and deleted", async () => {
    const { body: created } = await post("/help_center/collections", { name: "New ones", parent_id: 151 });
    expect(created).toMatchObject({
      name: "New ones",
      description: "",
      parent_id: "151",
      help_center_id: 79,
      icon: "book-bookmark",
    });
    const path = `/help_center/collections/${created.id}`;
    expect(await get(path)).toEqual(created);
    const changed = await put(path, { name: "Newer ones", description: "D", parent_id: null });
    expect(changed.body).toMatchObject({ id: created.id, name: "Newer ones", description: "D", parent_id: null });
    expect((await get("/help_center/collections")).data.map(({ name }) => name)).toEqual([
      "Newer ones",
      "請求",
      "First steps",
    ]);
    await refused(
      post("/help_center/collections", { description: "D" }),
      400,
      "parameter_not_found",
      "Name is a required parameter.",
    );
    await refused(put(path, { parent_id: created.id }), 400, "parameter_invalid");
    await refused(put(path, { help_center_id: 1 }), 400, "parameter_invalid");
    expect((await remove(path)).body).toEqual({ id: created.id, object: "collection", deleted: true });
    for (const answer of [ask("GET", path), put(path, {}), remove(path)]) await notFound(answer);
  });

  test("the articles of a deleted collection remain", async () => {
    await remove("/help_center/collections/151");
    expect(await get("/articles/41")).toMatchObject({ parent_id: null, parent_type: null });
    expect(await get("/articles/43")).toMatchObject({ parent_id: 152, parent_type: "collection" });
  });
});

describe("exports", () => {
  const file = { accept: "application/octet-stream" };
  const rows = ({ bytes }) =>
    gunzipSync(bytes)
      .toString()
      .trim()
      .split("\n")
      .map((line) => line.split(","));
  const path = (url) => url.slice(SANDBOX_URL.length);

  test("of messages are pending, complete and downloaded, one at a time", async () => {
    const message = {
      message_type: "email",
      subject: "Hey",
      template: "plain",
      body: "x",
      from: { type: "admin", id: String(ADMIN) },
      to: { type: "user", id: JOHN },
    };
    const { body: sent } = await post("/messages", message);
    const times = { created_at_after: sent.created_at - 9, created_at_before: String(sent.created_at + 9) };
    const jobs = await Promise.all([1, 2].map(() => post("/export/content/data", times)));
    const [{ body: job }] = jobs.filter(({ status }) => status === 200);
    expect(job).toEqual({
      job_identifier: expect.any(String),
      status: "pending",
      download_url: "",
      download_expires_at: "",
    });
    const [busy] = jobs.filter(({ status }) => status !== 200);
    await refused(busy, 429, "rate_limit_exceeded", "Exceeded rate limit of 1 pending message data export jobs");
    await notFound(ask("GET", `/download/content/data/${job.job_identifier}`, undefined, file));
    const show = `/export/content/data/${job.job_identifier}`;
    const done = await eventually(async () => [await get(show)].find(({ status }) => status === "completed"));
    expect(Number(done.download_expires_at)).toBeGreaterThan(Date.now() / 1000);
    const answer = await ask("GET", path(done.download_url), undefined, file);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/octet-stream"]);
    const [header, ...found] = rows(answer);
    expect(found.map((row) => Object.fromEntries(row.map((value, n) => [header[n], value])))).toEqual([
      expect.objectContaining({
        user_id: JOHN,
        user_external_id: "john_doe",
        email: "john@example.com",
        content_id: sent.id,
        content_type: "email",
        content_title: "Hey",
      }),
    ]);
    expect((await ask("GET", path(done.download_url), undefined, { accept: "application/json" })).status).toBe(406);
  });

  test("can be canceled while they are pending", async () => {
    const {
      body: { job_identifier: id },
    } = await post("/export/content/data", { created_at_after: 1, created_at_before: 2 });
    expect((await post(`/export/cancel/${id}`)).body).toMatchObject({ job_identifier: id, status: "canceled" });
    expect((await get(`/export/content/data/${id}`)).status).toBe("canceled");
    expect((await post("/export/content/data", { created_at_after: 1, created_at_before: 2 })).status).toBe(200);
    for (const answer of [post("/export/cancel/x"), ask("GET", "/export/content/data/x")]) await notFound(answer);
    await refused(post("/export/content/data", { created_at_after: 1 }), 400, "parameter_not_found");
    await refused(
      post("/export/content/data", { created_at_after: "soon", created_at_before: 2 }),
      400,
      "parameter_invalid",
    );
  });

  test("of reports have the requested attributes, of the requested time", async () => {
    const {
      data: [dataset],
    } = await get("/export/reporting_data/get_datasets");
    expect(dataset).toMatchObject({ id: "conversation", default_time_attribute_id: "conversation_started_at" });
    const report = {
      dataset_id: "conversation",
      attribute_ids: ["conversation_id", "state"],
      start_time: 1,
      end_time: 4102444800,
    };
    const enqueue = (more = {}) => post("/export/reporting_data/enqueue", { ...report, ...more });
    const {
      body: { job_identifier: id },
    } = await enqueue();
    const { body: empty } = await enqueue({ end_time: 2 });
    const more = await Promise.all([1, 2, 3, 4, 5, 6].map(() => enqueue()));
    const busy = more.filter(({ status }) => status !== 200);
    expect(busy.length).toBeGreaterThan(0);
    for (const answer of busy)
      await refused(
        answer,
        429,
        "rate_limit_exceeded",
        "Exceeded rate limit of 5 pending reporting dataset export jobs",
      );
    const show = (job) => get(`/export/reporting_data/${job}?app_id=x&client_id=y`);
    const { download_url } = await eventually(async () => [await show(id)].find(({ status }) => status === "complete"));
    const found = rows(await ask("GET", path(download_url), undefined, file));
    expect([found.length, found[0]]).toEqual([49, ["conversation_id", "state"]]);
    expect(found).toContainEqual(["1002", "closed"]);
    const none = (
      await eventually(async () => [await show(empty.job_identifier)].find(({ status }) => status === "complete"))
    ).download_url;
    expect(rows(await ask("GET", path(none), undefined, file))).toEqual([["conversation_id", "state"]]);
    await refused(enqueue({ dataset_id: "imaginary" }), 400, "bad_request", "imaginary is not a valid dataset_id");
    for (const job of ["/export/reporting_data/job1", "/download/reporting_data/job1"]) {
      await refused(
        ask("GET", job, undefined, { accept: "*/*" }),
        404,
        "not_found",
        "Export job not found for identifier: job1",
      );
    }
  });
});

describe("Intercom's SDK", () => {
  test("reads each list with page numbers to its end", async () => {
    const sdk = new IntercomClient({ token: "sandbox-token", baseUrl: SANDBOX_URL, maxRetries: 0 });
    for (let n = 0; n < 3; n += 1) await post(`/contacts/${JOHN}/notes`, { body: `${n}` });
    const ended = async (list, most) => {
      const found = [];
      for await (const item of await list) {
        found.push(item);
        expect(found.length).toBeLessThanOrEqual(most);
      }
      return found.length;
    };
    expect(await ended(sdk.companies.list({ per_page: 50 }), 120)).toBe(120);
    expect(await ended(sdk.companies.scroll(), 120)).toBe(120);
    expect(await ended(sdk.articles.list({ per_page: 3 }), 4)).toBe(4);
    expect(await ended(sdk.helpCenters.collections.list({ per_page: 1 }), 2)).toBe(2);
    expect(await ended(sdk.helpCenters.list(), 1)).toBe(1);
    expect(await ended(sdk.notes.list({ contact_id: JOHN, per_page: 2 }), 9)).toBeGreaterThanOrEqual(3);
    expect(
      await ended(sdk.tickets.search({ query: where("open", "=", true), pagination: { per_page: 2 } }), 12),
    ).toBeGreaterThan(2);
  });
});

describe("the operations of these resources", () => {
  test("count towards the rate limit, and fail on demand", async () => {
    await fault("accept_then:502", { method: "POST", path: "/articles" });
    expect((await post("/articles", { title: "Twice?", author_id: ADMIN })).status).toBe(502);
    expect((await get("/articles")).data.map(({ title }) => title)).toContain("Twice?");
    await fault("status:503", { path: "/tickets/*" });
    expect((await ask("GET", "/tickets/2001")).status).toBe(503);
    await reset({ limit_per_10s: 2 });
    const statuses = [];
    for (const path of ["/teams", "/ticket_types", "/articles"]) statuses.push((await ask("GET", path)).status);
    expect(statuses).toEqual([200, 200, 429]);
  });

  test("are reset to the same data with every seed", async () => {
    const everything = async () =>
      Promise.all(["/articles", "/help_center/collections", "/ticket_types", "/tickets/2001", "/teams"].map(get));
    const before = await everything();
    await remove("/articles/41");
    await put("/tickets/2001", { open: false });
    await reset({ seed: 1, limit_per_10s: 100_000 });
    expect(await everything()).toEqual(before);
    await reset({ contacts: 0 });
    expect((await ask("GET", "/tickets/2001")).status).toBe(404);
  });
});

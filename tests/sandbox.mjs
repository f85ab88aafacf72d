// The control endpoints of the sandbox: its logs, its faults, its webhooks and its reset.

const { SANDBOX_URL } = process.env;

async function control(method, path, body) {
  const response = await fetch(`${SANDBOX_URL}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`/_sandbox/${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const listed = (answer, key) => (Array.isArray(answer) ? answer : (answer[key] ?? answer.data));

/** Replaces all data by the seed data, and removes all faults and logs. */
export const reset = (options = {}) => control("POST", "reset", options);
/** Returns the messages that were accepted. */
export const messages = async () => listed(await control("GET", "messages"), "messages");
/** Returns the requests that reached the sandbox. */
export const requests = async () => listed(await control("GET", "requests"), "requests");
/** Makes the next matching request, or the next `times`, fail. */
export const fault = (kind, { method = "*", path = "*", times = 1 } = {}) =>
  control("POST", "faults", { method, path, times, kind });

/** Has the sandbox send a webhook for each change, until the next reset. */
export const subscribe = (subscription) => control("POST", "webhooks", subscription);
/** Sends a notification on demand. */
export const sendWebhook = (notification) => control("POST", "webhooks/send", notification);
/** Returns the number of deliveries by state, and the newest `limit`, oldest first. */
export const deliveries = (limit = 10_000) => control("GET", `webhooks?limit=${limit}`);

/** Sends a request to the sandbox, as version 2.14, without the Worker. `body` is the response's JSON, or its text. */
export async function ask(method, path, body, headers = {}) {
  const response = await fetch(SANDBOX_URL + path, {
    method,
    headers: { authorization: "Bearer sandbox-token", "intercom-version": "2.14", ...headers },
    body: body && JSON.stringify(body),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  const text = bytes.toString();
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: text.startsWith("{") ? JSON.parse(text) : text,
  };
}

/** Sends a request as `ask` does, and returns only the JSON of the response. */
export const intercom = async (method, path, body) => (await ask(method, path, body)).body;

/** Returns all contacts of a role by API 2.x, newest first: the expected sum of the bridge's pages. */
export async function everybody(role) {
  const people = [];
  let after;
  do {
    const page = await intercom("POST", "/contacts/search", {
      query: { field: "role", operator: "=", value: role },
      sort: { field: "created_at", order: "descending" },
      pagination: { per_page: 150, ...(after ? { starting_after: after } : {}) },
    });
    people.push(...page.data);
    after = page.pages.next?.starting_after;
  } while (after);
  return people;
}

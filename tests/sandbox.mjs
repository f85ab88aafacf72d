// The sandbox's own doors: what arrived, what was sent, and what is to go wrong.

const { SANDBOX_URL } = process.env;

async function door(method, path, body) {
  const response = await fetch(`${SANDBOX_URL}/_sandbox/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`/_sandbox/${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const listed = (answer, key) => (Array.isArray(answer) ? answer : (answer[key] ?? answer.data));

/** Puts everything back: the same people, no faults, an empty ledger. */
export const reset = (options = {}) => door("POST", "reset", options);
/** The messages that were accepted. */
export const messages = async () => listed(await door("GET", "messages"), "messages");
/** The requests that arrived. */
export const requests = async () => listed(await door("GET", "requests"), "requests");
/** Makes the next request, or the next `times`, to go wrong. */
export const fault = (kind, { method = "*", path = "*", times = 1 } = {}) =>
  door("POST", "faults", { method, path, times, kind });

/** Asks the sandbox as Intercom, pinned to 2.14, without the Worker. `body` is the response's JSON, or its text. */
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

/** The same, for the JSON alone. */
export const intercom = async (method, path, body) => (await ask(method, path, body)).body;

/** Everybody of a role, newest first, by API 2.x: what the bridge's pages must add up to. */
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

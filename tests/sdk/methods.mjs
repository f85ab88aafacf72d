// Every method of Intercom's own SDK, with what its own documentation calls it with.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { IntercomClient } from "intercom-client";
import { found } from "./call.mjs";

const SDK = dirname(createRequire(import.meta.url).resolve("intercom-client"));

/** What no field of Intercom's is called: an SDK sends it as it stands, and so must the Worker. */
const MORE = {
  more_of_it: {
    text: 'naïve — “日本語” 👩‍👩‍👧 \u2028 \\ " </script> %2F',
    none: null,
    yes: true,
    // biome-ignore lint/correctness/noPrecisionLoss: JavaScript rounds it, and the SDK sends what JavaScript has
    numbers: [0, -1, 1.5, 1e21, 9007199254740993, 1e-7],
    nested: [{ "a.b": { "": [[], {}] } }, "last"],
  },
};

/**
 * `{ name: "contacts.find", method, path, takesRequest, request }` of each, in the SDK's order.
 * `method` and `path`, with its parameters in braces, are what the SDK itself says of the call;
 * `request` is plain JSON, so that a page can be handed the list.
 */
export function methods() {
  const documented = documentedCalls();
  const client = new IntercomClient({ token: "none" });
  return [...names(client)].map((name) => {
    const call = documented.get(name);
    if (!call) throw new Error(`${name} is in the SDK, but not in its documentation`);
    const [resource, method] = found(client, name);
    const takesRequest = /^\w+\(request\b/.test(resource[method].toString());
    return enriched({ name, takesRequest, ...call });
  });
}

/** The same call with a body that is worth comparing, where it writes one. */
function enriched(call) {
  const { method, takesRequest, request } = call;
  if (method === "GET" || !takesRequest) return call;
  const whole = isObject(request?.body) ? { ...request, body: { ...request.body, ...MORE } } : { ...request, ...MORE };
  return { ...call, request: whole };
}

/** The names of a client's methods, found by looking at the client: `helpCenters.collections.find`. */
function* names(client, path = []) {
  for (const [key, { get, value }] of Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(client)))) {
    if (get) yield* names(client[key], [...path, key]);
    else if (typeof value === "function" && key !== "constructor" && !key.startsWith("__"))
      yield [...path, key].join(".");
  }
}

/** Every call that is written down in the SDK's source: `GET /contacts/{contact_id}`. */
export const literals = () =>
  sources().flatMap((source) => [...source.matchAll(LITERAL)].map(([, method, path]) => `${method} ${path}`));

const LITERAL = /handleNonStatusCodeError\)\(_response\.error, _response\.rawResponse, "([A-Z]+)", "([^"]+)"\)/g;
/** A method's documentation, and the method as far as the literal in it. */
const DOCUMENTED = new RegExp(
  String.raw`/\*\*((?:(?!\*/).)*?@example(?:(?!\*/).)*)\*/` +
    String.raw`(?:(?!/\*\*).)*?handleNonStatusCodeError\)\([^"]*"([A-Z]+)", "([^"]+)"\)`,
  "gs",
);

function sources() {
  const files = readdirSync(SDK, { recursive: true }).filter((file) => file.endsWith("Client.js"));
  return files.sort().map((file) => readFileSync(join(SDK, file), "utf8"));
}

function documentedCalls() {
  const calls = new Map();
  for (const source of sources()) {
    for (const [, comment, method, path] of source.matchAll(DOCUMENTED)) {
      const [, ...examples] = comment.replace(/^ *\* ?/gm, "").split(/^@example$/m);
      // The longest says most.
      const [longest] = examples.sort((a, b) => b.length - a.length);
      const { name, args } = evaluated(longest);
      calls.set(name, { method, path, request: args[0] });
    }
  }
  return calls;
}

/** What an example calls, and with what, by letting it call nothing but a note of both. */
function evaluated(example) {
  const noted = (name) =>
    new Proxy(() => {}, {
      get: (_, key) => noted([...name, key]),
      apply: (_, __, args) => ({ name: name.join("."), args }),
    });
  return new Function("client", `return ${example.trim().replace(/^await /, "")}`)(noted([]));
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

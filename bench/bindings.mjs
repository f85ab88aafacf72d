// What the Workers are given in a bench. A new setting or binding is added here; what our Worker
// finds neither here nor below has the value of wrangler.toml.
import { callerKeyEntry } from "../cli/keys/caller-key.mjs";
import { origin } from "./cases.mjs";

/** What all of them are given. */
export const common = ({ intercom, callerKey }) => ({
  INTERCOM_API_URL: intercom,
  INTERCOM_ACCESS_TOKEN: "dG9rOmJlbmNoLXRva2VuLW9mLWEtbGlmZWxpa2UtbGVuZ3Ro",
  CALLER_KEYS: JSON.stringify([callerKeyEntry("bench", callerKey, { scopes: ["*"] })]),
  ALLOWED_ORIGINS: `${origin},https://other.example`,
});

/** Ours, with what the Hono Worker has: no line in a log, no limit on callers. */
export const sameFeatures = { REQUEST_LOG: "false" };

/** Ours, with all that a forwarded call can meet. A binding of the type `rate-limit` is rate-limit.mjs. */
export const everythingOn = { REQUEST_LOG: "true", CALLER_LIMIT: { type: "rate-limit" } };

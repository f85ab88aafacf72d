// The measure: the Worker that a competent team would write on Hono, with the features of ours that
// a forwarded call meets. Settings are read once, and the answer is built in one call.
import { env } from "cloudflare:workers";
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { cors } from "hono/cors";
import { HTTPException } from "hono/http-exception";
import { secureHeaders } from "hono/secure-headers";
import { validator } from "hono/validator";
import { z } from "zod";
import { passedHeaders, sentHeaders } from "./headers.mjs";
import { routes } from "./routes.mjs";

const TIMEOUT_MS = 30_000;

const keys = JSON.parse(env.CALLER_KEYS).map(({ sha256 }) => Uint8Array.fromHex(sha256));
const origins = env.ALLOWED_ORIGINS.split(",");
const authorization = `Bearer ${env.INTERCOM_ACCESS_TOKEN}`;

const app = new Hono();

app.use(secureHeaders());
app.use(
  cors({
    origin: origins,
    allowHeaders: ["Authorization", "Content-Type", "Intercom-Version"],
    allowMethods: ["GET", "POST", "PUT", "DELETE"],
    exposeHeaders: passedHeaders,
    maxAge: 7200,
  }),
);
app.use(bearerAuth({ verifyToken }));

for (const [method, path] of routes) app.on(method, path, forward);

const party = z.object({
  type: z.enum(["user", "lead", "contact"]),
  id: z.string().optional(),
  email: z.email().optional(),
});
const message = z.looseObject({
  message_type: z.enum(["email", "in_app", "inapp"]),
  subject: z.string().optional(),
  body: z.string().min(1),
  template: z.enum(["plain", "personal"]).optional(),
  from: z.object({ type: z.literal("admin"), id: z.union([z.string(), z.number()]) }),
  to: z.union([party, z.array(party)]),
});

const validMessage = validator("json", (value, c) => {
  const { data, error } = message.safeParse(value);
  if (data) return data;
  const [{ path, message: reason }] = error.issues;
  return c.json(errorList("parameter_invalid", reason, path.join(".")), 400);
});

app.post("/messages", validMessage, (c) => send(c, JSON.stringify(c.req.valid("json"))));

app.notFound((c) => c.json(errorList("not_found", "The requested resource was not found"), 404));

app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  if (error.name === "TimeoutError") return c.json(errorList("gateway_timeout", "Intercom didn't answer in time"), 504);
  return c.json(errorList("bad_gateway", "The connection to Intercom failed"), 502);
});

async function verifyToken(token) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token));
  return keys.some((key) => crypto.subtle.timingSafeEqual(key, digest));
}

function forward(c) {
  return send(c, c.req.raw.body);
}

async function send(c, body) {
  const request = c.req.raw;
  const { pathname, search } = new URL(request.url);
  const headers = {};
  for (const name of sentHeaders) {
    const value = request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  headers.authorization = authorization;
  headers["intercom-version"] = request.headers.get("intercom-version") ?? "2.14";

  const answer = await fetch(env.INTERCOM_API_URL + pathname + search, {
    method: request.method,
    headers,
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });

  const passed = { "cache-control": "no-store" };
  for (const name of passedHeaders) {
    const value = answer.headers.get(name);
    if (value !== null) passed[name] = value;
  }
  return c.body(answer.body, answer.status, passed);
}

function errorList(code, message, field) {
  return { type: "error.list", request_id: crypto.randomUUID(), errors: [{ code, message, field }] };
}

export default app;

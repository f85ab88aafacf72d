// Tokens of OpenID providers let in whom they are made for, and nobody else: the attacks of RFC 8725
// (JSON Web Token Best Current Practices), by its sections, and key servers that fail. What needs a
// clock, such as an hour going by, is tested in src/edge/access/token/key_cache.rs.

import { Buffer } from "node:buffer";
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimPorts } from "../../cli/run/ports.mjs";
import { root } from "../../scripts/paths.mjs";
import { serve, standIn, told } from "../gate.mjs";
import { firstError } from "../worker.mjs";

const V2 = { "intercom-version": "2.14" };
const ANN = "ann@example.com";

// Keys ---------------------------------------------------------------------------------------------

const rsa = (bits = 2048, publicExponent = 65_537) =>
  generateKeyPairSync("rsa", { modulusLength: bits, publicExponent });
const ec = (namedCurve = "P-256") => generateKeyPairSync("ec", { namedCurve });

const keys = {
  rsa: rsa(),
  ec: ec(),
  second: rsa(),
  rotated: rsa(),
  attacker: rsa(),
  attackerEc: ec(),
  weak: rsa(1024),
  three: rsa(2048, 3),
  p384: ec("P-384"),
  encryption: rsa(),
  published: rsa(),
  rs512: rsa(),
};

const jwk = (pair, more = {}) => ({ ...pair.publicKey.export({ format: "jwk" }), ...more });
const SECRET = "a secret that signs and checks alike";

/** What each address of the provider's gives. */
const sets = {
  "/main": {
    keys: [jwk(keys.rsa, { kid: "rsa", use: "sig", alg: "RS256" }), jwk(keys.ec, { kid: "ec" })],
    public_certs: [{}],
  },
  // Another provider with a key of the same name.
  "/second": { keys: [jwk(keys.second, { kid: "rsa" })] },
  "/one": { keys: [jwk(keys.rsa, { kid: "rsa" })] },
  "/many": { keys: [jwk(keys.rsa, { kid: "rsa" }), jwk(keys.second, { kid: "second" })] },
  "/cold": { keys: [jwk(keys.rsa, { kid: "rsa" })] },
  "/rotating": { keys: [jwk(keys.rsa, { kid: "old" })] },
  "/empty": { keys: [] },
  "/attacker": { keys: [jwk(keys.attacker, { kid: "attacker" })] },
  "/strange": {
    keys: [
      jwk(keys.weak, { kid: "weak" }),
      jwk(keys.three, { kid: "three" }),
      jwk(keys.p384, { kid: "p384" }),
      { kty: "oct", kid: "oct", k: Buffer.from(SECRET).toString("base64url") },
      { kty: "OKP", crv: "Ed25519", kid: "okp", x: Buffer.alloc(32, 1).toString("base64url") },
      jwk(keys.encryption, { kid: "encryption", use: "enc" }),
      jwk(keys.rs512, { kid: "rs512", alg: "RS512" }),
      { ...keys.published.privateKey.export({ format: "jwk" }), kid: "published" },
      // Points that aren't on the curve, the origin among them (RFC 8725, section 3.4).
      { ...jwk(keys.ec), kid: "off-curve", y: Buffer.alloc(32, 7).toString("base64url") },
      {
        ...jwk(keys.ec),
        kid: "origin",
        x: Buffer.alloc(32).toString("base64url"),
        y: Buffer.alloc(32).toString("base64url"),
      },
    ],
  },
};

// Tokens -------------------------------------------------------------------------------------------

const now = () => Math.floor(Date.now() / 1000);
const part = (value) => Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

const claims = (more = {}) => ({
  iss: "https://id.example/",
  aud: "edge",
  sub: "ann",
  email: ANN,
  iat: now(),
  exp: now() + 600,
  ...more,
});

const signers = {
  RS256: (signed, { privateKey }) => sign("sha256", signed, privateKey),
  ES256: (signed, { privateKey }) => sign("sha256", signed, { key: privateKey, dsaEncoding: "ieee-p1363" }),
};

/** A token whose payload is replaced by other bytes. */
function withPayload(bytes) {
  const [header, , signature] = token().split(".");
  return [header, bytes.toString("base64url"), signature].join(".");
}

/** A token that is in order but for what is said; `header` and `body` may be texts that aren't JSON. */
function token(
  more = {},
  {
    header = {},
    key = keys.rsa,
    alg = key.privateKey.asymmetricKeyType === "ec" ? "ES256" : "RS256",
    body,
    signature,
  } = {},
) {
  const kid = key === keys.ec ? "ec" : "rsa";
  const head = typeof header === "string" ? header : { alg, typ: "JWT", kid, ...header };
  const signed = `${part(head)}.${part(body ?? claims(more))}`;
  const made = signature ?? signers[alg](Buffer.from(signed), key);
  return `${signed}.${typeof made === "function" ? made(signed) : Buffer.from(made).toString("base64url")}`;
}

/** A token with its signature changed. */
function resigned(change, options) {
  const [header, body, signature] = token({}, options).split(".");
  return `${header}.${body}.${Buffer.from(change(Buffer.from(signature, "base64url"))).toString("base64url")}`;
}

const flipped = (bytes, at) => bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));

/** Algorithm confusion: the public key, which everybody has, as a shared secret. */
function confused(secret) {
  return token(
    {},
    {
      header: { alg: "HS256" },
      signature: (signed) => createHmac("sha256", secret).update(signed).digest("base64url"),
    },
  );
}

// The provider and the Worker ----------------------------------------------------------------------

let server;
let provider;
let intercom;
let worker;
let fetches = [];

const count = (path) => fetches.filter((fetched) => fetched.path === path).length;

const failing = {
  "/500": (_, response) => response.writeHead(500).end("{}"),
  "/404": (_, response) => response.writeHead(404).end(JSON.stringify(sets["/main"])),
  "/html": (_, response) => response.setHeader("content-type", "text/html").end("<!doctype html><h1>Sign in</h1>"),
  "/no-keys": (_, response) => response.end(JSON.stringify({ error: "nothing here" })),
  "/redirect": (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
  "/huge": (_, response) => response.end(JSON.stringify({ ...sets["/main"], more: "x".repeat(70_000) })),
  "/slow": () => {},
  "/late": (_, response) => setTimeout(() => response.end(JSON.stringify(sets["/one"])), 1000),
  "/slow-body": (_, response) => response.write('{"keys":['),
  "/cut": (_, response) => {
    response.writeHead(200, { "content-length": "5000" }).write('{"keys":[');
    setTimeout(() => response.destroy(), 50);
  },
};

const answer = (request, response) => {
  fetches.push({ path: request.url, headers: request.headers });
  const set = sets[request.url];
  if (!set && !failing[request.url]) return response.writeHead(404).end();
  if (!set) return failing[request.url](request, response);
  // So that what comes at once meets a fetch under way.
  return setTimeout(() => response.end(JSON.stringify(set)), 100);
};

const SCOPES = { [ANN]: ["*"], "*": ["admins:read", "contacts:read"] };

/** The setting that docs/tokens.md shows: were it malformed, no token would be taken. */
function documented() {
  const page = readFileSync(join(root, "docs/tokens.md"), "utf8");
  return JSON.parse(page.match(/TOKEN_ISSUERS = '''(.+?)'''/s)[1]);
}

function issuers(closedPort) {
  const entry = (name, path, more = {}) => ({
    name,
    issuer: `https://${name}.example/`,
    audience: "edge",
    jwks: `${provider}${path}`,
    claim: "email",
    scopes: SCOPES,
    ...more,
  });
  return [
    entry("id", "/main", { audience: ["edge", "edge-too"] }),
    entry("second", "/second"),
    entry("rs256", "/main", { algorithms: ["RS256"] }),
    entry("typed", "/main", { type: "at+jwt" }),
    entry("one", "/one"),
    entry("many", "/many"),
    entry("scope", "/main", { claim: undefined, scopes: undefined }),
    entry("groups", "/main", {
      claim: ["custom.groups", "common_name"],
      scopes: { staff: ["tags:read"], "robot.access": ["contacts:read"] },
    }),
    ...["cold", "rotating", "empty", "strange", ...Object.keys(failing).map((path) => path.slice(1))].map((name) =>
      entry(name, `/${name}`),
    ),
    ...documented(),
    entry("unreachable", "", { jwks: `http://localhost:${closedPort}/` }),
  ];
}

beforeAll(async () => {
  server = http.createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  provider = `http://127.0.0.1:${server.address().port}`;
  const { closed } = await claimPorts({ closed: 0 });
  intercom = await standIn();
  worker = await serve("tokens", intercom, { vars: { TOKEN_ISSUERS: JSON.stringify(issuers(closed)) } });
});

afterAll(async () => {
  await worker?.stop();
  await intercom?.stop();
  await new Promise((resolve) => server.close(resolve).closeAllConnections());
});

beforeEach(() => {
  intercom.arrived = [];
  fetches = [];
});

/** The two ways in which a token comes. */
const carriers = {
  authorization: (text) => ({ authorization: `Bearer ${text}` }),
  "cf-access-jwt-assertion": (text) => ({ authorization: null, "cf-access-jwt-assertion": text }),
};

const call = (path, text, carrier = "authorization") =>
  worker.ask(path, { headers: { ...V2, ...carriers[carrier](text) } });
const whoami = async (text, carrier) => (await call("/edge/whoami", text, carrier)).body;

/** The line of an answer in the Worker's log. */
async function lineOf({ headers }) {
  const id = headers.get("x-request-id");
  const find = () =>
    worker
      .log()
      .split("\n")
      .find((line) => line.includes(`"id":"${id}"`));
  await expect.poll(find).toBeTruthy();
  return find();
}

/** A token is 401 either way, for this reason. The log names a check, and nothing of the token is repeated. */
async function refused(text, reason) {
  for (const carrier of Object.keys(carriers)) {
    const answer = await call("/me", text, carrier);
    expect(answer.status, `${carrier}: ${answer.text}`).toBe(401);
    expect(answer.headers.get("x-intercom-edge")).toBe("edge");
    expect(firstError(answer).code).toBe("unauthorized");
    if (reason) {
      expect(firstError(answer).message).toMatch(reason);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer error="invalid_token", error_description="${firstError(answer).message}"`,
      );
    }
    const line = await lineOf(answer);
    if (reason) expect(JSON.parse(line).cause).toMatch(/^token: [a-z_]+$/);
    const said = answer.text + JSON.stringify([...answer.headers]) + line;
    for (const secret of [ANN, "evil", ...text.split(".").filter((part) => part.length > 8)]) {
      expect(said).not.toContain(secret);
    }
  }
  expect(intercom.arrived).toEqual([]);
}

const each = (cases) => test.each(Object.entries(cases).map(([name, value]) => [name, ...[value].flat()]));

// Who gets in --------------------------------------------------------------------------------------

describe("a token that is in order", () => {
  test.each([
    ["RS256", "authorization", "token", keys.rsa],
    ["RS256", "cf-access-jwt-assertion", "access", keys.rsa],
    ["ES256", "authorization", "token", keys.ec],
    ["ES256", "cf-access-jwt-assertion", "access", keys.ec],
  ])("signed by %s and sent by %s lets its bearer in", async (_, carrier, credential, key) => {
    const exp = now() + 300;
    const text = token({ exp }, { key });
    expect((await call("/me", text, carrier)).status).toBe(200);
    const [{ headers }] = intercom.arrived;
    expect(headers.authorization).toBe(`Bearer ${process.env.ACCESS_TOKEN}`);
    expect(JSON.stringify(headers)).not.toContain(text);

    const who = await whoami(text, carrier);
    expect(who).toMatchObject({ expires_at: exp, credential });
    expect(who.name).toBe(
      `id:${createHash("sha256").update("https://id.example/\nsub\nann").digest("hex").slice(0, 16)}`,
    );
    expect(who.scopes).toContain("edge:admin");
  });

  test("has no need of what isn't required, and may have more", async () => {
    const fine = [
      token({ aud: ["other", "edge-too"] }),
      token({ iat: undefined }),
      token({ nbf: now() - 5, jti: "x", nonce: "y" }),
      token({ exp: now() + 600.5 }),
      token({}, { header: { typ: undefined } }),
      token({}, { header: { typ: "application/at+JWT" } }),
      token({}, { header: { jku: `${provider}/attacker`, cty: "x", more: [] } }),
      token({ iss: "https://one.example/" }, { header: { kid: undefined } }),
    ];
    for (const text of fine) expect((await call("/me", text)).status).toBe(200);
  });

  test("may be a minute off by its own clock", async () => {
    for (const more of [{ exp: now() - 30 }, { nbf: now() + 30, iat: now() + 30 }]) {
      expect((await call("/edge/whoami", token(more))).status).toBe(200);
    }
    await refused(token({ exp: now() - 90 }), /it has expired/);
    await refused(token({ nbf: now() + 120 }), /it isn't valid yet/);
    await refused(token({ iat: now() + 120 }), /it isn't valid yet/);
  });

  test("gives the scopes that its claims map to, and no others", async () => {
    const scopes = async (more) => (await whoami(token(more))).scopes;
    expect(await scopes({ email: "bob@example.com" })).toEqual(["admins:read", "contacts:read"]);
    expect(await scopes({ email: "*" })).toEqual(["admins:read", "contacts:read"]);
    expect(await scopes({ email_verified: false })).toEqual(["admins:read", "contacts:read"]);
    const groups = { iss: "https://groups.example/" };
    expect(await scopes({ ...groups, custom: { groups: ["other", "staff"] } })).toEqual(["tags:read"]);
    expect(await scopes({ ...groups, groups: ["staff"] })).toEqual([]);
    const scope = { iss: "https://scope.example/" };
    expect(await scopes({ ...scope, scope: "openid contacts:read nonsense" })).toEqual(["contacts:read"]);

    const answer = await call("/tags", token({ email: "bob@example.com" }));
    expect(answer.status).toBe(403);
    expect((await call("/me", token({ ...scope, scope: "openid" }))).status).toBe(403);
    expect(intercom.arrived).toEqual([]);
  });

  test("of Cloudflare Access's service tokens has no subject but a name", async () => {
    const text = token({
      iss: "https://groups.example/",
      sub: "",
      email: undefined,
      common_name: "robot.access",
      type: "app",
    });
    const who = await whoami(text, "cf-access-jwt-assertion");
    expect(who).toMatchObject({ scopes: ["contacts:read"], credential: "access" });
    expect(who.name).toMatch(/^groups:[0-9a-f]{16}$/);
  });

  test("names its bearer alone", async () => {
    const name = async (more, options) => (await whoami(token(more, options))).name;
    const ann = await name({});
    expect(await name({ email: "x@example.com", exp: now() + 60 }, { key: keys.ec })).toBe(ann);
    const others = [await name({ sub: "bob" }), await name({ iss: "https://second.example/" }, { key: keys.second })];
    expect(new Set([ann, ...others].map((name) => name.split(":")[1])).size).toBe(3);
  });

  test("stands beside caller keys", async () => {
    const answer = await worker.ask("/edge/whoami");
    expect(answer.body).toMatchObject({ name: "all", credential: "key" });
  });
});

// The attacks of RFC 8725 --------------------------------------------------------------------------

const NOT_ALLOWED = /its algorithm isn't allowed/;
const WRONG = /its signature is wrong/;
const UNKNOWN = /its issuer has no such key/;
const publicPem = keys.rsa.publicKey.export({ format: "pem", type: "spki" });

describe("2.1, 3.1 and 3.2: the algorithm isn't the attacker's to choose", () => {
  each({
    ...Object.fromEntries(
      ["none", "None", "NONE", "nOnE"].map((alg) => [
        `${alg}, without a signature`,
        [() => token({}, { header: { alg }, signature: "" }), NOT_ALLOWED],
      ]),
    ),
    "none, with a signature": [() => token({}, { header: { alg: "none" } }), NOT_ALLOWED],
    "none, without the last dot": [() => token({}, { header: { alg: "none" }, signature: "" }).slice(0, -1)],
    "HS256 with the RSA key's PEM as the secret": [() => confused(publicPem), NOT_ALLOWED],
    "HS256 with its DER": [() => confused(keys.rsa.publicKey.export({ format: "der", type: "spki" })), NOT_ALLOWED],
    "HS256 with its JWK": [() => confused(JSON.stringify(sets["/main"].keys[0])), NOT_ALLOWED],
    "HS256 with no secret": [() => confused(""), NOT_ALLOWED],
    "an HMAC called RS256": [
      () => token({}, { signature: (signed) => createHmac("sha256", publicPem).update(signed).digest("base64url") }),
      WRONG,
    ],
    "RS512, rightly signed": [
      () =>
        token(
          {},
          {
            header: { alg: "RS512" },
            signature: (signed) => sign("sha512", Buffer.from(signed), keys.rsa.privateKey).toString("base64url"),
          },
        ),
      NOT_ALLOWED,
    ],
    "SHA-1 called RS256": [
      () =>
        token(
          {},
          { signature: (signed) => sign("sha1", Buffer.from(signed), keys.rsa.privateKey).toString("base64url") },
        ),
      WRONG,
    ],
    "an algorithm that this issuer doesn't sign with": [
      () => token({ iss: "https://rs256.example/" }, { key: keys.ec }),
      NOT_ALLOWED,
    ],
    "an RSA key named for ES256": [
      () => token({}, { key: keys.attackerEc, header: { kid: "rsa" } }),
      /isn't that of its key/,
    ],
    "an EC key named for RS256": [
      () => token({}, { key: keys.attacker, header: { kid: "ec" } }),
      /isn't that of its key/,
    ],
    "no algorithm": [() => token({}, { header: { alg: undefined } }), NOT_ALLOWED],
    "a list of algorithms": [() => token({}, { header: { alg: ["RS256"] } }), /its header is malformed/],
    "in lower case": [() => token({}, { header: { alg: "rs256" } }), NOT_ALLOWED],
  })("%s", (_, make, reason) => refused(make(), reason));
});

describe("3.3: every signature is checked, whole", () => {
  each({
    none: [() => token({}, { signature: "" }), WRONG],
    "cut short": [() => resigned((bytes) => bytes.subarray(0, -1)), WRONG],
    longer: [() => resigned((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])), WRONG],
    "one bit flipped at its start": [() => resigned((bytes) => flipped(bytes, 0)), WRONG],
    "one bit flipped at its end": [() => resigned((bytes) => flipped(bytes, bytes.length - 1)), WRONG],
    zeros: [() => resigned((bytes) => bytes.fill(0)), WRONG],
    "of somebody else's key": [() => token({}, { key: keys.attacker }), WRONG],
    "of another token": [
      () => `${token({ sub: "root" }).split(".").slice(0, 2).join(".")}.${token().split(".")[2]}`,
      WRONG,
    ],
    "with another payload": [
      () => {
        const [h, , s] = token().split(".");
        return `${h}.${part(claims({ email: "eve@example.com" }))}.${s}`;
      },
      WRONG,
    ],
    "with another header": [
      () => {
        const [, p, s] = token().split(".");
        return `${part({ alg: "RS256", kid: "rsa" })}.${p}.${s}`;
      },
      WRONG,
    ],
    "ES256: cut short": [() => resigned((bytes) => bytes.subarray(0, 63), { key: keys.ec }), WRONG],
    "ES256: one bit flipped": [() => resigned((bytes) => flipped(bytes, 40), { key: keys.ec }), WRONG],
    "ES256: r and s are zero": [() => resigned(() => Buffer.alloc(64), { key: keys.ec }), WRONG],
    "ES256: s is zero": [() => resigned((bytes) => bytes.fill(0, 32), { key: keys.ec }), WRONG],
    "ES256: r and s beyond the order": [() => resigned(() => Buffer.alloc(64, 0xff), { key: keys.ec }), WRONG],
    "ES256: in DER": [
      () =>
        token(
          {},
          {
            key: keys.ec,
            signature: (signed) => sign("sha256", Buffer.from(signed), keys.ec.privateKey).toString("base64url"),
          },
        ),
      WRONG,
    ],
    "ES256: of somebody else's key": [() => token({}, { key: keys.attackerEc, header: { kid: "ec" } }), WRONG],
  })("a signature that is %s", (_, make, reason) => refused(make(), reason));
});

describe("2.2, 2.5, 3.4 and 3.5: a key that the issuer names must be sound", () => {
  const strange = (kid, key) => () => token({ iss: "https://strange.example/" }, { header: { kid }, key });
  each({
    "an RSA key of 1024 bits": [strange("weak", keys.weak), /its key is too weak/],
    "an RSA key with the exponent 3": [strange("three", keys.three), /its key is too weak/],
    "a key of P-384": [
      () => token({ iss: "https://strange.example/" }, { header: { kid: "p384" }, alg: "ES256", key: keys.p384 }),
      /of an unsupported type/,
    ],
    "a shared secret": [
      () =>
        token(
          { iss: "https://strange.example/" },
          {
            header: { kid: "oct" },
            signature: (signed) => createHmac("sha256", SECRET).update(signed).digest("base64url"),
          },
        ),
      /is no longer secret/,
    ],
    "a shared secret, and HS256": [
      () =>
        token(
          { iss: "https://strange.example/" },
          {
            header: { kid: "oct", alg: "HS256" },
            signature: (signed) => createHmac("sha256", SECRET).update(signed).digest("base64url"),
          },
        ),
      NOT_ALLOWED,
    ],
    "a key of Ed25519": [strange("okp", keys.rsa), /of an unsupported type/],
    "a key for encryption": [strange("encryption", keys.encryption), /isn't for signatures/],
    "a key for RS512": [strange("rs512", keys.rs512), /for another algorithm/],
    "a private key that the set gives away": [strange("published", keys.published), /is no longer secret/],
    "a point that isn't on the curve": [strange("off-curve", keys.attackerEc), /its key is malformed/],
    "the origin, which is no point": [strange("origin", keys.attackerEc), /its key is malformed/],
  })("%s", (_, make, reason) => refused(make(), reason));
});

describe("2.6 and 3.7: a token is read in one way only", () => {
  const raw = (body) => () => token({}, { body });
  each({
    "a claim twice": [
      () => token({}, { body: `${JSON.stringify(claims()).slice(0, -1)},"aud":"edge"}` }),
      /plain JSON/,
    ],
    "a claim twice, once escaped": [
      () => token({}, { body: `${JSON.stringify(claims()).slice(0, -1)},"\\u0073ub":"root"}` }),
      /plain JSON/,
    ],
    "the algorithm twice": [() => token({}, { header: '{"alg":"none","alg":"RS256","kid":"rsa"}' }), /plain JSON/],
    "a payload in UTF-16": [() => withPayload(Buffer.from(JSON.stringify(claims()), "utf16le")), /plain JSON/],
    "a payload that isn't UTF-8": [
      () => withPayload(Buffer.from([...Buffer.from('{"sub":"'), 0xff, ...Buffer.from('"}')])),
      /plain JSON/,
    ],
    "a payload with a byte order mark": [() => token({}, { body: `\ufeff${JSON.stringify(claims())}` }), /plain JSON/],
    "a payload with half a surrogate pair": [raw('{"sub":"\\ud800"}'), /plain JSON/],
    "a payload that is a list": [raw("[]"), /plain JSON/],
    "a payload that is null": [raw("null"), /plain JSON/],
    "a payload that is a text": [raw('"admin"'), /plain JSON/],
    "a payload that isn't JSON": [raw("{'sub':'ann'}"), /plain JSON/],
    "a payload of many brackets": [raw("[".repeat(4000)), /plain JSON/],
    "a header that is no object": [() => token({}, { header: '["RS256"]' }), /plain JSON/],
    "a header that isn't JSON": [() => token({}, { header: "RS256" }), /plain JSON/],
    "a token within the token": [() => token({}, { body: token(), header: { cty: "JWT" } }), /plain JSON/],
    "bits beyond the last byte": [
      () => {
        const [h, p] = token().split(".");
        return `${h}.${p}.${"A".repeat(341)}B`;
      },
      /three parts/,
    ],
    padding: [() => `${token()}==`],
    "padding within": [() => token().replace(".", "=.")],
    "base64 of the other alphabet": [
      () => {
        const [h, p] = token().split(".");
        return `${h}.${p}.++//`;
      },
    ],
    "four parts": [() => `${token()}.${part("x")}`],
    "five parts, as if encrypted": [() => `${token({}, { header: { alg: "RSA-OAEP", enc: "A128GCM" } })}.AAAA.AAAA`],
    "three parts that say they are encrypted": [
      () => token({}, { header: { enc: "A128GCM" } }),
      /an unsupported extension/,
    ],
    "two parts": [() => token().split(".").slice(0, 2).join(".")],
    "many dots": [() => ".".repeat(3000)],
    "letters that aren't ASCII": [() => `${token()}é`],
    "JSON serialization": [
      () => {
        const [h, p, s] = token().split(".");
        return JSON.stringify({ protected: h, payload: p, signature: s });
      },
    ],
    "8 KiB": [() => token({ more: "x".repeat(6000) }), /longer than 8 KiB/],
    "as much as fits a header": [() => token({ more: "x".repeat(9000) }), /longer than 8 KiB/],
  })("%s", (_, make, reason) => refused(make(), reason));
});

describe("2.9, 3.8 and 3.9: the issuer, the subject and the audience are checked", () => {
  const OTHER = /its issuer isn't configured/;
  const AUDIENCE = /for another audience/;
  each({
    "an issuer that nobody named": [() => token({ iss: "https://evil.example/" }), OTHER],
    "no issuer": [() => token({ iss: undefined }), OTHER],
    "a list of issuers": [() => token({ iss: ["https://id.example/"] }), OTHER],
    "an issuer without its slash": [() => token({ iss: "https://id.example" }), OTHER],
    "an issuer in capitals": [() => token({ iss: "https://ID.example/" }), OTHER],
    "an issuer with more at its end": [() => token({ iss: "https://id.example/evil" }), OTHER],
    "the key of another issuer that is trusted too": [() => token({}, { key: keys.second }), WRONG],
    "the same, the other way round": [() => token({ iss: "https://second.example/" }), WRONG],
    "a key that only another issuer has": [() => token({ iss: "https://second.example/" }, { key: keys.ec }), UNKNOWN],
    "no subject": [() => token({ sub: undefined }), /no subject/],
    "an empty subject": [() => token({ sub: "" }), /no subject/],
    "a subject that is a number": [() => token({ sub: 1 }), /its subject is malformed/],
    "another audience": [() => token({ aud: "evil" }), AUDIENCE],
    "another issuer's audience": [() => token({ iss: "https://one.example/", aud: "edge-too" }), AUDIENCE],
    "a list of other audiences": [() => token({ aud: ["evil", "worse"] }), AUDIENCE],
    "an empty list of audiences": [() => token({ aud: [] }), AUDIENCE],
    "no audience": [() => token({ aud: undefined }), AUDIENCE],
    "an audience in capitals": [() => token({ aud: "EDGE" }), AUDIENCE],
    "an audience that begins alike": [() => token({ aud: "edge-evil" }), AUDIENCE],
    "audiences in one text": [() => token({ aud: "edge edge-too" }), AUDIENCE],
    "an audience that is an object": [() => token({ aud: { edge: "edge" } }), AUDIENCE],
    "a list with more than texts": [() => token({ aud: ["edge", 1] }), AUDIENCE],
  })("%s", (_, make, reason) => refused(make(), reason));
});

describe("a token without sound times", () => {
  const TIME = /isn't a number of seconds/;
  each({
    "no end": [{ exp: undefined }, /it has no expiry/],
    "an end that is null": [{ exp: null }, TIME],
    "an end that is a text": [{ exp: String(now() + 600) }, TIME],
    "an end that is negative": [{ exp: -1 }, TIME],
    "an end in milliseconds": [{ exp: (now() + 600) * 1000 }, TIME],
    "an end beyond all time": [{ exp: 1e300 }, TIME],
    "an end at the beginning of time": [{ exp: 0 }, /it has expired/],
    "an end long ago": [{ exp: now() - 86_400 }, /it has expired/],
    "a start that is a text": [{ nbf: "0" }, TIME],
    "a start to come": [{ nbf: now() + 3600 }, /isn't valid yet/],
    "a time of issue to come": [{ iat: now() + 3600 }, /isn't valid yet/],
  })("%s", (_, more, reason) => refused(token(more), reason));
});

describe("2.9 and 3.10: a header is a claim like others", () => {
  each({
    "a path": "../../../../dev/null",
    "a query": "rsa' OR '1'='1",
    "a command": "rsa; curl evil.example",
    "an address": "http://169.254.169.254/evil",
    "a name of JavaScript's": "__proto__",
    nothing: "",
    "a NUL behind the right one": "rsa\u0000",
    "the right one in capitals": "RSA",
    long: "k".repeat(4000),
    "not ASCII": "ключ",
  })("a key name that is %s", (_, kid) => refused(token({}, { header: { kid } }), UNKNOWN));

  test("a key name that is no text", () => refused(token({}, { header: { kid: 1 } }), /its header is malformed/));

  test("a key or its address in the header isn't looked at, and nothing is fetched from there", async () => {
    const pem = keys.attacker.publicKey.export({ format: "der", type: "spki" }).toString("base64");
    for (const more of [
      { jku: `${provider}/attacker` },
      { x5u: `${provider}/attacker` },
      { jwk: jwk(keys.attacker) },
      { x5c: [pem] },
      { jku: `${provider}/attacker`, jwk: jwk(keys.attacker), x5c: [pem], "x5t#S256": "x" },
    ]) {
      await refused(token({}, { key: keys.attacker, header: more }), WRONG);
      await refused(token({}, { key: keys.attacker, header: { ...more, kid: "attacker" } }), UNKNOWN);
      await refused(
        token({ iss: "https://one.example/" }, { key: keys.attacker, header: { ...more, kid: undefined } }),
        WRONG,
      );
    }
    expect(count("/attacker")).toBe(0);
  });

  test("a token must name its key where the issuer has several", () =>
    refused(token({ iss: "https://many.example/" }, { header: { kid: undefined } }), /several keys of its issuer fit/));

  each({
    crit: { crit: ["exp"] },
    "crit of what isn't there": { crit: ["http://example.com/undefined"], "http://example.com/undefined": true },
    "crit without a name": { crit: [] },
    b64: { b64: false, crit: ["b64"] },
    "b64 without crit": { b64: false },
    compression: { zip: "DEF" },
  })("an extension, %s", (_, header) => refused(token({}, { header }), /an unsupported extension/));
});

describe("2.8, 3.11 and 3.12: a token for something else is no token for this", () => {
  const KIND = /a token of another type/;
  each({
    "an ID token for a client of the same provider": [
      () => token({ aud: "client-id", nonce: "n" }),
      /another audience/,
    ],
    "the global session token of Cloudflare Access": [() => token({ aud: "team", type: "org" }), /another audience/],
    "a logout token": [() => token({ events: {} }, { header: { typ: "logout+jwt" } }), KIND],
    "a security event": [() => token({}, { header: { typ: "secevent+jwt" } }), KIND],
    "a proof of possession": [() => token({}, { header: { typ: "dpop+jwt" } }), KIND],
    "an unnamed kind": [() => token({}, { header: { typ: "" } }), KIND],
    "an ID token where access tokens are asked for": [() => token({ iss: "https://typed.example/" }), KIND],
    "one that doesn't say where it is asked": [
      () => token({ iss: "https://typed.example/" }, { header: { typ: undefined } }),
      KIND,
    ],
  })("%s", (_, make, reason) => refused(make(), reason));

  test("an access token where access tokens are asked for gets in", async () => {
    const text = token({ iss: "https://typed.example/" }, { header: { typ: "at+jwt" } });
    expect((await call("/me", text)).status).toBe(200);
  });
});

// Key servers --------------------------------------------------------------------------------------

test("keys are fetched once, however many ask at once, and nothing of a caller's goes along", async () => {
  const text = token({ iss: "https://cold.example/" });
  const answers = await Promise.all(Array.from({ length: 20 }, () => call("/me", text)));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(fetches.map(({ path }) => path)).toEqual(["/cold"]);
  const [{ headers }] = fetches;
  expect(headers.accept).toBe("application/json");
  for (const name of ["authorization", "cookie", "cf-access-jwt-assertion"])
    expect(headers, name).not.toHaveProperty(name);
  expect(JSON.stringify(headers)).not.toContain(process.env.ACCESS_TOKEN);
});

test("whoever hangs up while keys are fetched holds nobody up", async () => {
  const headers = { authorization: `Bearer ${token({ iss: "https://late.example/" })}` };
  const gone = fetch(`${worker.url}/edge/whoami`, { headers, signal: AbortSignal.timeout(300) });
  await expect(gone).rejects.toThrow();
  const answers = await Promise.all([1, 2].map(() => worker.ask("/edge/whoami", { headers })));
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(count("/late")).toBeLessThanOrEqual(2);
});

test("a new key is fetched when a token names it, once a minute at most", async () => {
  const iss = "https://rotating.example/";
  const old = () => token({ iss }, { header: { kid: "old" } });
  const rotated = () => token({ iss }, { header: { kid: "new" }, key: keys.rotated });
  expect((await call("/edge/whoami", old())).status).toBe(200);
  expect(count("/rotating")).toBe(1);

  sets["/rotating"] = { keys: [jwk(keys.rotated, { kid: "new" })] };
  // By who comes later: in one request nothing is fetched twice.
  await sleep(20);
  const answers = await Promise.all(Array.from({ length: 10 }, () => call("/edge/whoami", rotated())));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  expect(count("/rotating")).toBe(2);

  // The old key is gone, and forged names don't have the provider asked again.
  await refused(old(), UNKNOWN);
  for (let at = 0; at < 10; at += 1) await refused(token({ iss }, { header: { kid: `forged-${at}` } }), UNKNOWN);
  expect((await call("/edge/whoami", rotated())).status).toBe(200);
  expect(count("/rotating")).toBe(2);
});

test("a provider that has withdrawn all its keys lets nobody in", () =>
  refused(token({ iss: "https://empty.example/" }), UNKNOWN));

test("a token that is refused anyway has nothing fetched", async () => {
  const iss = "https://500.example/";
  await refused(token({ iss, exp: now() - 600 }), /it has expired/);
  await refused(token({ iss }, { header: { alg: "none" } }), NOT_ALLOWED);
  await refused(token({ iss }, { header: { typ: "logout+jwt" } }), /another type/);
  expect(fetches).toEqual([]);
});

test.each([
  ["500", /status 200/],
  ["404", /status 200/],
  ["html", /isn't a key set/],
  ["no-keys", /isn't a key set/],
  ["redirect", /status 200/],
  ["huge", /longer than 64 KiB/],
  ["cut", /broke off/],
  ["slow", /within 5 seconds/],
  ["slow-body", /5 seconds/],
  ["unreachable", /the connection failed/],
])(
  "keys that can't be had, %s, are 503 with the time to come back, and aren't asked for at once",
  async (name, reason) => {
    const text = token({ iss: `https://${name}.example/` });
    const answers = [await call("/me", text), await call("/me", text, "cf-access-jwt-assertion")];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("x-intercom-edge")).toBe("edge");
      expect(firstError(answer).code).toBe("service_unavailable");
      expect(firstError(answer).message).toMatch(`The keys of the token issuer ${name} can't be fetched`);
      expect(firstError(answer).message).toMatch(reason);
      expect(Number(answer.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
      expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(10);
      expect(answer.text).not.toContain(provider);
    }
    expect(count(`/${name}`)).toBe(name === "unreachable" ? 0 : 1);
    expect(count("/elsewhere")).toBe(0);
    expect(intercom.arrived).toEqual([]);
    // Tokens of other issuers aren't held up.
    expect((await call("/edge/whoami", token())).status).toBe(200);
  },
);

// The setting --------------------------------------------------------------------------------------

test("a malformed TOKEN_ISSUERS lets no token in, and the answer names the setting only", async () => {
  const [good] = issuers(1);
  const settings = [[good, { ...good, name: "b", issuer: "https://b.example/", algorithms: ["HS256"] }], { good }];
  const vars = settings.map((setting) => ({ vars: { TOKEN_ISSUERS: JSON.stringify(setting) } }));
  const answers = await told("tokens-malformed", vars, "/me", token());
  expect(answers.map(({ status }) => status)).toEqual([401, 401]);
  expect(answers.map((answer) => firstError(answer).message)).toEqual([
    "TOKEN_ISSUERS is malformed: entry 2: algorithms are RS256 and ES256",
    "TOKEN_ISSUERS is malformed: it is a JSON array, and no object names a member twice",
  ]);
  expect(fetches).toEqual([]);
});

// The log ------------------------------------------------------------------------------------------

test.each([
  ["size", () => token({ more: "x".repeat(9000) })],
  ["algorithm", () => token({}, { header: { alg: "HS256" }, alg: "RS256" })],
  ["issuer", () => token({ iss: "https://evil.example/" })],
  ["type", () => token({}, { header: { typ: "logout+jwt" } })],
  ["expiry_missing", () => token({ exp: undefined })],
  ["expired", () => token({ exp: now() - 600 })],
  ["not_yet_valid", () => token({ nbf: now() + 600 })],
  ["audience", () => token({ aud: "evil" })],
  ["subject_missing", () => token({ sub: "" })],
  ["key_unknown", () => token({}, { header: { kid: "other" } })],
  ["signature", () => token({}, { key: keys.attacker })],
])("the log says that a token failed the check %s", async (check, make) => {
  const text = make();
  const line = await lineOf(await call("/me", text));
  expect(JSON.parse(line)).toMatchObject({ status: 401, caller: null, cause: `token: ${check}` });
  for (const part of text.split(".")) expect(line).not.toContain(part);
  for (const secret of [ANN, "evil", "logout"]) expect(line).not.toContain(secret);
});

test("the log names bearers by their hash, and holds nothing of a token", async () => {
  const text = token({ sub: "subject-that-nobody-may-see" });
  const { name } = await whoami(text);
  expect((await call("/me", token({ exp: 1 }))).status).toBe(401);
  await expect.poll(() => worker.log()).toContain(name);
  const log = worker.log();
  for (const secret of [ANN, "example.com", "subject-that", ...text.split(".").slice(1)]) {
    expect(log).not.toContain(secret);
  }
});

// The signatures of webhooks, by WebCrypto.

const ALGORITHM = { name: "HMAC", hash: "SHA-1" };
const encoder = new TextEncoder();

/** The imported keys by secret: an isolate has few. */
const keys = new Map();

async function keyOf(secret) {
  let key = keys.get(secret);
  if (key === undefined) {
    key = await crypto.subtle.importKey("raw", encoder.encode(secret), ALGORITHM, false, ["verify"]);
    keys.set(secret, key);
  }
  return key;
}

/** Checks if `signature` is that of `body` by one of `secrets`, one per line. WebCrypto takes constant time. */
export async function is_signed(secrets, signature, body) {
  let is_right = false;
  for (const secret of secrets.split("\n")) {
    if (await crypto.subtle.verify(ALGORITHM.name, await keyOf(secret), signature, body)) is_right = true;
  }
  return is_right;
}

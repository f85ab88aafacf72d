// What checking a token asks of the Workers runtime: the issuer's keys, and WebCrypto.

/** An answer's head; or the number 504 where none came in time, and 502 where the connection failed. */
export async function get(url, agent, milliseconds) {
  // It ends the body too, should that be slow.
  const signal = AbortSignal.timeout(milliseconds);
  try {
    // Keys come from the address that the operator named, or not at all.
    return await fetch(url, {
      headers: { accept: "application/json", "user-agent": agent },
      cache: "no-store",
      redirect: "manual",
      signal,
    });
  } catch {
    return signal.aborted ? 504 : 502;
  }
}

/** Each for one kind of key, so that no key is used in another way than it was made for. */
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

/** A public key; fails where it is none, such as a point that isn't on the curve. */
export const import_key = (algorithm, jwk) =>
  crypto.subtle.importKey("jwk", JSON.parse(jwk), ALGORITHMS[algorithm], false, ["verify"]);

/** Whether the signature is the key's. */
export const verify = (algorithm, key, signature, signed) =>
  crypto.subtle.verify(ALGORITHMS[algorithm], key, signature, signed);

// The functions of the Workers runtime that tokens need: fetching the issuer's keys, and WebCrypto.

/** Fetches keys. Resolves to the response, to 504 if it took too long, or to 502 if the connection failed. */
export async function get(url, agent, milliseconds) {
  // The signal also ends a slow body.
  const signal = AbortSignal.timeout(milliseconds);
  try {
    // A redirect isn't followed: keys come only from the operator's address.
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

/** The only use of each type of key. */
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

/** Imports a public key; rejects if it is malformed, such as a point that isn't on the curve. */
export const import_key = (algorithm, jwk) =>
  crypto.subtle.importKey("jwk", JSON.parse(jwk), ALGORITHMS[algorithm], false, ["verify"]);

/** Checks a signature. */
export const verify = (algorithm, key, signature, signed) =>
  crypto.subtle.verify(ALGORITHMS[algorithm], key, signature, signed);

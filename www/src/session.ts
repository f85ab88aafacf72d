// The caller key of this browser tab: where it comes from and where it is kept.
// It must know nothing of what the key opens.

const STORED_AS = "intercom-edge.caller-key";
const LINK = "#key=";

/**
 * Takes the key out of a sign-in link (`/dashboard/#key=…`) and erases it from the address and the
 * history, whether or not the key is good.
 */
export function takeKeyFromLink(): string | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(LINK)) return null;
  history.replaceState(null, "", pathname + search);
  const written = hash.slice(LINK.length);
  if (written === "") return null;
  try {
    return decodeURIComponent(written);
  } catch {
    return written; // a key with a bare % in it, not percent-encoded
  }
}

export function storedKey(): string | null {
  return sessionStorage.getItem(STORED_AS);
}

export function storeKey(key: string): void {
  sessionStorage.setItem(STORED_AS, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED_AS);
}

/** The key that the page was opened with. Taken while this module loads, before the package and its wasm do. */
export const keyAtStart = takeKeyFromLink() ?? storedKey();

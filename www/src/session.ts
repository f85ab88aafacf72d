// Reads and stores the caller key of this browser tab. It knows nothing of Intercom.

const STORAGE_KEY = "intercom-edge.caller-key";
const LINK = "#key=";

/**
 * Reads the key of a sign-in link (`/dashboard/#key=…`) and removes it from the URL and the history, even if the key
 * is invalid.
 */
export function takeKeyFromLink(): string | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(LINK)) return null;
  history.replaceState(null, "", pathname + search);
  const encoded = hash.slice(LINK.length);
  if (encoded === "") return null;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded; // A key that contains a % and is not percent-encoded.
  }
}

export function storedKey(): string | null {
  return sessionStorage.getItem(STORAGE_KEY);
}

export function storeKey(key: string): void {
  sessionStorage.setItem(STORAGE_KEY, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORAGE_KEY);
}

/** The key that the page was opened with. Read when this module loads, before the package and its WebAssembly. */
export const keyAtStart = takeKeyFromLink() ?? storedKey();

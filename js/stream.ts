// Reads a response as it arrives, and says when a broken stream may be opened again. It does not know what the stream
// contains.

import { IntercomError, NetworkError, UpstreamError } from "./error.js";

/** How long a stream may be silent before it counts as broken, in milliseconds. */
export const SILENCE_TIMEOUT = 60_000;

/** The longest pause before a stream is opened again, in milliseconds. */
const MAX_PAUSE = 30_000;

/** Decodes the chunks of a text in UTF-8. */
export async function* textIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  // A TextDecoderStream would take more time than the reading.
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
}

/**
 * Yields the bytes of a response as they arrive. They end early if the stream is silent for too long. When the
 * iteration stops, the request ends.
 *
 * @throws {@link UpstreamError} if the response has another media type
 * @throws {@link NetworkError} if the connection breaks
 */
export async function* bytesOf(
  { body, headers, status }: Response,
  mediaType: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (!body || !headers.get("content-type")?.startsWith(mediaType)) {
    body?.cancel().catch(() => {});
    throw new UpstreamError(`The response is not ${mediaType}`, { status, code: "unreadable" });
  }
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  try {
    for (;;) {
      // The timer runs only during a read: the stream is not silent while the caller is busy.
      const silence = setTimeout(cancel, SILENCE_TIMEOUT);
      // The timer must not keep a Node process alive.
      (silence as { unref?(): void }).unref?.();
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      yield value;
    }
  } catch (cause) {
    throw cutOff(cause);
  } finally {
    cancel();
  }
}

/** Creates the error of a stream that ended before its last line. */
export const cutOff = (cause?: unknown): NetworkError =>
  new NetworkError("The connection broke before the stream was complete", { code: "network", cause });

/** Returns true if the same request may succeed later. */
export function isTransient(error: unknown): error is IntercomError {
  return error instanceof IntercomError && [0, 429, 502, 503, 504].includes(error.status);
}

/**
 * Returns the pause before the next attempt in milliseconds: as long as a 429 asks, or growing with the failures, at
 * most half a minute.
 */
export function pauseAfter({ status, raw, rateLimit }: IntercomError, failures: number): number {
  const grown = 500 * 2 ** failures;
  const requested = status === 429 ? 1000 * Number(raw?.headers.get("retry-after")) : 0;
  const untilReset = status === 429 && rateLimit ? rateLimit.resetAt.getTime() - Date.now() : 0;
  return Math.min(requested > 0 ? requested : Math.max(untilReset, grown), MAX_PAUSE);
}

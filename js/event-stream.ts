// Reads server-sent events. It knows nothing of batches.

import { NetworkError } from "./error.js";

/** An event of a `text/event-stream`. */
export interface StreamEvent {
  type: string;
  data: string;
}

/**
 * Yields the events of a `text/event-stream`, as the HTML standard parses it. Calls `onChunk` for each chunk, also
 * for comments.
 */
export async function* events(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onChunk: () => void,
): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let type = "";
  let data: string[] = [];
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new NetworkError("The event stream was cut off", { code: "network", cause });
    });
    // An event without the empty line at its end is incomplete.
    if (done) return;
    onChunk();
    // A CR at the end may be the first half of a CRLF.
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (data.length > 0) yield { type: type || "message", data: data.join("\n") };
        [type, data] = ["", []];
      }
      const [, name, text = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (name === "event") type = text;
      if (name === "data") data.push(text);
    }
  }
}

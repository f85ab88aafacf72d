// Reads server-sent events. It knows nothing of batches.

/** An event of a `text/event-stream`. */
export interface StreamEvent {
  type: string;
  data: string;
}

/** Yields the events of a `text/event-stream`, as the HTML standard parses it. */
export async function* events(chunks: AsyncIterable<string>): AsyncGenerator<StreamEvent, void, undefined> {
  let rest = "";
  let type = "";
  let data: string[] = [];
  // An event without the empty line at its end is incomplete, and is not yielded.
  for await (const chunk of chunks) {
    // A CR at the end may be the first half of a CRLF.
    const lines = (rest + chunk).split(/\r\n|\n|\r(?!$)/);
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

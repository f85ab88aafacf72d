import { NetworkError } from "./error.js";

/** An event of a stream. */
export interface StreamEvent {
  type: string;
  data: string;
}

/**
 * The events of a `text/event-stream`, as the HTML standard reads it. `heard` is called whenever
 * anything arrives, comments too.
 */
export async function* events(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  heard: () => void,
): AsyncGenerator<StreamEvent, void, undefined> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let type = "";
  let data: string[] = [];
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new NetworkError("The event stream broke off", { code: "network", cause });
    });
    // An event without its empty line was cut off.
    if (done) return;
    heard();
    // A CR at the end may be half a line break.
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

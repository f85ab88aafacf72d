// The engine in the page's own thread: for Node, and where no Web Worker can be started.

import { inflate } from "../inline.js";
import { compile } from "../wasm.js";
import { Host } from "./host.js";
import { programOf } from "./program.js";
import type { Port, Request } from "./protocol.js";

const load = async () => {
  const [{ connect }, { default: text }] = await Promise.all([
    import("../wasm/directory.js"),
    import("../wasm/directory.inline.js"),
  ]);
  return programOf(connect, await compile(inflate(text)));
};

/** Serves requests in tasks of their own, so that the page can paint between two of them. */
export class SameThread implements Port {
  onmessage: Port["onmessage"] = null;
  onerror: Port["onerror"] = null;
  #host: Host | undefined = new Host(load);
  readonly #requests: Request[] = [];
  #isServing = false;

  postMessage(request: Request): void {
    this.#requests.push(request);
    if (!this.#isServing) void this.#serve();
  }

  terminate(): void {
    this.#requests.length = 0;
    this.#host = undefined;
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve));
      const request = this.#requests.shift();
      const reply = request && (await this.#host?.answer(request));
      if (!reply) break;
      this.onmessage?.({ data: reply });
    }
    this.#isServing = false;
  }
}

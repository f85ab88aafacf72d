// The directory's side of the protocol: sends requests to an engine and notices its end.

import { ArgumentError, IntercomError, WebAssemblyError } from "../error.js";
import type { CallName, EngineCalls, EngineFailure, Port, Reply } from "./protocol.js";

/** After this time without a reply, an engine counts as dead, in milliseconds: browsers end a Web Worker silently. */
const SILENCE = 60_000;
const CHECK_INTERVAL = 10_000;

interface Pending {
  resolve(json: string): void;
  reject(error: unknown): void;
}

/** An engine, in a Web Worker or in this thread. It is dead after a trap, and after `close`. */
export class Engine {
  readonly #port: Port;
  readonly #budget: number;
  readonly #pending = new Map<number, Pending>();
  #id = 0;
  #end: unknown;
  #silent = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #isDead!: (error: WebAssemblyError) => void;
  #hasCrashed = false;
  /** Resolves to the error after a trap, or if the Web Worker ends or cannot be started. */
  readonly crashed: Promise<WebAssemblyError>;

  constructor(port: Port, budget: number) {
    this.#port = port;
    this.#budget = budget;
    this.crashed = new Promise((resolve) => {
      this.#isDead = resolve;
    });
    port.onmessage = ({ data }) => this.#receive(data);
    port.onmessageerror = () => this.#crash("A reply of the Web Worker cannot be read");
    port.onerror = (event) => {
      (event as Partial<Event>).preventDefault?.();
      this.#crash((event as Partial<ErrorEvent>).message);
    };
  }

  /** True after a trap, and if the Web Worker ended or cannot be started. */
  get hasCrashed(): boolean {
    return this.#hasCrashed;
  }

  /** Makes a call. `transfer` are buffers that the engine gets without a copy; the caller cannot use them any more. */
  async call<Name extends CallName>(
    name: Name,
    values: Parameters<EngineCalls[Name]>,
    transfer: ArrayBuffer[] = [],
  ): Promise<ReturnType<EngineCalls[Name]>> {
    if (this.#end !== undefined) throw this.#end;
    const id = this.#id++;
    const json = await new Promise<string>((resolve, reject) => {
      // Throws for a value that cannot be cloned. Then no reply is pending.
      this.#port.postMessage({ id, name, values }, transfer);
      this.#pending.set(id, { resolve, reject });
      this.#startWatch();
    });
    return JSON.parse(json);
  }

  /** Ends the engine and frees its memory. Pending and later calls reject with the error. */
  close(error: unknown): void {
    if (this.#end !== undefined) return;
    this.#end = error;
    clearInterval(this.#watch);
    this.#port.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    this.#silent = 0;
    if (this.#pending.size === 0) this.#stopWatch();
    if ("json" in reply) pending?.resolve(reply.json);
    else if (reply.error.code === "crashed") this.#crash(reply.error.message ?? "", pending);
    else pending?.reject(this.#errorOf(reply.error));
  }

  #crash(message: string | undefined, pending?: Pending): void {
    const error = crashOf(new Error(message ?? "The Web Worker ended"));
    this.#hasCrashed = true;
    pending?.reject(error);
    this.close(error);
    this.#isDead(error);
  }

  #errorOf({ code, field, message }: EngineFailure): unknown {
    switch (code) {
      case "query":
        return new ArgumentError(field || "query", message || "a valid query");
      case "memory":
        return new IntercomError(
          `The contacts do not fit into ${this.#budget} bytes. Raise \`budget\`, or keep fewer \`fields\``,
          { code: "memory" },
        );
      case "result":
        return new IntercomError("The result was closed. Search again", { code: "closed" });
      default:
        return new WebAssemblyError("directory", new WebAssembly.CompileError(message ?? ""));
    }
  }

  #startWatch(): void {
    if (this.#watch !== undefined) return;
    this.#silent = 0;
    // The number of ticks is counted, not the time: a sleeping computer is not a dead Web Worker.
    this.#watch = setInterval(() => {
      if (++this.#silent * CHECK_INTERVAL >= SILENCE) this.#crash("The Web Worker does not answer");
    }, CHECK_INTERVAL);
  }

  #stopWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}

/** Creates the error of calls to an engine that crashed. */
function crashOf(cause: unknown): WebAssemblyError {
  const error = new WebAssemblyError("directory", cause, true);
  error.message = "The directory crashed and starts again. Search again";
  return error;
}

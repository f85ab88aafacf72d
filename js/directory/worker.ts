/**
 * The program of the Web Worker that holds a directory. The package starts it by itself. With a bundler that does not
 * find it, pass the option `worker` of `intercom.directory()`.
 *
 * @packageDocumentation
 */

import { inflate } from "../inline.js";
import { connect } from "../wasm/directory.js";
import text from "../wasm/directory.inline.js";
import { Host } from "./host.js";
import { programOf } from "./program.js";
import type { Reply, Request } from "./protocol.js";

/** The part of the Web Worker's global object that the program uses. */
const scope = globalThis as unknown as {
  onmessage: (event: { data: Request }) => void;
  postMessage(reply: Reply): void;
};

const host = new Host(async () => programOf(connect, await WebAssembly.compile(await inflate(text))));
scope.onmessage = async ({ data }) => scope.postMessage(await host.answer(data));

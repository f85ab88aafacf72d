// The Worker's entry. The build's own wraps every request in three proxies, so that it can start
// WebAssembly anew after a panic; here a request takes that way only when there was one.
import Entrypoint, { Cursors, Outbox, Sender } from "./index.js";

const { fetch } = Entrypoint.prototype;
const state = globalThis.__worker_init_state;

export default {
  fetch(request, env, ctx) {
    return state.criticalError ? new Entrypoint(ctx, env).fetch(request) : fetch.call({ env, ctx }, request);
  },
};

export { Cursors, Outbox, Sender };

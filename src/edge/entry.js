// The Worker's entry point. The build's own entry wraps every request in three proxies, which restart
// WebAssembly after a panic. Here a request goes through them only after a panic.
import Entrypoint, { Cursors, Outbox, Sender } from "./index.js";

const { fetch } = Entrypoint.prototype;
const state = globalThis.__worker_init_state;

export default {
  fetch(request, env, ctx) {
    return state.criticalError ? new Entrypoint(ctx, env).fetch(request) : fetch.call({ env, ctx }, request);
  },
};

export { Cursors, Outbox, Sender };

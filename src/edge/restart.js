// Restarts the compiled program after a panic or a trap: its memory may be half changed, and no call may meet it so.
// The program's own JavaScript restarts it before the next call into it. This file does so after a panic, and makes
// each Durable Object anew, because the old one's memory is gone. The sandbox is restarted in the same way.

Error.stackTraceLimit = 100;

/** Returns what calls `program`, which is what wasm-bindgen wrote for a Worker. */
export function restarting(program) {
  const state = program.__worker_init_state();

  // A trap outside of a call, as in a timer.
  addEventListener("error", ({ error }) => note(error));

  function note(error) {
    if (!(error instanceof WebAssembly.RuntimeError)) return;
    console.error("Critical", error);
    state.criticalError = true;
  }

  function restartAfterPanic() {
    if (!state.criticalError) return;
    console.log("Reinitializing Wasm application");
    program.__wbg_reset_state();
    state.criticalError = false;
  }

  /** Makes `Class` survive a restart: the runtime keeps one object, and this keeps it one of the running program. */
  function durable(Class) {
    class Durable {
      constructor(...args) {
        this.args = args;
        this.current();
      }

      /** Returns the object of the running program. */
      current() {
        // Any call into a program that trapped restarts it.
        program.__worker_init_state();
        restartAfterPanic();
        // A start of the program counts up.
        if (this.start !== state.instanceId) {
          try {
            this.object = new Class(...this.args);
          } catch (error) {
            state.criticalError = true;
            throw error;
          }
          this.start = state.instanceId;
        }
        return this.object;
      }
    }
    const handlers = ["fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];
    for (const name of handlers.filter((name) => name in Class.prototype)) {
      Durable.prototype[name] = function (...args) {
        const object = this.current();
        try {
          return object[name](...args);
        } catch (error) {
          note(error);
          throw error;
        }
      };
    }
    return Durable;
  }

  return {
    durable,
    fetch(request, env, ctx) {
      restartAfterPanic();
      return program.fetch(request, env, ctx);
    },
  };
}

// Stands for Cloudflare's rate-limit binding, which plain workerd has not: a promise and a counter,
// as cheap as one can be. What the real one costs can't be measured here.

// The `worker` crate knows a binding by its class's name.
class Ratelimit {
  #counts = new Map();

  async limit({ key }) {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    return { success: true };
  }
}

export default () => new Ratelimit();

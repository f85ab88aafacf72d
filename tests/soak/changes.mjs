// Random changes of the sandbox's contacts, while something else reads them.

const TAGS = ["101", "102", "103", "104"];

/** The changes, each as often as it is listed. */
const KINDS = [
  ...Array(4).fill("update"),
  ...Array(3).fill("create"),
  ...Array(2).fill("tag"),
  ...Array(2).fill("archive"),
  ...Array(2).fill("unarchive"),
  "merge",
  "remove",
  "convert",
];

/**
 * The contacts of a workspace, and the driver of their changes. `ask`: sends a request to the sandbox, and resolves to
 * `{ status, body }`.
 */
export class Changes {
  #ask;
  #random;
  #over = false;
  /** The ids of contacts that no change is being made to, by their state. */
  #free = { active: [], archived: [] };
  /** The roles of all contacts, by id. */
  #roles = new Map();
  /** The ids that were archived, merged or deleted, or changed their role: at the latest when the request was sent. */
  left = new Set();
  /** The ids that were restored. */
  restored = new Set();
  /** The ids of new contacts. */
  created = new Set();
  /** The number of changes. */
  count = 0;

  constructor({ ask, random, contacts }) {
    this.#ask = ask;
    this.#random = random;
    for (const { id, role } of contacts) this.#add(id, role);
  }

  /** Makes changes one after the other until `stop`. Several may run at a time. */
  async run() {
    while (!this.#over) await this.change();
  }

  stop() {
    this.#over = true;
  }

  /** Makes one change, of a kind or of any. Returns true if the sandbox made it. */
  async change(kind = this.#random.one(KINDS)) {
    const changed = await this[`_${kind}`]();
    if (changed) this.count += 1;
    return changed;
  }

  #add(id, role) {
    this.#roles.set(id, role);
    this.#free.active.push(id);
  }

  /** Takes a contact that no other change is being made to; undefined if there is none. */
  #take(state, role) {
    const free = this.#free[state];
    for (let tries = 0; tries < 10 && free.length > 0; tries++) {
      const at = this.#random.below(free.length);
      const id = free[at];
      if (role && this.#roles.get(id) !== role) continue;
      free[at] = free.at(-1);
      free.pop();
      return id;
    }
    return undefined;
  }

  async #send(method, path, body) {
    const { status, body: answer } = await this.#ask(method, path, body);
    if (status >= 500) throw new Error(`${method} ${path}: ${status}`);
    return status < 300 ? answer : undefined;
  }

  /** Changes a contact that stays active. */
  async #changeActive(method, path, body) {
    const id = this.#take("active");
    if (!id) return false;
    const changed = await this.#send(method, path(id), body);
    this.#free.active.push(id);
    return changed !== undefined;
  }

  /** Changes a contact so that it is active no longer. */
  async #changeLeaving(id, method, path, body, state) {
    this.left.add(id);
    const changed = await this.#send(method, path, body);
    if (!changed) this.#free.active.push(id);
    else if (state) this.#free[state].push(id);
    return changed !== undefined;
  }

  _update() {
    const body = { name: `Name ${this.count}`, custom_attributes: { seats: this.count } };
    return this.#changeActive("PUT", (id) => `/contacts/${id}`, body);
  }

  _tag() {
    return this.#changeActive("POST", (id) => `/contacts/${id}/tags`, { id: this.#random.one(TAGS) });
  }

  async _create() {
    const role = this.#random.chance(0.3) ? "lead" : "user";
    const email = `created-${this.#random.below(2 ** 32)}-${this.created.size}@example.com`;
    const contact = await this.#send("POST", "/contacts", { role, email });
    if (!contact) return false;
    this.created.add(contact.id);
    this.#add(contact.id, role);
    return true;
  }

  async _archive() {
    const id = this.#take("active");
    return id ? this.#changeLeaving(id, "POST", `/contacts/${id}/archive`, undefined, "archived") : false;
  }

  async _unarchive() {
    const id = this.#take("archived");
    if (!id) return false;
    this.restored.add(id);
    const changed = await this.#send("POST", `/contacts/${id}/unarchive`);
    this.#free[changed ? "active" : "archived"].push(id);
    return changed !== undefined;
  }

  async _remove() {
    const id = this.#take("active");
    return id ? this.#changeLeaving(id, "DELETE", `/contacts/${id}`) : false;
  }

  /** Merges a lead into a user, as Intercom does when a lead signs up. */
  async _merge() {
    const from = this.#take("active", "lead");
    if (!from) return false;
    const into = this.#take("active", "user");
    const back = (id) => this.#free.active.push(id);
    if (!into) {
      back(from);
      return false;
    }
    const changed = await this.#changeLeaving(from, "POST", "/contacts/merge", { from, into });
    back(into);
    return changed;
  }

  /** Makes a user of a lead. */
  async _convert() {
    const id = this.#take("active", "lead");
    if (!id) return false;
    this.left.add(id);
    const changed = await this.#send("PUT", `/contacts/${id}`, { role: "user" });
    if (changed) this.#roles.set(id, "user");
    this.#free.active.push(id);
    return changed !== undefined;
  }
}

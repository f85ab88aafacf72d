// An engine of directories for tests: the package's own host, with a program in JavaScript instead of WebAssembly, as a
// Web Worker that a test can crash, stop or keep waiting.

import { Host } from "../../dist/directory/host.js";

/** A program that keeps whole contacts. It searches by `includes`, filters by `=`, and sorts by one key. */
class Program {
  contacts = new Map();
  names_ = {};
  results = [];
  rest = "";
  version = 0;
  seen;

  constructor(options, engine) {
    this.options = JSON.parse(options);
    this.engine = engine;
  }

  feed(bytes) {
    this.engine.fed.push(bytes.length);
    const lines = (this.rest + Buffer.from(bytes).toString("latin1")).split("\n");
    this.rest = lines.pop();
    const markers = [];
    for (const line of lines) {
      const object = JSON.parse(Buffer.from(line, "latin1").toString());
      if (object.type === "edge.export") markers.push(object);
      else if (object.type === "edge.removal") this.remove(object.id);
      else this.#store(object);
    }
    return markers.length > 0 ? JSON.stringify(markers) : "";
  }

  #store(contact) {
    this.version += 1;
    if (this.contacts.size >= this.engine.room) throw '{"code":"memory","message":"full"}';
    this.contacts.set(contact.id, contact);
    this.seen?.add(contact.id);
  }

  discard() {
    this.engine.discards += 1;
    this.rest = "";
  }

  put(json) {
    if (this.engine.traps > 0) {
      this.engine.traps -= 1;
      throw new WebAssembly.RuntimeError("unreachable");
    }
    const contacts = [JSON.parse(json)].flat();
    for (const contact of contacts) this.#store(contact);
    return contacts.length;
  }

  remove(id) {
    this.version += 1;
    return this.contacts.delete(id);
  }

  names(set, json) {
    this.names_[set] = {
      ...this.names_[set],
      ...Object.fromEntries(JSON.parse(json).map(({ id, name }) => [id, name])),
    };
  }

  members(segment, json) {
    this.engine.members.push([segment, JSON.parse(json)]);
  }

  begin_load() {
    this.seen = new Set();
  }

  end_load() {
    for (const id of this.contacts.keys()) if (!this.seen.has(id)) this.contacts.delete(id);
    this.seen = undefined;
  }

  ranks_needed = (field) => (field === "name" ? "baÅ" : "");

  set_ranks(field, weights) {
    this.engine.ranks[field] = [...weights];
  }

  open(request) {
    const { text, where, sort } = JSON.parse(request);
    this.engine.opened.push(JSON.parse(request));
    if (where?.field === "shoe_size") throw '{"code":"query","field":"shoe_size","message":"a field of the directory"}';
    const matches = [...this.contacts.values()].filter(
      (contact) =>
        JSON.stringify([contact.name, contact.email]).includes(text) &&
        (!where?.field || where.operator !== "=" || contact[where.field] === where.value),
    );
    if (sort[0]) matches.sort((a, b) => String(a[sort[0].field]).localeCompare(String(b[sort[0].field])));
    const result = this.results.push({ request, matches });
    return this.#opened(result);
  }

  #opened = (result) =>
    JSON.stringify({ result, total: this.results[result - 1].matches.length, typo: false, incomplete: 0 });

  #result(result) {
    const open = this.results[result - 1];
    if (!open) throw '{"code":"result","message":"closed"}';
    return open;
  }

  refresh(result) {
    const next = JSON.parse(this.open(this.#result(result).request)).result;
    this.results[result - 1] = this.results[next - 1];
    return this.#opened(result);
  }

  slice(result, from, to) {
    const rows = this.#result(result).matches.slice(from, to);
    const states = rows.map(({ id }) => (this.contacts.has(id) ? 0 : 2)).join("");
    const named = ({ tags, ...row }) => {
      const data = tags?.data?.map(({ id }) => ({ id, name: this.names_.tags?.[id] }));
      return { ...row, ...(data && { tags: { type: "list", data } }) };
    };
    return JSON.stringify({ rows: rows.map(named), states });
  }

  ids = (result) => JSON.stringify(this.#result(result).matches.map(({ id }) => id));

  counts(result, request) {
    this.engine.counted.push(JSON.parse(request));
    const { field } = JSON.parse(request);
    const counts = new Map();
    for (const contact of this.#result(result).matches) {
      const value = contact[field] ?? null;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    return JSON.stringify([...counts].map(([value, count]) => ({ value, count })));
  }

  changes = () => JSON.stringify({ changed: 0, removed: 0, added: true });

  close(result) {
    this.#result(result);
    this.results[result - 1] = undefined;
  }

  stats = () =>
    JSON.stringify({
      contacts: this.contacts.size,
      memory: 1000 * this.contacts.size,
      version: this.version,
      skipped: { malformed: 1, no_id: 2 },
    });
}

/**
 * Engines for a test. `workers` are the Web Workers that were created; `worker` is the option of a directory. `traps`
 * is the number of next `put`s that crash, `room` the number of contacts that fit in, `refuses` is true while no Web
 * Worker can be started. `fed` are the sizes of the chunks, `opened` and `counted` the requests, `members` those of
 * segments.
 */
export function engines() {
  const state = {
    workers: [],
    fed: [],
    opened: [],
    counted: [],
    ranks: {},
    members: [],
    discards: 0,
    traps: 0,
    room: Infinity,
    refuses: false,
    transferred: 0,
  };
  state.worker = () => {
    const worker = {
      onmessage: null,
      onerror: null,
      terminated: false,
      program: undefined,
      host: new Host(async () => (options) => {
        worker.program = new Program(options, state);
        return worker.program;
      }),
      async postMessage(message, transfer) {
        state.transferred += transfer.length;
        const request = structuredClone(message, { transfer });
        await new Promise((resolve) => setImmediate(resolve));
        if (worker.terminated || worker.isSilent) return;
        if (state.refuses) return worker.onerror?.({ message: "no such script" });
        const reply = await worker.host.answer(request);
        if (!worker.terminated) worker.onmessage?.({ data: structuredClone(reply) });
      },
      terminate() {
        worker.terminated = true;
      },
    };
    state.workers.push(worker);
    return worker;
  };
  return state;
}

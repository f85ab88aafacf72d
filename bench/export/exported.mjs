// What is exported: the same for the server and for those who export.

export const PER_PAGE = 150;
/** The days over which the contacts were created, and the first of them in seconds since 1970. */
export const DAYS = 730;
export const FIRST = 1_704_067_200;
export const DAY = 86_400;

/** Counts contacts, each once. */
export class Tally {
  #seen;
  #twice = 0;
  count = 0;

  constructor(contacts) {
    this.#seen = new Uint8Array(contacts);
  }

  add({ external_id: id }) {
    const index = Number(id.slice("customer-".length));
    this.#twice += this.#seen[index];
    this.#seen[index] = 1;
    this.count += 1;
  }

  /** Whether all contacts were added, each once. */
  get isComplete() {
    return this.#twice === 0 && this.count === this.#seen.length;
  }
}

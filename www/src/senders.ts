// The admins that can be the sender of an e-mail, and the last choice.
import type { Admin, Intercom } from "intercom-edge";

const STORAGE_KEY = "intercom-edge.sender";

/** The possible senders, loaded once. */
export class Senders {
  readonly #intercom: Intercom;
  readonly #self: string | null;
  #admins: Promise<Admin[]> | null = null;

  /** `self` is the admin that the access token belongs to: the default sender. */
  constructor(intercom: Intercom, self: string | null) {
    this.#intercom = intercom;
    this.#self = self;
  }

  /** Loads the admins once for all forms. After a failure, the next call tries again. */
  all(): Promise<Admin[]> {
    this.#admins ??= this.#read().catch((error: unknown) => {
      this.#admins = null;
      throw error;
    });
    return this.#admins;
  }

  /** Returns the sender to preselect: the last choice, or the admin of the access token, or the first admin. */
  preferred(admins: Admin[]): string | null {
    const ids = admins.map(({ id }) => String(id));
    return (
      [localStorage.getItem(STORAGE_KEY), this.#self].find((id) => id !== null && ids.includes(id)) ?? ids[0] ?? null
    );
  }

  /** Stores the choice in this browser. */
  remember(id: string): void {
    localStorage.setItem(STORAGE_KEY, id);
  }

  async #read(): Promise<Admin[]> {
    const admins: Admin[] = [];
    for await (const admin of this.#intercom.admins.list()) admins.push(admin);
    return admins;
  }
}

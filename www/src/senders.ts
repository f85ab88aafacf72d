// The admins that an e-mail can come from, and the one that was chosen last.
import type { Admin, Intercom } from "intercom-edge";

const REMEMBERED_AS = "intercom-edge.sender";

export class Senders {
  readonly #intercom: Intercom;
  readonly #self: string | null;
  #admins: Promise<Admin[]> | null = null;

  /** `self` is the admin whom the access token belongs to, the first choice until another is made. */
  constructor(intercom: Intercom, self: string | null) {
    this.#intercom = intercom;
    this.#self = self;
  }

  /** Asked once for all forms; a failure is not kept. */
  all(): Promise<Admin[]> {
    this.#admins ??= this.#read().catch((error: unknown) => {
      this.#admins = null;
      throw error;
    });
    return this.#admins;
  }

  /** Which of these to choose at first: the last choice, or the token's own admin. */
  preferred(admins: Admin[]): string | null {
    const ids = admins.map(({ id }) => String(id));
    return (
      [localStorage.getItem(REMEMBERED_AS), this.#self].find((id) => id !== null && ids.includes(id)) ?? ids[0] ?? null
    );
  }

  remember(id: string): void {
    localStorage.setItem(REMEMBERED_AS, id);
  }

  async #read(): Promise<Admin[]> {
    const admins: Admin[] = [];
    for await (const admin of this.#intercom.admins.list()) admins.push(admin);
    return admins;
  }
}

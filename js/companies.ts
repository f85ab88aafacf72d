import { optionsOf, textOf } from "./argument.js";
import type { List, ListOptions } from "./list.js";
import type { Company, Contact, Id } from "./model.js";
import type { CallOptions, Session } from "./session.js";

/** What may be said of a company when it is saved. */
export interface CompanyFields
  extends Pick<Company, "company_id" | "name" | "size" | "website" | "industry" | "monthly_spend" | "remote_created_at" | "custom_attributes"> {
  /** What it pays, by name. */
  plan?: string;
}

/** Which companies to list; all of them, unless told. */
export interface CompanyListOptions extends ListOptions {
  tagId?: string | undefined;
  segmentId?: string | undefined;
}

/** Companies, which contacts belong to. */
export class Companies<Attributes = Record<string, unknown>> {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Lists them, those active last first. Intercom stops at 10,000. */
  list(options?: CompanyListOptions): List<Company> {
    const { tagId, segmentId, perPage = 50, ...more } = optionsOf(options);
    const query = { tag_id: tagId, segment_id: segmentId };
    return this.#session.list("GET /companies", [], { perPage, ...more }, { query });
  }

  /** Gets one by Intercom's id. */
  get(id: string, options?: CallOptions): Promise<Company> {
    return this.#session.call("GET /companies/{id}", [id], {}, options);
  }

  /** Gets one by the id that your own product gave, or by its name. */
  async find(by: { companyId: string } | { name: string }, options?: CallOptions): Promise<Company> {
    const { companyId, name } = (by ?? {}) as { companyId?: string; name?: string };
    const query = name === undefined ? { company_id: textOf("companyId", companyId) } : { name: textOf("name", name) };
    return this.#session.call("GET /companies", [], { query }, options);
  }

  /** Creates one, or changes the one of the same `company_id`, which decides which company is meant. */
  save(company: CompanyFields & { company_id: Id }, options?: CallOptions): Promise<Company> {
    return this.#session.call("POST /companies", [], { body: company }, options);
  }

  /** Changes what is named, and nothing else. */
  update(id: string, company: CompanyFields, options?: CallOptions): Promise<Company> {
    return this.#session.call("PUT /companies/{id}", [id], { body: company }, options);
  }

  /** Its people. */
  contacts(id: string, options?: ListOptions): List<Contact<Attributes>> {
    return this.#session.list("GET /companies/{id}/contacts", [id], options);
  }
}

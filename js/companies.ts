import { json, optionsOf, queryText, textOf } from "./argument.js";
import type { List } from "./list.js";
import type { Company, Contact, Id } from "./model.js";
import type { CallOptions, ListOptions } from "./options.js";
import type { Session } from "./session.js";

/** What may be said of a company when it is saved. */
export interface CompanyFields
  extends Pick<
    Company,
    | "company_id"
    | "name"
    | "size"
    | "website"
    | "industry"
    | "monthly_spend"
    | "remote_created_at"
    | "custom_attributes"
  > {
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
    const [tag, segment] = [queryText("tagId", tagId), queryText("segmentId", segmentId)];
    return this.#session.list({ perPage, ...more }, (calls, exchange) => calls.company_list(exchange, tag, segment));
  }

  /** Gets one by Intercom's id. */
  get(id: string, options?: CallOptions): Promise<Company> {
    return this.#session.call(options, (calls, exchange) => calls.company_get(exchange, id));
  }

  /** Gets one by the id that your own product gave, or by its name. */
  async find(by: { companyId: string } | { name: string }, options?: CallOptions): Promise<Company> {
    const { companyId, name } = (by ?? {}) as { companyId?: string; name?: string };
    const [named, text] = name === undefined ? [false, textOf("companyId", companyId)] : [true, textOf("name", name)];
    return this.#session.call(options, (calls, exchange) =>
      named ? calls.company_find_by_name(exchange, text) : calls.company_find_by_company_id(exchange, text),
    );
  }

  /** Creates one, or changes the one of the same `company_id`, which decides which company is meant. */
  async save(company: CompanyFields & { company_id: Id }, options?: CallOptions): Promise<Company> {
    const text = json("body", company);
    return this.#session.call(options, (calls, exchange) => calls.company_save(exchange, text));
  }

  /** Changes what is named, and nothing else. */
  async update(id: string, company: CompanyFields, options?: CallOptions): Promise<Company> {
    const text = json("body", company);
    return this.#session.call(options, (calls, exchange) => calls.company_update(exchange, id, text));
  }

  /** Its people. */
  contacts(id: string, options?: ListOptions): List<Contact<Attributes>> {
    return this.#session.list(options, (calls, exchange) => calls.company_contacts(exchange, id));
  }
}

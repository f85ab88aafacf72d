// The calls of companies.

import { json, optionsOf, queryText, textOf } from "./argument.js";
import { Export, type ExportOptions } from "./export.js";
import type { List } from "./list.js";
import type { Company, Contact, Id } from "./model.js";
import type { CallOptions, ListOptions } from "./options.js";
import type { Session } from "./session.js";

/** The fields of a company that can be written. */
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
  /** The name of the company's plan. */
  plan?: string;
}

/** Options of a list of companies. Without a filter it lists all companies. */
export interface CompanyListOptions extends ListOptions {
  /** Lists only companies with this tag, by the tag's id. */
  tagId?: string | undefined;
  /** Lists only companies in this segment, by the segment's id. */
  segmentId?: string | undefined;
}

/** The calls of companies, as `intercom.companies`. All throw {@link IntercomError}. */
export class Companies<Attributes = Record<string, unknown>> {
  readonly #session: Session;

  /** @internal */
  constructor(session: Session) {
    this.#session = session;
  }

  /** Lists companies, most recently active first. Intercom returns at most 10,000; `perPage` is at most 60. */
  list(options?: CompanyListOptions): List<Company> {
    const { tagId, segmentId, perPage = 50, ...more } = optionsOf(options);
    const [tag, segment] = [queryText("tagId", tagId), queryText("segmentId", segmentId)];
    return this.#session.list({ perPage, ...more }, (calls, exchange) => calls.company_list(exchange, tag, segment));
  }

  /**
   * Exports all companies. An export of companies cannot be continued: if the connection breaks after the first rows,
   * the iteration throws {@link NetworkError}. The option `since` is not possible.
   *
   * @throws {@link ArgumentError} if an option is invalid
   */
  export(options?: Omit<ExportOptions, "since" | "overlap" | "resume">): Export<Company> {
    return new Export(this.#session, "companies", options);
  }

  /**
   * Gets a company by Intercom's `id`.
   *
   * @throws {@link NotFoundError} if there is no such company
   */
  get(id: string, options?: CallOptions): Promise<Company> {
    return this.#session.call(options, (calls, exchange) => calls.company_get(exchange, id));
  }

  /**
   * Gets a company by its `company_id`, the id in your own product, or by its name.
   *
   * @throws {@link NotFoundError} if there is no such company
   * @throws {@link ArgumentError} if neither is a non-empty string
   */
  async find(by: { companyId: string } | { name: string }, options?: CallOptions): Promise<Company> {
    const { companyId, name } = (by ?? {}) as { companyId?: string; name?: string };
    const [named, text] = name === undefined ? [false, textOf("companyId", companyId)] : [true, textOf("name", name)];
    return this.#session.call(options, (calls, exchange) =>
      named ? calls.company_find_by_name(exchange, text) : calls.company_find_by_company_id(exchange, text),
    );
  }

  /** Creates a company, or updates the company with the same `company_id`. */
  async save(company: CompanyFields & { company_id: Id }, options?: CallOptions): Promise<Company> {
    const text = json("body", company);
    return this.#session.call(options, (calls, exchange) => calls.company_save(exchange, text));
  }

  /**
   * Updates the given fields of a company, by Intercom's `id`. Other fields stay as they are.
   *
   * @throws {@link NotFoundError} if there is no such company
   */
  async update(id: string, company: CompanyFields, options?: CallOptions): Promise<Company> {
    const text = json("body", company);
    return this.#session.call(options, (calls, exchange) => calls.company_update(exchange, id, text));
  }

  /** Lists the contacts of a company, by Intercom's `id` of the company. */
  contacts(id: string, options?: ListOptions): List<Contact<Attributes>> {
    return this.#session.list(options, (calls, exchange) => calls.company_contacts(exchange, id));
  }
}

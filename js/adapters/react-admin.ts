/**
 * A data provider for react-admin 5: users, leads, contacts, companies, conversations, notes, admins,
 * tags and segments.
 *
 * @packageDocumentation
 */

import type { Intercom, IntercomError } from "../index.js";
import {
  changed,
  fieldsOf,
  manyOf,
  NumberedPages,
  operationOf,
  type Resource,
  resourcesOf,
  type Row,
  told,
} from "./resources.js";

export type { Row };

/** What react-admin asks a list for. */
export interface GetListParams {
  pagination?: { page: number; perPage: number } | undefined;
  sort?: { field: string; order: "ASC" | "DESC" } | undefined;
  /**
   * One condition for each field, as `search` takes them. `q` is a text within the name, the address or a
   * conversation's first message.
   */
  filter?: unknown;
  signal?: AbortSignal | undefined;
}

/** A page, as react-admin takes it. */
export interface GetListResult<RecordType> {
  data: RecordType[];
  total: number;
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
}

/**
 * A failure as react-admin reads it: its status for the auth provider, its fields for the form.
 *
 * `message` holds nobody's data: Intercom's own sentences, which may, are in the `errors` of `cause`.
 */
export class HttpError extends Error {
  override name = "HttpError";
  readonly status: number;
  /** What is wrong with which field. */
  readonly body: { errors: Record<string, string> };

  /** @internal */
  constructor(error: IntercomError) {
    super(error.message, { cause: error });
    this.status = error.status;
    this.body = { errors: fieldsOf(error) };
  }
}

/**
 * react-admin's data provider of an Intercom.
 *
 * Its resources are `users`, `leads`, `contacts`, `companies`, `conversations`, `notes`, `admins`,
 * `tags` and `segments`; what Intercom can't do with one is rejected in words. Notes are those of a
 * contact, by `contact_id`, which companies can be filtered by, too. Pages are numbered over Intercom's
 * cursors: a page that is far from those seen is walked to.
 *
 * @example
 * ```tsx
 * <Admin dataProvider={dataProvider(intercom)}><Resource name="users" list={ListGuesser} /></Admin>
 * ```
 */
export function dataProvider<Attributes>(intercom: Intercom<Attributes>): IntercomDataProvider {
  const resources = resourcesOf(intercom);
  const pages = new NumberedPages();
  const get = (resource: string, id: Identifier, signal?: AbortSignal) =>
    operationOf(resources, resource, "get")(String(id), { signal });

  const getList = async (
    resource: string,
    { pagination, sort, filter, signal }: GetListParams,
  ): Promise<GetListResult<Row>> => {
    const { page, perPage } = pagination ?? { page: 1, perPage: 150 };
    operationOf(resources, resource, "list");
    const known = resources[resource] as Resource;
    const wanted = { filters: filtersOf(filter, known.texts), sort: sortOf(sort), signal };
    const { data, total, hasNextPage } = await pages.page(resource, known, wanted, page, perPage);
    return { data, total, pageInfo: { hasNextPage, hasPreviousPage: page > 1 } };
  };

  const update = async (resource: string, { id, data, previousData }: UpdateParams) =>
    operationOf(
      resources,
      resource,
      "update",
    )(String(id), changed(data as Record<string, unknown>, previousData as Record<string, unknown>));

  const provider = {
    supportAbortSignal: true as const,
    getList,
    getOne: async (resource: string, { id, signal }: OneParams) => ({ data: await get(resource, id, signal) }),
    getMany: async (resource: string, { ids, signal }: ManyParams) => ({
      data: await manyOf(resources, resource, ids, { signal }),
    }),
    getManyReference: ((resource, { target, id, filter, ...params }) =>
      getList(resource, { ...params, filter: { ...(filter as object), [target]: id } })) as Method<ReferenceParams>,
    create: async (resource: string, { data }: { data: unknown }) => ({
      data: await operationOf(resources, resource, "create")(data as Record<string, unknown>),
    }),
    update: async (resource: string, params: UpdateParams) => ({ data: await update(resource, params) }),
    updateMany: async (resource: string, { ids, data }: ManyParams & { data: unknown }) => {
      // One after the other: a failure leaves the rest as it was.
      for (const id of ids) await update(resource, { id, data });
      return { data: ids };
    },
    delete: async (resource: string, { id, previousData }: OneParams & { previousData?: unknown }) => {
      await operationOf(resources, resource, "delete")(String(id));
      return { data: previousData ?? { id } };
    },
    deleteMany: async (resource: string, { ids }: ManyParams) => {
      for (const id of ids) await operationOf(resources, resource, "delete")(String(id));
      return { data: ids };
    },
  };
  return Object.fromEntries(
    Object.entries(provider).map(([name, method]) => [
      name,
      method === true ? method : told(method as Method<never>, HttpError),
    ]),
  ) as unknown as IntercomDataProvider;
}

type Method<Params> = (resource: string, params: Params) => Promise<unknown>;
/** An id, as frameworks have it. */
export type Identifier = string | number;

/** Which record. */
export interface OneParams {
  id: Identifier;
  signal?: AbortSignal | undefined;
}

/** Which records. */
export interface ManyParams {
  ids: Identifier[];
  signal?: AbortSignal | undefined;
}

/** What a record becomes, and what it was. */
export interface UpdateParams extends OneParams {
  data: unknown;
  previousData?: unknown;
}

/** What refers to a record. */
export interface ReferenceParams extends GetListParams {
  /** The field that holds the id. */
  target: string;
  id: Identifier;
}

/** The methods of react-admin's `DataProvider`; records are of the shape that the caller says. */
export interface IntercomDataProvider {
  /** Tells react-admin that it may abort what nobody waits for. */
  supportAbortSignal: true;
  /** A page, sorted and filtered. */
  getList<Rec = Row>(resource: string, params: GetListParams): Promise<GetListResult<Rec>>;
  /** A record by its id. */
  getOne<Rec = Row>(resource: string, params: OneParams): Promise<{ data: Rec }>;
  /** Records by their ids. */
  getMany<Rec = Row>(resource: string, params: ManyParams): Promise<{ data: Rec[] }>;
  /** Records that refer to another. */
  getManyReference<Rec = Row>(resource: string, params: ReferenceParams): Promise<GetListResult<Rec>>;
  /** Creates a record. */
  create<Rec = Row>(resource: string, params: { data: unknown }): Promise<{ data: Rec }>;
  /** Changes of a record what differs from `previousData`. */
  update<Rec = Row>(resource: string, params: UpdateParams): Promise<{ data: Rec }>;
  /** Changes records, one after the other. */
  updateMany<Id = Identifier>(resource: string, params: ManyParams & { data: unknown }): Promise<{ data: Id[] }>;
  /** Removes a record for good. */
  delete<Rec = Row>(resource: string, params: OneParams & { previousData?: unknown }): Promise<{ data: Rec }>;
  /** Removes records for good, one after the other. */
  deleteMany<Id = Identifier>(resource: string, params: ManyParams): Promise<{ data: Id[] }>;
}

function filtersOf(filter: unknown, texts: readonly string[] = ["name", "email"]): Record<string, unknown>[] {
  const { q, ...fields } = (filter ?? {}) as Record<string, unknown>;
  const named = Object.entries(fields).map(([field, condition]) => ({ [field]: condition }));
  return typeof q === "string" && q !== ""
    ? [...named, { or: texts.map((field) => ({ [field]: { contains: q } })) }]
    : named;
}

/** Intercom's order where a table has none of its own, which react-admin tells as one by id. */
function sortOf(sort: GetListParams["sort"]) {
  if (!sort || sort.field === "id") return undefined;
  return { field: sort.field, order: sort.order === "DESC" ? ("descending" as const) : ("ascending" as const) };
}

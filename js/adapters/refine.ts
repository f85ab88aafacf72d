/**
 * A data provider for refine 5: users, leads, contacts, companies, conversations, notes, admins, tags
 * and segments.
 *
 * @packageDocumentation
 */

import type { Intercom, IntercomError, Method } from "../index.js";
import {
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

/** A filter of refine's: one of a field, or several that `or` or `and` joins. */
export type Filter =
  | { field: string; operator: string; value?: unknown }
  | { operator: "or" | "and"; value: readonly Filter[]; key?: string };

/** What refine's hooks hand on: the query's signal among it. */
export interface Meta {
  /** Where refine's hooks put it. */
  signal?: AbortSignal | undefined;
  /** Where refine's types say that it is. */
  queryContext?: { signal?: AbortSignal } | undefined;
}

/** What refine asks a list for. */
export interface GetListParams {
  resource: string;
  pagination?: { currentPage?: number; pageSize?: number; mode?: "client" | "server" | "off" } | undefined;
  sorters?: readonly { field: string; order: "asc" | "desc" }[] | undefined;
  filters?: readonly Filter[] | undefined;
  meta?: Meta | undefined;
}

/**
 * A failure as refine reads it: `errors` for the form.
 *
 * `message` holds nobody's data: Intercom's own sentences, which may, are in the `errors` of `cause`.
 */
export class HttpError extends Error {
  override name = "HttpError";
  readonly statusCode: number;
  /** What is wrong with which field. */
  readonly errors: Record<string, string>;

  /** @internal */
  constructor(error: IntercomError) {
    super(error.message, { cause: error });
    this.statusCode = error.status;
    this.errors = fieldsOf(error);
  }
}

/** An id, as frameworks have it. */
export type Id = string | number;

/** The methods of refine's `DataProvider`; records are of the shape that the caller says. */
export interface IntercomDataProvider {
  /** A page, or all up to 10,000 records where `mode` isn't `server`; sorted and filtered. */
  getList<Rec = Row>(params: GetListParams): Promise<{ data: Rec[]; total: number }>;
  /** A record by its id. */
  getOne<Rec = Row>(params: { resource: string; id: Id; meta?: Meta | undefined }): Promise<{ data: Rec }>;
  /** Records by their ids. */
  getMany<Rec = Row>(params: { resource: string; ids: Id[]; meta?: Meta | undefined }): Promise<{ data: Rec[] }>;
  /** Creates a record. */
  create<Rec = Row, Variables = object>(params: { resource: string; variables: Variables }): Promise<{ data: Rec }>;
  /** Changes what is named of a record. */
  update<Rec = Row, Variables = object>(params: {
    resource: string;
    id: Id;
    variables: Variables;
  }): Promise<{ data: Rec }>;
  /** Removes a record for good. */
  deleteOne<Rec = Row>(params: { resource: string; id: Id }): Promise<{ data: Rec }>;
  /** Any other call: `url` is a path of Intercom's API. */
  custom<Rec = unknown>(params: {
    url: string;
    method: "get" | "delete" | "head" | "options" | "post" | "put" | "patch";
    payload?: unknown;
    query?: unknown;
    headers?: unknown;
    meta?: Meta | undefined;
  }): Promise<{ data: Rec }>;
  /** The Worker's address. */
  getApiUrl(): string;
}

/** Records that a list without pages gives at most. */
const ALL = 10_000;

/** refine's operators, as `search` names them. */
const OPERATORS: { readonly [operator: string]: string } = {
  eq: "equals",
  ne: "not",
  lt: "lessThan",
  gt: "greaterThan",
  in: "in",
  nin: "notIn",
  contains: "contains",
  containss: "contains",
  ncontains: "notContains",
  ncontainss: "notContains",
  startswith: "startsWith",
  startswiths: "startsWith",
  endswith: "endsWith",
  endswiths: "endsWith",
};

/**
 * refine's data provider of an Intercom.
 *
 * Its resources are `users`, `leads`, `contacts`, `companies`, `conversations`, `notes`, `admins`,
 * `tags` and `segments`; what Intercom can't do with one is rejected in words. Notes are those of a
 * contact, by `contact_id`, which companies can be filtered by, too. Pages are numbered over Intercom's
 * cursors: a page that is far from those seen is walked to. A list without pages ends after 10,000
 * records; its `total` says how many there are.
 *
 * @example
 * ```tsx
 * <Refine dataProvider={dataProvider(intercom)} resources={[{ name: "users", list: "/users" }]} />
 * ```
 */
export function dataProvider<Attributes>(intercom: Intercom<Attributes>): IntercomDataProvider {
  const resources = resourcesOf(intercom);
  const pages = new NumberedPages();
  const get = (resource: string, id: Id, meta?: Meta) =>
    operationOf(resources, resource, "get")(String(id), { signal: signalOf(meta) });

  const getList = async ({ resource, pagination, sorters, filters = [], meta }: GetListParams) => {
    operationOf(resources, resource, "list");
    const known = resources[resource] as Resource;
    const wanted = { filters: filters.map(filterOf), sort: sortOf(sorters), signal: signalOf(meta) };
    const { currentPage = 1, pageSize = 10, mode = "server" } = pagination ?? {};
    return mode === "server"
      ? pages.page(resource, known, wanted, currentPage, pageSize)
      : pages.page(resource, known, wanted, 1, ALL);
  };

  const provider = {
    getList: async (params: GetListParams) => {
      const { data, total } = await getList(params);
      return { data, total };
    },
    getOne: async ({ resource, id, meta }: { resource: string; id: Id; meta?: Meta }) => ({
      data: await get(resource, id, meta),
    }),
    getMany: async ({ resource, ids, meta }: { resource: string; ids: Id[]; meta?: Meta }) => ({
      data: await manyOf(resources, resource, ids, { signal: signalOf(meta) }),
    }),
    create: async ({ resource, variables }: { resource: string; variables: Record<string, unknown> }) => ({
      data: await operationOf(resources, resource, "create")(variables),
    }),
    update: async ({ resource, id, variables }: { resource: string; id: Id; variables: Record<string, unknown> }) => ({
      data: await operationOf(resources, resource, "update")(String(id), variables),
    }),
    deleteOne: async ({ resource, id }: { resource: string; id: Id }) => {
      await operationOf(resources, resource, "delete")(String(id));
      return { data: { id } };
    },
    custom: async ({ url, method, payload, query, headers, meta }: Parameters<IntercomDataProvider["custom"]>[0]) => ({
      data: await intercom.request(method.toUpperCase() as Method, url, {
        signal: signalOf(meta),
        query: query as Record<string, string>,
        headers: headers as HeadersInit,
        ...(payload !== undefined && { body: payload }),
      }),
    }),
  };
  const methods = Object.entries(provider).map(([name, method]) => [
    name,
    told(method as (params: never) => Promise<unknown>, HttpError),
  ]);
  return { ...Object.fromEntries(methods), getApiUrl: () => intercom.baseUrl } as IntercomDataProvider;
}

const signalOf = (meta?: Meta) => meta?.signal ?? meta?.queryContext?.signal;

function filterOf(filter: Filter): Record<string, unknown> {
  if (!("field" in filter)) return { [filter.operator]: filter.value.map(filterOf) };
  const { field, operator, value } = filter;
  const name = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  if (!name)
    throw new TypeError(`Intercom can't filter by ${operator}; it can by ${Object.keys(OPERATORS).join(", ")}`);
  return { [field]: { [name]: value } };
}

function sortOf(sorters: GetListParams["sorters"] = []) {
  const [first, second] = sorters;
  if (second) throw new TypeError("Intercom sorts by one field");
  if (!first || first.field === "id") return undefined;
  return { field: first.field, order: first.order === "desc" ? ("descending" as const) : ("ascending" as const) };
}

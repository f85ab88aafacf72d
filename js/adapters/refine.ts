/**
 * A data provider for refine 5: users, leads, contacts, companies, conversations, notes, messages, templates, admins,
 * tags and segments.
 *
 * @packageDocumentation
 */

import type { Intercom, IntercomError, Method } from "../index.js";
import { fieldErrors, withHttpErrors } from "./field-errors.js";
import { NumberedPages } from "./numbered-pages.js";
import { type DataProviderOptions, manyOf, operationOf, pageOf, resourcesOf, type Row } from "./resources.js";

export type { DataProviderOptions, Row };

/** A filter in refine's format: a condition on a field, or filters joined by `or` or `and`. */
export type Filter =
  | { field: string; operator: string; value?: unknown }
  | { operator: "or" | "and"; value: readonly Filter[]; key?: string };

/** The `meta` of a request, in which refine passes the abort signal. */
export interface Meta {
  /** The signal, as refine's hooks pass it. */
  signal?: AbortSignal | undefined;
  /** The signal, as refine's types declare it. */
  queryContext?: { signal?: AbortSignal } | undefined;
}

/** The parameters of `getList`. */
export interface GetListParams {
  /** The name of the resource, such as `users`. */
  resource: string;
  /** The page, counted from 1, and its size. A `mode` other than `server` gets up to 10,000 records at once. */
  pagination?: { currentPage?: number; pageSize?: number; mode?: "client" | "server" | "off" } | undefined;
  /** The sort order: one field at most. A sort by `id` is ignored. */
  sorters?: readonly { field: string; order: "asc" | "desc" }[] | undefined;
  /** The filters, which must all match. */
  filters?: readonly Filter[] | undefined;
  /** The request's metadata, with the signal. */
  meta?: Meta | undefined;
}

/**
 * An error in refine's format: `errors` is for the form.
 *
 * `message` contains no personal data. Intercom's own messages may contain some; they are in the `errors` of `cause`.
 */
export class HttpError extends Error {
  override name = "HttpError";
  /** The HTTP status, or 0 without a response. */
  readonly statusCode: number;
  /** The error messages by field. */
  readonly errors: Record<string, string>;

  /** @internal */
  constructor(error: IntercomError) {
    super(error.message, { cause: error });
    this.statusCode = error.status;
    this.errors = fieldErrors(error);
  }
}

/** The id of a record. */
export type Id = string | number;

/** The methods of refine's `DataProvider`. Type parameters set the type of the records. */
export interface IntercomDataProvider {
  /** Gets one page of records, sorted and filtered. Gets up to 10,000 records if `mode` is not `server`. */
  getList<Rec = Row>(params: GetListParams): Promise<{ data: Rec[]; total: number }>;
  /** Gets a record by its id. */
  getOne<Rec = Row>(params: { resource: string; id: Id; meta?: Meta | undefined }): Promise<{ data: Rec }>;
  /** Gets records by their ids. Leaves out records that do not exist. */
  getMany<Rec = Row>(params: { resource: string; ids: Id[]; meta?: Meta | undefined }): Promise<{ data: Rec[] }>;
  /**
   * Creates a record. For `messages`, sends it: the variables are a message as in `intercom.messages.send`, or without
   * `message_type` a notification as in `intercom.notify`. Its `idempotency_key` is the key of the call.
   */
  create<Rec = Row, Variables = object>(params: { resource: string; variables: Variables }): Promise<{ data: Rec }>;
  /** Updates the given fields of a record. */
  update<Rec = Row, Variables = object>(params: {
    resource: string;
    id: Id;
    variables: Variables;
  }): Promise<{ data: Rec }>;
  /** Deletes a record. Archives it instead if it is a contact, unless `options.delete` is `delete`. */
  deleteOne<Rec = Row>(params: { resource: string; id: Id }): Promise<{ data: Rec }>;
  /** Makes any other call. `url` is a path of Intercom's API or of the Worker, such as `/edge/messages/{id}/retry`. */
  custom<Rec = unknown>(params: {
    url: string;
    method: "get" | "delete" | "head" | "options" | "post" | "put" | "patch";
    payload?: unknown;
    query?: unknown;
    headers?: unknown;
    meta?: Meta | undefined;
  }): Promise<{ data: Rec }>;
  /** Returns the Worker's URL. */
  getApiUrl(): string;
}

/** The most records that a list without pages returns. */
const MAX_RECORDS = 10_000;

/** The operators of `search` by refine's names. */
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
 * Creates a data provider for refine.
 *
 * The resources are `users`, `leads`, `contacts`, `companies`, `conversations`, `notes`, `messages`, `templates`,
 * `admins`, `tags` and `segments`. An operation, a filter or a sort order that a resource does not support rejects with
 * a `TypeError`. A filter by `contact_id` lists the tags, companies, notes, segments and conversations of a contact.
 * Deleting a contact archives it, unless `options.delete` is `delete`. Intercom pages by cursors, so a distant page is
 * reached by reading the pages before it. A list without pages returns at most 10,000 records; `total` is the number of
 * all. Failed calls reject with {@link HttpError}.
 *
 * @example
 * ```tsx
 * <Refine dataProvider={dataProvider(intercom)} resources={[{ name: "users", list: "/users" }]} />
 * ```
 */
export function dataProvider<Attributes>(
  intercom: Intercom<Attributes>,
  options?: DataProviderOptions,
): IntercomDataProvider {
  const resources = resourcesOf(intercom, options);
  const pages = new NumberedPages();
  const get = (resource: string, id: Id, meta?: Meta) =>
    operationOf(resources, resource, "get")(String(id), { signal: signalOf(meta) });

  const getList = async ({ resource, pagination, sorters, filters = [], meta }: GetListParams) => {
    const request = { filters: filters.map(filterOf), sort: sortOf(sorters), signal: signalOf(meta) };
    const { currentPage = 1, pageSize = 10, mode = "server" } = pagination ?? {};
    const [number, perPage] = mode === "server" ? [currentPage, pageSize] : [1, MAX_RECORDS];
    return pageOf(resources, pages, resource, { ...request, number, perPage });
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
      data: await manyOf(resources, resource, ids, signalOf(meta)),
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
    withHttpErrors(method as (params: never) => Promise<unknown>, HttpError),
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

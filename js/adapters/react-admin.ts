/**
 * A data provider for react-admin 5: users, leads, contacts, companies, conversations, notes, messages, templates,
 * admins, tags and segments.
 *
 * @packageDocumentation
 */

import type { Intercom, IntercomError } from "../index.js";
import { fieldErrors, formError, withHttpErrors } from "./field-errors.js";
import { NumberedPages } from "./numbered-pages.js";
import {
  changed,
  type DataProviderOptions,
  filtersOf,
  manyOf,
  operationOf,
  pageOf,
  resourcesOf,
  type Row,
  sentRow,
} from "./resources.js";

export type { DataProviderOptions, Row };

/** The parameters of `getList`. */
export interface GetListParams {
  /** The page, counted from 1, and its size. Default: the first 150 records. */
  pagination?: { page: number; perPage: number } | undefined;
  /** The field to sort by, and the order. A sort by `id` is ignored: Intercom's own order applies. */
  sort?: { field: string; order: "ASC" | "DESC" } | undefined;
  /**
   * Conditions by field, as in `search`, without `after` and `before`. The key `q` finds text in the name or e-mail
   * address, for conversations in the first message, for templates in the name or subject.
   */
  filter?: unknown;
  /** Aborts the request. */
  signal?: AbortSignal | undefined;
}

/** The result of `getList`: one page of records. */
export interface GetListResult<RecordType> {
  /** The records of the page. */
  data: RecordType[];
  /** The number of records on all pages. A lower bound if Intercom does not return it. */
  total: number;
  /** The existence of pages before and after this one. */
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean };
}

/**
 * An error in react-admin's format: `status` is for the auth provider, `body.errors` for the form.
 *
 * `message` contains no personal data. Intercom's own messages may contain some; they are in the `errors` of `cause`.
 */
export class HttpError extends Error {
  override name = "HttpError";
  /** The HTTP status, or 0 without a response. */
  readonly status: number;
  /**
   * The error messages by field. If a record is rejected and no field is to blame, the message is in
   * `root.serverError`, which react-admin shows as a notification.
   */
  readonly body: { errors: { [field: string]: string | { serverError: string } } };

  /** @internal */
  constructor(error: IntercomError) {
    super(error.message, { cause: error });
    this.status = error.status;
    const root = formError(error);
    this.body = { errors: { ...fieldErrors(error), ...(root && { root: { serverError: root } }) } };
  }
}

/**
 * Creates a data provider for react-admin.
 *
 * The resources are `users`, `leads`, `contacts`, `companies`, `conversations`, `notes`, `messages`, `templates`,
 * `admins`, `tags` and `segments`. An operation, a filter or a sort order that a resource does not support rejects with
 * a `TypeError`. `<ReferenceManyField target="contact_id">` lists the tags, companies, notes, segments and
 * conversations of a contact. Deleting a contact archives it, unless `options.delete` is `delete`. Intercom pages by
 * cursors, so a distant page is reached by reading the pages before it. Failed calls reject with {@link HttpError}.
 *
 * @example
 * ```tsx
 * <Admin dataProvider={dataProvider(intercom)}><Resource name="users" list={ListGuesser} /></Admin>
 * ```
 */
export function dataProvider<Attributes>(
  intercom: Intercom<Attributes>,
  options?: DataProviderOptions,
): IntercomDataProvider {
  const resources = resourcesOf(intercom, options);
  const pages = new NumberedPages();
  const get = (resource: string, id: Identifier, signal?: AbortSignal) =>
    operationOf(resources, resource, "get")(String(id), { signal });

  const getList = async (
    resource: string,
    { pagination, sort, filter, signal }: GetListParams,
  ): Promise<GetListResult<Row>> => {
    const { page, perPage } = pagination ?? { page: 1, perPage: 150 };
    const filters = filtersOf(resource, filter, resources[resource]);
    const request = { filters, sort: sortOf(sort), number: page, perPage, signal };
    const { data, total, hasNextPage } = await pageOf(resources, pages, resource, request);
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
      data: await manyOf(resources, resource, ids, signal),
    }),
    getManyReference: ((resource, { target, id, filter, ...params }) =>
      getList(resource, { ...params, filter: { ...(filter as object), [target]: id } })) as Method<ReferenceParams>,
    create: async (resource: string, { data }: { data: unknown }) => ({
      data: await operationOf(resources, resource, "create")(data as Record<string, unknown>),
    }),
    update: async (resource: string, params: UpdateParams) => ({ data: await update(resource, params) }),
    updateMany: async (resource: string, { ids, data }: ManyParams & { data: unknown }) => {
      // One after the other, so that a failure leaves the remaining records unchanged.
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
    retryMessage: async ({ id }: OneParams) => ({ data: sentRow(await intercom.messages.retry(String(id))) }),
  };
  return Object.fromEntries(
    Object.entries(provider).map(([name, method]) => [
      name,
      method === true ? method : withHttpErrors(method as (...args: never[]) => Promise<unknown>, HttpError),
    ]),
  ) as unknown as IntercomDataProvider;
}

type Method<Params> = (resource: string, params: Params) => Promise<unknown>;
/** The id of a record. */
export type Identifier = string | number;

/** The parameters of a method for one record. */
export interface OneParams {
  /** The record's id. */
  id: Identifier;
  /** Aborts the request. */
  signal?: AbortSignal | undefined;
}

/** The parameters of a method for several records. */
export interface ManyParams {
  /** The ids of the records. */
  ids: Identifier[];
  /** Aborts the requests. */
  signal?: AbortSignal | undefined;
}

/** The parameters of `update`. */
export interface UpdateParams extends OneParams {
  /** The record's new fields. */
  data: unknown;
  /** The record before the change. Only fields that differ from it are sent. */
  previousData?: unknown;
}

/** The parameters of `getManyReference`. */
export interface ReferenceParams extends GetListParams {
  /** The name of the field with the id, such as `contact_id`. */
  target: string;
  /** The id of the record that the results refer to. */
  id: Identifier;
}

/** The methods of react-admin's `DataProvider`. Type parameters set the type of the records. */
export interface IntercomDataProvider {
  /** Allows react-admin to abort requests that are no longer needed. */
  supportAbortSignal: true;
  /** Gets one page of records, sorted and filtered. */
  getList<Rec = Row>(resource: string, params: GetListParams): Promise<GetListResult<Rec>>;
  /** Gets a record by its id. */
  getOne<Rec = Row>(resource: string, params: OneParams): Promise<{ data: Rec }>;
  /** Gets records by their ids. Leaves out records that do not exist. */
  getMany<Rec = Row>(resource: string, params: ManyParams): Promise<{ data: Rec[] }>;
  /** Gets one page of the records that refer to another record. */
  getManyReference<Rec = Row>(resource: string, params: ReferenceParams): Promise<GetListResult<Rec>>;
  /**
   * Creates a record. For `messages`, sends it: `data` is a message as in `intercom.messages.send`, or without
   * `message_type` a notification as in `intercom.notify`. Its `idempotency_key` is the key of the call.
   */
  create<Rec = Row>(resource: string, params: { data: unknown }): Promise<{ data: Rec }>;
  /** Updates the fields of a record that differ from `previousData`. */
  update<Rec = Row>(resource: string, params: UpdateParams): Promise<{ data: Rec }>;
  /** Updates records, one after the other. Stops at the first error. */
  updateMany<Id = Identifier>(resource: string, params: ManyParams & { data: unknown }): Promise<{ data: Id[] }>;
  /** Deletes a record. Archives it instead if it is a contact, unless `options.delete` is `delete`. */
  delete<Rec = Row>(resource: string, params: OneParams & { previousData?: unknown }): Promise<{ data: Rec }>;
  /** Deletes records as `delete` does, one after the other. Stops at the first error. */
  deleteMany<Id = Identifier>(resource: string, params: ManyParams): Promise<{ data: Id[] }>;
  /** Sends a message in the state `unknown` again. First check in Intercom that it did not arrive. */
  retryMessage<Rec = Row>(params: OneParams): Promise<{ data: Rec }>;
}

/** Converts react-admin's sort. Without a sort of its own, a table sorts by `id`, which Intercom does not support. */
function sortOf(sort: GetListParams["sort"]) {
  if (!sort || sort.field === "id") return undefined;
  return { field: sort.field, order: sort.order === "DESC" ? ("descending" as const) : ("ascending" as const) };
}

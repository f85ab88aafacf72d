/**
 * A client of Intercom for your own admin dashboard, through an intercom-edge Worker that keeps the access token.
 *
 * @packageDocumentation
 */

export type { Batch, Batches, NewBatch } from "./batch.js";
export type { Companies, CompanyFields, CompanyListOptions } from "./companies.js";
export type { ContactField, ContactFields, ContactReference, Contacts, Notes, Related } from "./contacts.js";
export type { Conversations, Reply } from "./conversations.js";
export type { Directory } from "./directory/directory.js";
export type { DirectoryResult } from "./directory/result.js";
export type * from "./directory/types.js";
export {
  ArgumentError,
  ForbiddenError,
  IntercomError,
  MergedError,
  NetworkError,
  NotFoundError,
  RateLimitError,
  TimeoutError,
  UnauthorizedError,
  UpstreamError,
  ValidationError,
  WebAssemblyError,
  type ErrorDetail,
  type Failure,
  type RateLimit,
  type RawAnswer,
} from "./error.js";
export type { Export, ExportOptions } from "./export.js";
export type { Admins, DataAttributes, Events, NewDataAttribute, NewEvent, Segments, Tags } from "./intercom.js";
export type { List, Page } from "./list.js";
export type { Live, LiveOptions, LiveState, WebSocketClass } from "./live.js";
export type * from "./live-events.js";
export type * from "./message.js";
export type * from "./model.js";
export type {
  MessageCountOptions,
  MessageExportOptions,
  MessageFilter,
  MessageListOptions,
  Messages,
  SentMessage,
} from "./outbox.js";
export type * from "./search.js";
export type {
  CallOptions,
  Content,
  IntercomOptions,
  ListOptions,
  Method,
  Operation,
  RequestEvent,
  ResponseEvent,
  SendOptions,
} from "./options.js";
export type { PreviewOptions, Templates } from "./template.js";
export { toDate } from "./time.js";
export { init, type WasmSource } from "./wasm.js";
export { Intercom } from "./with-directory.js";

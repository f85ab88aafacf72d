/**
 * Intercom for your own admin dashboard, through an intercom-edge Worker that keeps the access
 * token.
 *
 * @packageDocumentation
 */

export type { Batch, Batches, BatchProgress, BatchRecipient, BatchState, NewBatch } from "./batch.js";
export { type ErrorDetail, IntercomError } from "./error.js";
export { Intercom, type IntercomOptions, type Admins, type People } from "./intercom.js";
export type { CallOptions, List, ListOptions, Page } from "./list.js";
export type * from "./model.js";
export type * from "./notification.js";
export type { Messages, MessageListOptions, MessageState, OutboxMessage } from "./outbox.js";
export type { NewTemplate, Preview, PreviewOptions, Template, Templates } from "./template.js";

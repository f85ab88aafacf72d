/**
 * Intercom for your own admin dashboard, through an intercom-edge Worker that keeps the access
 * token.
 *
 * @packageDocumentation
 */

export { IntercomError } from "./error.js";
export { Intercom, type IntercomOptions, type Admins, type Messages, type People } from "./intercom.js";
export type { CallOptions, List, ListOptions, Page } from "./list.js";
export type * from "./model.js";

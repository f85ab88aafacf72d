/**
 * The Worker, for a Worker of your own that exports it again:
 *
 * ```js
 * export * from "intercom-edge/worker";
 * export { default } from "intercom-edge/worker";
 * ```
 *
 * `wrangler.toml` binds the classes below: `npx intercom-edge init` writes one.
 */
declare const worker: {
  /** Answers a request to the Worker. */
  fetch(request: Request, env: unknown, context: unknown): Promise<Response>;
};
export default worker;

/** A class of Durable Objects. The Worker is the only caller of its objects. */
declare class DurableObject {
  constructor(state: unknown, env: unknown);
}

/** Reserved for the record of writes. */
export class Audit extends DurableObject {}
/** Stores the pagination state of API 1.x lists. */
export class Cursors extends DurableObject {}
/** Reserved for what the users of the dashboard share. */
export class Dashboard extends DurableObject {}
/** Runs exports, and reads pages for them. */
export class Exporter extends DurableObject {}
/** Sends live events to their readers. */
export class Live extends DurableObject {}
/** Sends every message at most once, and stores messages. */
export class Outbox extends DurableObject {}
/** Calls Intercom for the outbox. */
export class Sender extends DurableObject {}
/** Stores the events: Intercom's notifications, and the outbox's own. */
export class Webhooks extends DurableObject {}

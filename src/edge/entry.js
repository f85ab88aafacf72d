// The Worker's entry: what the runtime calls. The build puts `program` in its place, which is the compiled Worker.
import * as program from "program";
import { restarting } from "./restart.js";

const { fetch, durable } = restarting(program);

export default { fetch };
export const Cursors = durable(program.Cursors);
export const Exporter = durable(program.Exporter);
export const Live = durable(program.Live);
export const Outbox = durable(program.Outbox);
export const Sender = durable(program.Sender);
export const Webhooks = durable(program.Webhooks);

// The classes of later versions. They are bound now, because a class that is added later is an edit of the bindings and
// migrations of everyone who has deployed the Worker. They store nothing and answer nothing yet.
/** The record of writes. */
export class Audit {}
/** What the users of the dashboard share: saved views, and the progress of changes to many people. */
export class Dashboard {}

// The Worker's entry: what the runtime calls. The build puts `program` in its place, which is the compiled Worker.
import * as program from "program";
import { restarting } from "./restart.js";

const { fetch, durable } = restarting(program);

export default { fetch };
export const Cursors = durable(program.Cursors);
export const Outbox = durable(program.Outbox);
export const Sender = durable(program.Sender);

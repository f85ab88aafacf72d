// The sandbox's entry: what the runtime calls. The build puts `program` in its place, which is the compiled sandbox.
import * as program from "program";
import { restarting } from "../src/edge/restart.js";

const { fetch, durable } = restarting(program);

export default { fetch };
export const Sandbox = durable(program.Sandbox);

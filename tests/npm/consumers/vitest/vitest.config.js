import { env } from "node:process";

// Happy DOM asks other origins as a page does: from an address.
export default { test: { environmentOptions: { happyDOM: { url: env.PAGE_URL } } } };

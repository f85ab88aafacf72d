import { dashboard } from "../dashboard.js";

export default {
  async fetch(request, { WORKER_URL: workerUrl, CALLER_KEY: callerKey }) {
    if (new URL(request.url).pathname !== "/dashboard") return new Response("Ready");
    // Two at once: what one request loads must be there for the other.
    const all = await Promise.all(
      ["one", "two"].map((name) => dashboard({ workerUrl, callerKey, consumer: `Cloudflare, ${name}` })),
    );
    return Response.json(all);
  },
};

// Serves the dashboard's files, and passes all other requests to the Worker: what Cloudflare does with `[assets]` of
// wrangler.toml. For workerd alone, which has no assets.

const TYPES = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  woff2: "font/woff2",
};

export default {
  async fetch(request, { FILES, WORKER, HEADERS }) {
    const { pathname } = new URL(request.url);
    if (pathname === "/dashboard") return new Response(null, { status: 307, headers: { location: "/dashboard/" } });
    if (!pathname.startsWith("/dashboard/")) return WORKER.fetch(request);
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response(null, { status: 405, headers: { ...HEADERS, allow: "GET, HEAD" } });
    }
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const type = TYPES[path.match(/\.(\w+)$/)?.[1]];
    // Of a folder the disk service would send a list of its files.
    const file = type && (await FILES.fetch(`http://files${path}`, { method: request.method }));
    if (!file?.ok) return new Response("Not found", { status: 404, headers: HEADERS });
    return new Response(file.body, { headers: { ...HEADERS, "content-type": type } });
  },
};

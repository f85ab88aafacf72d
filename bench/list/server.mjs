// The upstream of the listings, a process of its own: 10,000 contacts in pages that are rendered once,
// so that every contestant meets the same bytes at the same cost. Beside them it serves a folder.
//
//   node bench/list/server.mjs PORT FOLDER
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { argv } from "node:process";
import { contact } from "../contact.mjs";
import { CONTACTS, PAGES, PER_PAGE } from "./listing.mjs";

const [, , port, folder] = argv;

const pages = Array.from({ length: PAGES }, (_, page) => {
  const first = page * PER_PAGE;
  const data = Array.from({ length: Math.min(PER_PAGE, CONTACTS - first) }, (_, index) => contact(first + index));
  const next = page + 1 < PAGES ? { page: page + 2, starting_after: `cursor+${page + 1}/=` } : null;
  return Buffer.from(
    JSON.stringify({
      type: "list",
      data,
      total_count: CONTACTS,
      pages: { type: "pages", page: page + 1, per_page: PER_PAGE, total_pages: PAGES, next },
    }),
  );
});

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://x");
  if (pathname === "/contacts") {
    const page = Number(searchParams.get("starting_after")?.match(/\d+/)?.[0] ?? 0);
    const body = pages[page];
    return response.writeHead(200, { "content-type": "application/json", "content-length": body.length }).end(body);
  }
  if (pathname === "/")
    return response
      .writeHead(200, { "content-type": "text/html" })
      .end('<!doctype html><link rel="icon" href="data:,">');
  const file = join(folder, pathname);
  if (!existsSync(file)) return response.writeHead(404).end();
  createReadStream(file).pipe(response.writeHead(200, { "content-type": "text/javascript" }));
}).listen(Number(port), "127.0.0.1");

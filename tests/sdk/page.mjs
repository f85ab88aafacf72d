// A page with Intercom's SDK in it, at an origin of its own: somebody's dashboard elsewhere.
import http from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const SCRIPT = `
  import { IntercomClient } from "intercom-client";
  import { outcome } from "./call.mjs";
  const client = ({ url, token }) => new IntercomClient({ baseUrl: url, token, maxRetries: 0 });
  Object.assign(globalThis, { client, outcome });
`;

/** The SDK as a page loads it: `client({ url, token })` and `outcome(client, method)`. */
export async function bundle() {
  const {
    outputFiles: [{ text }],
  } = await build({
    stdin: { contents: SCRIPT, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
    bundle: true,
    format: "esm",
    // An error's name is compared.
    keepNames: true,
    platform: "browser",
    write: false,
  });
  return text;
}

/** Serves the page: its `origin`, and `stop`. */
export async function startPage(script) {
  const html =
    '<!doctype html><meta charset="utf-8"><title>Elsewhere</title><script type="module" src="/page.js"></script>';
  const server = http.createServer(({ url }, response) => {
    const [type, body] = url === "/page.js" ? ["text/javascript", script] : ["text/html", html];
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  const stop = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { origin: `http://localhost:${server.address().port}`, stop };
}

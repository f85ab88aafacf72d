#!/usr/bin/env node
// The proxy before the sandbox, which breaks connections. A Worker can't do that.
//
//   node cli/serve/sandbox-front.mjs --listen 8788 --to 8789
//
// It streams requests and responses unchanged. It resets the client's connection if the response has the header
// `x-sandbox-fault: reset`, and closes it if the sandbox closes its own. The sandbox also accepts the access token in
// the environment variable SANDBOX_TOKEN, so that the tests can search for it in all output.

import { Agent, createServer, request as send } from "node:http";
import { pipeline } from "node:stream";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const TOKEN = "sandbox-token";

/**
 * Creates the proxy's server.
 * @param {number} to the sandbox's port
 * @param {string} token an access token that the sandbox accepts in addition to its own
 */
export function front(to, token = TOKEN) {
  // workerd closes a connection that idles for five seconds: let go of it before that, so that no
  // request meets one that is about to close.
  const agent = new Agent({ keepAlive: true, timeout: 2_000 });

  // For the same reason it is the client who ends an idle connection here.
  const patient = { keepAliveTimeout: 600_000, requestTimeout: 0 };

  return createServer(patient, (request, answer) => {
    const { method, url: path, socket } = request;
    const headers = request.rawHeaders.map((text) => (text === `Bearer ${token}` ? `Bearer ${TOKEN}` : text));
    const passed = send({ host: "127.0.0.1", port: to, agent, method, path, headers });
    answer.sendDate = false;

    passed.on("response", (response) => {
      if (response.headers["x-sandbox-fault"] === "reset") {
        passed.destroy();
        socket.resetAndDestroy();
        return;
      }
      answer.writeHead(response.statusCode, response.statusMessage, response.rawHeaders);
      answer.flushHeaders();
      pipeline(response, answer, (error) => error && socket.destroy());
    });
    passed.on("error", () => socket.resetAndDestroy());
    answer.on("close", () => answer.writableFinished || passed.destroy());
    request.pipe(passed);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { values } = parseArgs({
    options: { listen: { type: "string", default: "8788" }, to: { type: "string", default: "8789" } },
  });
  const server = front(Number(values.to), process.env.SANDBOX_TOKEN);
  server.on("error", (error) => {
    console.error(`sandbox-front: ${error.message}`);
    process.exitCode = 1;
  });
  server.listen(Number(values.listen), "127.0.0.1");
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
}

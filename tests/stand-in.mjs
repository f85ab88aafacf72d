// A stand-in for the Worker: what arrived at it, and what it answers, in turn.

import { once } from "node:events";
import { createServer } from "node:http";

/** Serves on a free port; the last of `answers` stays. `open` holds the answers that aren't finished. */
export async function standIn() {
  const state = { url: "", seen: [], answers: [], open: new Set() };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const { method, url, headers } = request;
    state.seen.push({ method, url, headers, body: body && JSON.parse(body) });
    state.open.add(response.on("close", () => state.open.delete(response)));
    const answer = state.answers.length > 1 ? state.answers.shift() : state.answers[0];
    await answer(response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  state.url = `http://127.0.0.1:${server.address().port}`;
  state.close = () => server.closeAllConnections() ?? server.close();
  return state;
}

export const json =
  (status, body, headers = {}) =>
  (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

export const text =
  (status, body, headers = {}) =>
  (response) =>
    response.writeHead(status, headers).end(body);

/** An answer in Intercom's shape of errors. */
export const error = (status, detail, headers) =>
  json(status, { type: "error.list", request_id: "req-1", errors: [detail] }, headers);

/** The connection breaks without an answer. */
export const broken = (response) => response.socket.destroy();

/** Nothing comes. */
export const silent = () => {};

// A stand-in for the Worker's live events: tickets, a log of events, and WebSockets with the same rules. A test can cut
// connections, end them, and keep silent.

import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";

// miniflare brings `ws`, which the package itself does not need.
const { WebSocketServer } = createRequire(createRequire(import.meta.url).resolve("miniflare"))("ws");

/** How many events are sent without an acknowledgement. */
const WINDOW = 256;

const ticketed = (response, ticket) =>
  response
    .writeHead(201, { "content-type": "application/json" })
    .end(JSON.stringify({ type: "edge.ticket", ticket, expires_at: Math.floor(Date.now() / 1000) + 30 }));

/**
 * Serves on a free port. `tickets` are the requests for tickets, `answers` what the next ones get instead of a ticket;
 * `respond` answers reads; `log` are the events; `connections` the open WebSockets. `window` is the number of events
 * that are sent without an acknowledgement; `greets` is false while connections get no first message, `pongs` while
 * pings get no answer, `admits` while no handshake succeeds.
 */
export async function liveStandIn() {
  const live = {
    url: "",
    tickets: [],
    answers: [],
    respond: undefined,
    log: [],
    connections: new Set(),
    opened: 0,
    window: WINDOW,
    greets: true,
    pongs: true,
    admits: true,
  };
  const valid = new Set();
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    if (request.method === "GET") return live.respond(response, request.url);
    live.tickets.push({ url: request.url, headers: request.headers, body: JSON.parse(body) });
    const answer = live.answers.shift();
    if (answer) return answer(response);
    const ticket = `ticket/${live.tickets.length}+${JSON.parse(body).last_event_id ?? ""}`;
    valid.add(ticket);
    return ticketed(response, ticket);
  });
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const url = new URL(request.url, "http://worker.example");
    const ticket = url.searchParams.get("ticket");
    if (!live.admits || !url.pathname.endsWith("/edge/live") || !valid.delete(ticket)) {
      socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => serve(live, opened, ticket.split("+")[1]));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  live.url = `http://127.0.0.1:${server.address().port}`;
  live.publishItem = (topic, item) => {
    live.log.push({ ...event, id: `log-${live.log.length + 1}`, topic, item });
    for (const connection of live.connections) connection.flush();
  };
  live.publish = (...topics) => {
    for (const topic of topics) live.publishItem(topic, { type: "contact", id: String(live.log.length + 1) });
  };
  /** Breaks all connections without a word. */
  live.cut = () => {
    for (const { socket } of live.connections) socket.terminate();
  };
  live.send = (message) => {
    for (const { socket } of live.connections) socket.send(JSON.stringify(message));
  };
  live.end = (reason) => {
    for (const { socket, sent } of live.connections) {
      socket.send(JSON.stringify({ type: "edge.end", id: `log-${sent()}`, reason }));
      socket.close(4000);
    }
  };
  live.reset = () => {
    live.cut();
    live.connections.clear();
    Object.assign(live, { tickets: [], answers: [], log: [], opened: 0, window: WINDOW });
    Object.assign(live, { greets: true, pongs: true, admits: true });
  };
  live.close = () => {
    live.cut();
    server.closeAllConnections();
    server.close();
  };
  return live;
}

const event = { type: "edge.event", created_at: 1_795_392_000, notification_id: null, outdated: false };

/** The number of an event in the log. */
const numberOf = (id) => Number(id.split("-")[1]);

/** Serves a connection that begins after an event. */
function serve(live, socket, last) {
  live.opened++;
  const start = last ? numberOf(last) : live.log.length;
  let sent = start;
  let acknowledged = start;
  const connection = {
    socket,
    sent: () => sent,
    acknowledgements: [],
    pings: 0,
    /** The most events that were sent without an acknowledgement. */
    most: 0,
    flush() {
      while (sent < live.log.length && sent - acknowledged < live.window && socket.readyState === 1) {
        socket.send(JSON.stringify(live.log[sent++]));
        connection.most = Math.max(connection.most, sent - acknowledged);
      }
    },
  };
  live.connections.add(connection);
  live.last = connection;
  socket.on("close", () => live.connections.delete(connection));
  socket.on("message", (data) => {
    const text = String(data);
    if (text === "ping") {
      connection.pings++;
      if (live.pongs) socket.send("pong");
      return;
    }
    connection.acknowledgements.push(Number(text));
    const total = start + Number(text);
    // As the Worker: what is no number of events ends the connection.
    if (!/^\d+$/.test(text) || total > sent || total < acknowledged) {
      socket.send(JSON.stringify({ type: "edge.end", id: `log-${sent}`, reason: "unsupported_message" }));
      socket.close(4000);
      return;
    }
    acknowledged = total;
    connection.flush();
  });
  if (!live.greets) return;
  socket.send(JSON.stringify({ type: "edge.ready", id: `log-${sent}` }));
  connection.flush();
}

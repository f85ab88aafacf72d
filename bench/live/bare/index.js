// The lower bound for live events: checks the signature, stores the notification once, and sends it to all WebSockets.
// It has no callers, no topics, no acknowledgements, and no way to resume.

import { DurableObject } from "cloudflare:workers";

let key;

const importKey = (secret) =>
  crypto.subtle.importKey("raw", new TextEncoder().encode(secret), { name: "HMAC", hash: "SHA-1" }, false, ["verify"]);

export default {
  async fetch(request, env) {
    const { pathname } = new URL(request.url);
    const events = env.EVENTS.getByName("events");
    if (pathname === "/health") return new Response("ok");
    if (pathname === "/edge/live") return events.fetch(request);
    const body = await request.arrayBuffer();
    const signature = Uint8Array.fromHex(request.headers.get("x-hub-signature").slice("sha1=".length));
    key ??= importKey(env.INTERCOM_CLIENT_SECRET);
    if (!(await crypto.subtle.verify("HMAC", await key, signature, body))) return new Response("", { status: 401 });
    await events.add(new TextDecoder().decode(body));
    return new Response("");
  },
};

/** Stores notifications, and sends each to all WebSockets. */
export class Events extends DurableObject {
  constructor(state, env) {
    super(state, env);
    state.storage.sql.exec("CREATE TABLE IF NOT EXISTS event (id TEXT PRIMARY KEY, body TEXT NOT NULL)");
  }

  async fetch() {
    const { 0: client, 1: server } = new WebSocketPair();
    this.ctx.acceptWebSocket(server);
    server.send('{"type":"edge.ready","id":"00000000-0"}');
    return new Response(null, { status: 101, webSocket: client });
  }

  async add(body) {
    const { id, topic, data } = JSON.parse(body);
    const { rowsWritten } = this.ctx.storage.sql.exec("INSERT OR IGNORE INTO event VALUES (?, ?)", id, body);
    if (rowsWritten === 0) return;
    const text = JSON.stringify({ type: "edge.event", id: "00000000-1", topic, notification_id: id, item: data.item });
    for (const socket of this.ctx.getWebSockets()) socket.send(text);
  }

  webSocketMessage() {}
}

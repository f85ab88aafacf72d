#!/usr/bin/env node
// Stands for Intercom: `node bench/upstream.mjs <port>`. Answers are whole buffers made beforehand
// and requests are hardly read, so that as much of the machine as can be is left to the Workers.
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import { answerHeaders, cases } from "./cases.mjs";

const answers = new Map(cases.map(({ path, type, body }) => [path, answer("200 OK", type, body)]));
const unknown = answer("404 Not Found", "application/json", Buffer.from('{"type":"error.list","errors":[]}'));

function answer(status, type, body) {
  const headers = { "Content-Type": type, "Content-Length": body.length, ...answerHeaders };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status}\r\n${lines.join("")}\r\n`), body]);
}

const server = createServer({ noDelay: true }, (socket) => {
  let text = "";
  socket.on("error", () => {});
  socket.setEncoding("latin1").on("data", (piece) => {
    text += piece;
    // Only GETs come, which have no body: a request ends where its head does.
    for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
      const path = text.slice(text.indexOf(" ") + 1, text.indexOf(" HTTP/"));
      socket.write(answers.get(path) ?? unknown);
      text = text.slice(end + 4);
    }
  });
});

server.listen(Number(process.argv[2]), "127.0.0.1");

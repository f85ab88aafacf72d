// Requests that no client library would send: bytes over a connection of their own.

import http from "node:http";
import { connect } from "node:net";
import { watch } from "./canary.mjs";

/** Sends bytes; gives all that came back once the connection is closed, or has been silent. */
export const raw = (url, bytes, silence = 1500) =>
  new Promise((resolve) => {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port });
    const chunks = [];
    const end = () => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString("latin1");
      watch(text, "the answer to raw bytes");
      resolve({ text, statuses: [...text.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status)) });
    };
    socket
      .on("data", (chunk) => chunks.push(chunk))
      .on("error", end)
      .on("close", end)
      .setTimeout(silence, end);
    socket.write(bytes);
  });

/** Asks for a path exactly as it is written. */
export const asWritten = (url, path, { method = "GET", headers = {}, body } = {}) =>
  new Promise((resolve, reject) => {
    const request = http.request(url, { path, method, headers, agent: false }, (response) => {
      const chunks = [];
      response
        .on("data", (chunk) => chunks.push(chunk))
        .on("error", reject)
        .on("end", () => {
          const text = Buffer.concat(chunks).toString();
          watch(text + JSON.stringify(response.rawHeaders), `the answer to ${method} ${path}`);
          resolve({ status: response.statusCode, headers: response.headers, text });
        });
    });
    request.on("error", reject).end(body);
  });

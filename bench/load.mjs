// Asks a Worker from a few kept connections, and reads every answer to its end.
import { createHash } from "node:crypto";
import { Agent, request as open } from "node:http";
import { Failure } from "../cli/failure.mjs";

export const CONNECTIONS = 8;

/** `ask` sends one request; `run` sends `count`, never more than CONNECTIONS at once. */
export function client(port, headers) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  const send = (path, { method = "GET", more = headers } = {}, onPiece) =>
    new Promise((resolve, reject) => {
      const asked = open({ host: "127.0.0.1", port, agent, method, path, headers: more }, (answer) => {
        let length = 0;
        answer.on("data", (piece) => {
          length += piece.length;
          onPiece?.(piece);
        });
        answer.once("end", () => resolve({ status: answer.statusCode, headers: answer.headers, length }));
        answer.once("error", reject);
      });
      asked.once("error", reject).end();
    });

  return {
    async ask(path, options) {
      const hash = createHash("sha256");
      const answer = await send(path, options, (piece) => hash.update(piece));
      return { ...answer, sha256: hash.digest("hex") };
    },
    async run({ path, body }, count) {
      let left = count;
      const connection = async () => {
        while (left-- > 0) {
          const { status, length } = await send(path);
          if (status === 200 && length === body.length) continue;
          throw new Failure(`GET ${path} was answered ${status} with ${length} bytes, not 200 with ${body.length}`);
        }
      };
      await Promise.all(Array.from({ length: CONNECTIONS }, connection));
    },
    close: () => agent.destroy(),
  };
}

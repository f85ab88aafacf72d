// Where there is no WebAssembly, the package can be imported all the same, and calls say why they fail.
import { argv } from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

const [, , entry] = argv;
delete globalThis.WebAssembly;
const { Intercom, IntercomError, WebAssemblyError, init } = await import(entry);

const intercom = new Intercom({ baseUrl: "http://worker.example", auth: "key" });
const users = intercom.users.list();
// What is rejected without a call would end the process.
await sleep(10);

const calls = [
  () => intercom.me(),
  () => users.page(),
  () => intercom.notify({ to: {} }),
  () => intercom.messages.batches.get("1"),
  () => init(new Uint8Array()),
];
const errors = await Promise.all(
  calls.map((call) =>
    call().then(
      () => "nothing",
      (error) => error,
    ),
  ),
);
console.log(
  JSON.stringify(
    errors.map((error) => [
      error instanceof WebAssemblyError && error instanceof IntercomError,
      error.code,
      error.message,
    ]),
  ),
);

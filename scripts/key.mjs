// `npm run key -- --name dashboard`: a new caller key. It is shown once; the Worker keeps its hash.
import { parseArgs } from "node:util";
import { callerKeyEntry, newCallerKey } from "./caller-key.mjs";
import { Failure, main } from "./step.mjs";

const HOW = "npm run key -- --name dashboard";

await main(async () => {
  const name = nameGiven();
  const key = newCallerKey();
  console.log(`The key, for the caller only; it is not shown again:
  ${key}

Its entry in the Worker's secret CALLER_KEYS, a JSON array with an entry for each caller:
  ${JSON.stringify(callerKeyEntry(name, key))}

With this caller alone, type \`npx wrangler secret put CALLER_KEYS\` and paste:
  ${JSON.stringify([callerKeyEntry(name, key)])}`);
});

function nameGiven() {
  try {
    const { name } = parseArgs({ options: { name: { type: "string" } } }).values;
    if (/^[\w.-]{1,64}$/.test(name ?? "")) return name;
  } catch {}
  throw new Failure("A key needs its caller's name: letters, digits, `.`, `_` and `-`", { todo: HOW });
}

// The access token of this run: a random text that nothing may show, so that anybody can look for it.

import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const { ACCESS_TOKEN, LEAKS } = process.env;

/** The spellings in which a secret could stand somewhere. */
const spellings = (secret) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64"),
  Buffer.from(`${secret}:`).toString("base64"),
];

/** Whether a text shows a secret. */
export const shows = (text, secret) => spellings(secret).some((spelling) => text.includes(spelling));

/** Fails a test whose answer shows the access token, and the whole run with it. */
export function watch(text, where) {
  if (!ACCESS_TOKEN || !shows(text, ACCESS_TOKEN)) return;
  if (LEAKS) appendFileSync(LEAKS, `${where}\n`);
  throw new Error(`The access token is in ${where}`);
}

/** The files under the folders that hold one of the secrets, whatever their format. */
export function filesWith(secrets, folders) {
  const wanted = secrets.flatMap(spellings).map((spelling) => Buffer.from(spelling));
  return folders.filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => {
        const bytes = readFileSync(file);
        return wanted.some((spelling) => bytes.includes(spelling));
      }),
  );
}

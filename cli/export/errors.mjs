// The errors of an export, with what to do.
import { Failure } from "../failure.mjs";

/** Checks that a Worker answers at the address. An export itself would first retry for some time. */
export async function checkWorker(url) {
  let response;
  try {
    response = await fetch(`${url}/edge/health`, { redirect: "manual", signal: AbortSignal.timeout(30_000) });
    await response.body?.cancel();
  } catch (error) {
    throw new Failure(`There is no answer from ${url}`, {
      why: error.cause?.message || error.cause?.code || error.message,
      todo: "is the Worker running? Start it with npx intercom-edge dev, or give the address of yours with --url",
    });
  }
  if (response.headers.has("x-intercom-edge")) return;
  throw new Failure(`There is no Worker of intercom-edge at ${url}`, {
    why: `${url}/edge/health answers ${response.status}, without the header X-Intercom-Edge.`,
    todo: "correct --url; behind a sign-in page, use an address without it",
  });
}

/** Returns the failure that describes an error of the package. Any other error is returned unchanged. */
export function failureOf(error, { key, objects, since, sinceFile, continuable }) {
  const { name, status, code, errors } = error;
  if (error.syscall) {
    const todo = error.code === "ENOSPC" ? "make room on the disk, and run it again" : "run it again";
    return new Failure("The rows can't be written", { why: error.message, todo });
  }
  if (name === "ArgumentError") return new Failure(error.message, { todo: "--help describes the options" });
  if (typeof status !== "number" || !Array.isArray(errors)) return error;
  const why = errors[0]?.message ?? error.message;
  const field = errors[0]?.field;
  if (status === 401) {
    return new Failure("The Worker rejected the caller key", {
      why,
      todo: `check the key in ${key.place}; npx intercom-edge key creates a new one`,
    });
  }
  if (status === 403) {
    // Only the Worker names a missing scope. Intercom answers 403 if its access token lacks a permission.
    const lacksScope = error.raw?.headers.has("www-authenticate");
    return new Failure(`No permission to export ${objects}`, {
      why,
      todo: lacksScope
        ? `use a key with the scope: npx intercom-edge key --name export --scopes ${scopeOf(objects)}`
        : "check the key's allowed origins, and the permissions of the app in Intercom's Developer Hub",
    });
  }
  if (field === "since" && sinceFile && since) {
    return new Failure(`The Worker rejected the token in ${sinceFile}`, {
      why,
      todo: `remove ${sinceFile} to export everything once more`,
    });
  }
  if (field === "resume") {
    return new Failure("The Worker can't continue this export", { why, todo: "add --restart to begin again" });
  }
  if (status === 400 || status === 422) return new Failure("The Worker rejected the options", { why });
  return new Failure("The export failed", {
    why: [why, code && status ? `(${status} ${code})` : ""].join(" ").trim(),
    todo: continuable ? "run the same command to continue it" : "run it again",
  });
}

function scopeOf(objects) {
  return ["companies", "conversations"].includes(objects) ? `${objects}:read` : "contacts:read";
}

// Exports are exact: while one runs, contacts are created, changed, merged, archived and deleted, and the caller's
// connection breaks now and then. changes.mjs makes the changes.

import { setTimeout as sleep } from "node:timers/promises";
import { readExport } from "../export.mjs";
import { Changes } from "./changes.mjs";
import { dice } from "./dice.mjs";

/** The number of people above which an export counts as large. */
export const LARGE = 20_000;
const SEARCHES = { method: "POST", path: "/contacts/search" };
const FAULTS = ["status:500", "status:503", "truncate", "reset", "empty200"];
const PAUSE_MS = 50;
/** No limit of Intercom's: the pauses would be longer than the exports. */
const LIMIT = 1_000_000;

/** Draws the conditions of an export. `people`: its size; without it, a small one. */
function draw(random, people = 50 + random.below(1_200)) {
  const large = people >= LARGE;
  return {
    people,
    utc_offset_minutes: random.one([0, 0, -720, -480, 330, 540, 840]),
    latency_ms: large ? 10 : 10 + random.below(50),
    role: random.chance(0.3) ? random.one(["user", "lead"]) : undefined,
    fields: !large && random.chance(0.3) ? "role,updated_at" : undefined,
    hasSince: !large && random.chance(0.2),
    // Each fault makes the export wait for a second or more.
    faults: random.chance(0.03) ? 1 + random.below(3) : 0,
    /** The largest number of lines after which the caller leaves. */
    patience: random.chance(0.6) ? Math.ceil(people / (1 + random.below(4))) : undefined,
    cuts: random.below(5),
    /** The caller pauses after so many rows, so that the export lasts long enough for many changes. */
    rowsPerPause: large ? people / 300 : Number.POSITIVE_INFINITY,
    drivers: 8 + random.below(32),
  };
}

/**
 * Runs one export while contacts change, and checks its rows. Resolves to its conditions, its counts, and `wrong`: for
 * each promise the ids that break it.
 *
 * `worker`: `{ url, keys }`. `sandbox`: `{ url, token }`. The same `seed` draws the same conditions and changes; their
 * times differ.
 */
export async function exportUnderChange({ worker, sandbox, seed, people }) {
  const random = dice(seed);
  const drawn = draw(random, people);
  const ask = requests(sandbox);
  const control = async (path, body) => {
    const { status } = await ask("POST", `/_sandbox/${path}`, body);
    if (status !== 200) throw new Error(`/_sandbox/${path}: ${status}`);
  };
  const { utc_offset_minutes, latency_ms } = drawn;
  await control("reset", {
    contacts: drawn.people,
    seed,
    limit_per_10s: LIMIT,
    search_delay_ms: 0,
    latency_ms,
    utc_offset_minutes,
  });
  const contacts = await everyone(ask);
  const changes = new Changes({ ask, random, contacts });
  for (const kind of ["archive", "archive", "merge", "remove", "update", "convert"]) await changes.change(kind);
  const gone = new Set(changes.left);
  // Those of the first changes that are still active are in the list.
  const before = await everyone(ask);
  for (const { id } of before) gone.delete(id);
  changes.left.clear();
  const since = drawn.hasSince ? random.one(before).updated_at : undefined;
  for (let count = 0; count < drawn.faults; count++)
    await control("faults", { ...SEARCHES, times: 1, kind: random.one(FAULTS) });

  const query = { role: drawn.role, fields: drawn.fields, since };
  const drivers = Array.from({ length: drawn.drivers }, () => changes.run());
  const read = readAll(worker, query, { ...drawn, random: dice(seed + 1) }).finally(() => changes.stop());
  const [{ rows, connections }] = await Promise.all([read, ...drivers]);
  const wrong = check({ before, gone, rows, ...query, ...changes });
  return { seed, drawn, connections, rows: rows.length, people: before.length, changes: changes.count, wrong };
}

/**
 * Returns for each promise the ids that break it.
 *
 * `before`: the contacts that were active when the export began. `gone`: the ids that were archived, merged or deleted
 * by then. `left`, `restored`, `created`: as [`Changes`] has them, of the changes during the export.
 */
export function check({ before, gone, left, restored, created, rows, role, since }) {
  const times = new Map();
  for (const { id } of rows) times.set(id, (times.get(id) ?? 0) + 1);
  const ids = new Set(before.map(({ id }) => id));
  const isSelected = (contact) => (!role || contact.role === role) && (!since || contact.updated_at > since);
  const stays = before.filter((contact) => isSelected(contact) && !left.has(contact.id));
  const bad = (test) => [...times.keys()].filter(test);
  return {
    missing: stays.filter(({ id }) => !times.has(id)).map(({ id }) => id),
    duplicates: bad((id) => times.get(id) > 1),
    "gone before": bad((id) => gone.has(id) && !restored.has(id)),
    unknown: bad((id) => !ids.has(id) && !gone.has(id) && !created.has(id)),
    "not selected": rows.filter((row) => !isSelected(row)).map(({ id }) => id),
  };
}

/**
 * Reads an export as a caller who keeps each row once: after a broken connection it continues with the last marker, and
 * leaves out the rows that came after that marker.
 */
async function readAll(worker, query, { random, patience, cuts, rowsPerPause }) {
  const rows = [];
  const keep = ({ id, role, updated_at }) => ({ id, role, updated_at });
  const unfinished = new Set();
  let resume;
  let failures = 0;
  for (let connections = 1; ; connections++) {
    let lines = patience && connections <= cuts ? 1 + random.below(patience) : Number.POSITIVE_INFINITY;
    let sincePause = 0;
    const leave = async () => {
      if (++sincePause >= rowsPerPause) {
        sincePause = 0;
        await sleep(PAUSE_MS);
      }
      return --lines <= 0;
    };
    const part = await readExport(worker, { ...query, markers: "true", resume }, { leave, keep });
    const last = part.markers.at(-1);
    rows.push(...part.rows.filter(({ id }) => !unfinished.delete(id)));
    if (last?.state === "done") return { rows, connections };
    if (last) for (const { id } of part.rows.slice(last.at)) unfinished.add(id);
    resume = last?.resume ?? resume;
    if (!part.left && ++failures > 5) throw new Error(`The export fails: ${JSON.stringify(part.body ?? last)}`);
  }
}

/** Sends requests to the sandbox. */
const requests =
  ({ url, token }) =>
  async (method, path, json) => {
    const authorization = `Bearer ${token}`;
    const headers = { authorization, "intercom-version": "2.14", "content-type": "application/json" };
    const response = await fetch(url + path, { method, headers, body: json && JSON.stringify(json) });
    return { status: response.status, body: await response.json() };
  };

/** Lists all active contacts, without a search. */
async function everyone(ask) {
  const contacts = [];
  let next = "";
  do {
    const { status, body } = await ask("GET", `/contacts?per_page=150${next}`);
    if (status !== 200) throw new Error(`/contacts: ${status}`);
    contacts.push(...body.data.map(({ id, role, updated_at }) => ({ id, role, updated_at })));
    const after = body.pages.next?.starting_after;
    next = after && `&starting_after=${encodeURIComponent(after)}`;
  } while (next);
  return contacts;
}

/**
 * Runs `runs` small exports and `large` ones of up to `people`, and resolves to `{ results, counts }`: the results
 * `{ what, wrong }` each. `say` gets lines about the progress.
 */
export async function soakExports({ worker, sandbox, seed, runs, large = 0, people: most = LARGE, say = () => {} }) {
  const PROMISES = {
    missing: "no contact that stays active is missing",
    duplicates: "no contact is there twice",
    "gone before": "no contact that was archived, merged or deleted before is there",
    unknown: "no row is of an unknown contact",
    "not selected": "no row lacks the role, or is older than the time, that was requested",
  };
  const counts = { runs: 0, people: 0, rows: 0, changes: 0, connections: 0, missing: 0, duplicates: 0 };
  const results = Object.entries(PROMISES).map(([name, what]) => ({ name, what, wrong: [] }));
  const sizes = [
    ...Array(runs).fill(undefined),
    ...Array.from({ length: large }, (_, number) =>
      Math.round(LARGE + ((most - LARGE) * number) / Math.max(1, large - 1)),
    ),
  ];
  let said = Date.now();
  for (const [number, people] of sizes.entries()) {
    const run = await exportUnderChange({ worker, sandbox, seed: seed + number, people });
    counts.runs += 1;
    for (const name of ["people", "rows", "changes", "connections"]) counts[name] += run[name];
    for (const { name, wrong } of results) {
      const ids = run.wrong[name];
      if (name in counts) counts[name] += ids.length;
      if (ids.length > 0)
        wrong.push(`seed ${run.seed}: ${ids.length} of ${run.people}, such as ${ids.slice(0, 3).join(", ")}`);
    }
    if (people || Date.now() - said > 5_000) {
      said = Date.now();
      say(`${number + 1} of ${sizes.length} exports${people ? `; ${run.people} people, ${run.changes} changes` : ""}`);
    }
  }
  return { results, counts };
}

// Repeats sequences of operations on the directory's WebAssembly, in Node, and compares its answers with those of the
// reference, which tests/directory/soak.rs wrote into a file.

import { createReadStream, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";

const MASK = 2n ** 64n - 1n;
/** A handle that no result has. */
const UNKNOWN = 999_999_999;

/**
 * Compares the sequences of a file. `folder` has the package's WebAssembly. Returns the numbers of sequences and of
 * operations.
 *
 * @throws if an answer differs
 */
export async function compareInWebAssembly(file, folder) {
  const { connect } = await import(pathToFileURL(`${folder}/directory.js`));
  const module = new WebAssembly.Module(readFileSync(`${folder}/directory.wasm`));
  const create = (options) => {
    const { imports, start } = connect({ fetch });
    return start(new WebAssembly.Instance(module, imports).exports).open_directory(options);
  };
  let [sequences, operations, run] = [0, 0];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { answer, failure, ...operation } = JSON.parse(line);
    if (operation.options !== undefined) {
      run = newRun(() => create(operation.options));
      sequences += 1;
      continue;
    }
    operations += 1;
    // Its exports have no compaction: the directory does it by itself.
    if ("compact" in operation) continue;
    const expected = failure ? { failure } : { answer };
    const found = outcome(run, operation);
    if (!isDeepStrictEqual(found, expected)) {
      const parts = [operation, ...firstDifference(expected, found)];
      const shown = parts.map((part) => String(JSON.stringify(part)).slice(0, 2_000));
      throw new Error(`Sequence ${sequences}: ${shown[0]}\nexpected: ${shown[1]}\nfound:    ${shown[2]}`);
    }
  }
  return { sequences, operations };
}

/** Returns the smallest parts that differ first. */
function firstDifference(expected, found) {
  if ([expected, found].some((part) => typeof part !== "object" || part === null)) return [expected, found];
  const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
  const key = [...keys].find((key) => !isDeepStrictEqual(expected[key], found[key]));
  if (key === undefined || !(key in expected && key in found)) return [expected, found];
  return firstDifference(expected[key], found[key]);
}

function outcome(run, operation) {
  try {
    return { answer: run(operation) };
  } catch (error) {
    // A trap is no JSON.
    if (typeof error !== "string") throw error;
    const { code } = JSON.parse(error);
    return { failure: code[0].toUpperCase() + code.slice(1) };
  }
}

/** Returns a function that does operations on a new directory. */
function newRun(create) {
  let directory = create();
  const handles = new Map();
  const requests = new Map();
  const weights = new Map();
  const handle = (slot) => handles.get(slot) ?? UNKNOWN;
  const rank = (fields) => {
    for (const field of fields.filter((field) => weights.has(field))) {
      let needed = "";
      try {
        needed = directory.ranks_needed(field);
      } catch {}
      const weighed = Array.from(needed, (char) => weight(weights.get(field), char.codePointAt(0)));
      if (weighed.length > 0) directory.set_ranks(field, Uint32Array.from(weighed));
    }
  };
  const opened = (text) => {
    const { result, ...totals } = JSON.parse(text);
    return { result, totals };
  };
  const markers = (text) => (text === "" ? [] : JSON.parse(text));
  const operations = {
    feed: ({ feed }) => markers(directory.feed(bytes(feed))),
    flush: () => markers(directory.feed(bytes("\n"))),
    discard: () => directory.discard() ?? null,
    put: ({ put }) => {
      const text = decode(bytes(put));
      if (text !== undefined) return directory.put(text);
      directory.put("invalid UTF-8");
      return 0;
    },
    remove: ({ remove }) => directory.remove(remove),
    names: ({ names, set }) => directory.names(set, decode(bytes(names))) ?? null,
    members: ({ members, segment }) => directory.members(segment, decode(bytes(members))) ?? null,
    begin_load: () => directory.begin_load() ?? null,
    end_load: () => void directory.end_load() ?? null,
    open: ({ open, slot }) => {
      directory.close(handle(slot));
      handles.delete(slot);
      rank(sortedBy(open));
      const { result, totals } = opened(directory.open(open));
      handles.set(slot, result);
      requests.set(slot, open);
      return totals;
    },
    refresh: ({ slot }) => {
      rank(sortedBy(requests.get(slot) ?? "{}"));
      return opened(directory.refresh(handle(slot))).totals;
    },
    slice: ({ slice: [from, to], slot }) => {
      const { rows, states } = JSON.parse(directory.slice(handle(slot), from, to));
      return { rows: rows.map(rowOf), states };
    },
    ids: ({ slot }) => JSON.parse(directory.ids(handle(slot))),
    counts: ({ counts, slot }) => {
      rank([JSON.parse(counts).field]);
      return JSON.parse(directory.counts(slot === null ? 0 : handle(slot), counts));
    },
    changes: ({ slot }) => JSON.parse(directory.changes(handle(slot))),
    close: ({ slot }) => {
      directory.close(handle(slot));
      handles.delete(slot);
      return null;
    },
    weigh: ({ weigh, seed }) => {
      weights.set(weigh, seed);
      return null;
    },
    stats: () => {
      const { contacts, skipped } = JSON.parse(directory.stats());
      return { contacts, malformed: skipped.malformed, no_id: skipped.without_id };
    },
    restore: () => {
      const restored = create();
      for (let next = 0; next !== null; ) {
        const piece = directory.snapshot(next);
        restored.feed(piece[0]);
        next = piece[1];
      }
      directory.free();
      directory = restored;
      for (const map of [handles, requests, weights]) map.clear();
      return null;
    },
  };
  return (operation) => operations[Object.keys(operation)[0]](operation);
}

/** Returns bytes from a text that has one character for each. */
const bytes = (text) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function sortedBy(request) {
  try {
    return (JSON.parse(request).sort ?? []).map(({ field }) => field);
  } catch {
    return [];
  }
}

/** Returns the weight of a character, as tests/directory/operation.rs has it. */
function weight(seed, point) {
  if (seed === 0) return point;
  let mixed = ((BigInt(seed) ^ BigInt(point)) + 0x9e3779b97f4a7c15n) & MASK;
  mixed = ((mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
  mixed = ((mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn) & MASK;
  return Number((mixed ^ (mixed >> 31n)) % 4_096n);
}

/** Brings a row into the form of the reference, as tests/directory/core.rs does. */
function rowOf({ type: _, ...row }) {
  for (const set of ["tags", "companies", "segments"]) {
    const { data, has_more = false } = row[set] ?? { data: [] };
    if (data.length === 0 && !has_more) delete row[set];
    else {
      const members = data.map(({ type: _, url: __, ...member }) => member);
      row[set] = { data: members.sort((left, right) => (left.id < right.id ? -1 : 1)), has_more };
    }
  }
  return row;
}

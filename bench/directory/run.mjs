// Loads the contestants one after the other and measures them in turns, in Node or in a Worker of Chromium: both bundle
// this file.
import { tasks } from "./tasks.mjs";

/** How to make each contestant; a library is loaded only if it takes part. */
const MAKERS = {
  directory: async (facts) => (await import("./ours.mjs")).contestant(facts),
  "array, same answer": async (facts) => (await import("./array.mjs")).folded(facts),
  "array, simple fold": async (facts) => (await import("./array.mjs")).simple(facts),
  minisearch: async (facts) => (await import("./minisearch.mjs")).contestant(facts),
  flexsearch: async (facts) => (await import("./flexsearch.mjs")).contestant(facts),
  ufuzzy: async (facts) => (await import("./ufuzzy.mjs")).contestant(facts),
  sqlite: async (facts) => (await import("./sqlite.mjs")).contestant(facts),
};

/**
 * Runs `names` of the contestants. `source()` gives the people's JSON lines as chunks of bytes; `memory()` gives the
 * bytes of JavaScript's heap after a garbage collection. `reference` is the contestant whose answer is the right one.
 * Returns figures that survive `structuredClone`.
 */
export async function run({ names, reference, program, source, companies, tags, queries, rounds, memory, report }) {
  const facts = {
    program,
    source,
    companies,
    tags,
    companyNames: new Map(companies.map(({ id, name }) => [id, name])),
  };
  const loads = {};
  const contestants = {};
  for (const name of names) {
    if (name !== "directory") facts.people ??= await objects(source, memory, loads);
    report(`Loading ${name}`);
    const before = await memory();
    const began = performance.now();
    contestants[name] = await MAKERS[name](facts);
    const ms = performance.now() - began;
    facts.texts ??= contestants[name].texts;
    loads[name] = {
      ms,
      heap: (await memory()) - before,
      wasm: contestants[name].memory?.() ?? 0,
      ...contestants[name].facts,
    };
  }
  report(`Comparing the answers of ${queries.length} queries`);
  const same = compare(contestants, reference, queries);
  const ranks = ranking(contestants);
  const sameTasks = compareTasks(contestants);
  const samples = rounds > 0 ? measure(contestants, queries, rounds, report) : undefined;
  for (const name of names) loads[name].wasmPeak = contestants[name].memory?.() ?? 0;
  return { loads, same, sameTasks, ranks, ...samples };
}

/** Parses the lines to an array of objects, newest id first. */
async function objects(source, memory, loads) {
  const before = await memory();
  const began = performance.now();
  const people = [];
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of source()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) people.push(JSON.parse(line));
  }
  if (rest) people.push(JSON.parse(rest));
  people.sort((one, other) => (one.id < other.id ? 1 : -1));
  const ms = performance.now() - began;
  loads.objects = { ms, heap: (await memory()) - before };
  return people;
}

/**
 * How many queries have the reference's total, and how many its total and first rows. `plain` queries are ASCII,
 * and have an answer without typos.
 */
function compare(contestants, reference, queries) {
  const same = {};
  for (const { class: kind, text } of queries) {
    const right = contestants[reference].search(text);
    for (const [name, contestant] of Object.entries(contestants)) {
      const answer = contestant.search(text);
      const isTotal = answer.total === right.total;
      const isFirst = isTotal && ids(answer) === ids(right);
      const isPlain = !right.typo && /^[ -~]*$/.test(text);
      const counts = at(at(same, name), kind, { of: 0, totals: 0, first: 0, plain: 0, plainFirst: 0, hits: 0 });
      counts.of += 1;
      counts.hits += answer.total;
      counts.totals += Number(isTotal);
      counts.first += Number(isFirst);
      counts.plain += Number(isPlain);
      counts.plainFirst += Number(isPlain && isFirst);
    }
  }
  return same;
}

/** Returns a member of an object. Adds the member if the object does not have it. */
function at(object, key, initial = {}) {
  object[key] ??= initial;
  return object[key];
}

const ids = ({ rows }) => rows.map(({ id }) => id).join();

/** How long the directory takes to rank names for sorting, in milliseconds: once, until names change. */
function ranking({ directory }) {
  if (!directory) return undefined;
  const began = performance.now();
  directory.ranks("name");
  return performance.now() - began;
}

/** Which tasks the directory and the array do alike. */
function compareTasks({ directory, "array, same answer": array }) {
  const same = {};
  if (!directory || !array) return same;
  for (const [index, { task }] of tasks.entries()) {
    const [one, other] = [directory.tasks[index](), array.tasks[index]()];
    const isSame = one.counts
      ? pairs(one.counts) === pairs(other.counts)
      : one.total === other.total && ids(one) === ids(other);
    const counts = at(same, task, { of: 0, same: 0 });
    counts.of += 1;
    counts.same += Number(isSame);
  }
  return same;
}

const pairs = (counts) => JSON.stringify(counts.map(({ value, count }) => [value, count]));

/** The milliseconds of each query and task, by class or task and by contestant. */
function measure(contestants, queries, rounds, report) {
  const names = Object.keys(contestants);
  const taskers = names.filter((name) => contestants[name].tasks);
  const times = { searches: {}, tasks: {} };
  let turn = 0;
  /** Measures the work of each contestant once, and begins with another one each time. */
  const inTurns = (those, place, workOf) => {
    turn += 1;
    for (const index of those.keys()) {
      const name = those[(index + turn) % those.length];
      const work = workOf(contestants[name]);
      const began = performance.now();
      work();
      at(place, name, []).push(performance.now() - began);
    }
  };
  for (let round = 1; round <= rounds; round += 1) {
    report(`Round ${round} of ${rounds}`);
    for (const { class: kind, text } of queries) {
      inTurns(
        names,
        at(times.searches, kind),
        ({ search }) =>
          () =>
            search(text),
      );
    }
    for (const [index, { task, times: repeated = 1 }] of tasks.entries()) {
      for (let time = 0; time < repeated; time += 1) {
        inTurns(taskers, at(times.tasks, task), (contestant) => contestant.tasks[index]);
      }
    }
  }
  return times;
}

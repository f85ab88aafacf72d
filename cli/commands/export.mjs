// `intercom-edge export`: writes contacts, companies or conversations to a file or to standard output.
import { once } from "node:events";
import { checkWorker, failureOf } from "../export/errors.mjs";
import { openExportFile } from "../export/file.mjs";
import { exportOptions } from "../export/options.mjs";
import { describe, number, ProgressLine, removalNotes } from "../export/progress.mjs";
import { replaceFile } from "../export/replace-file.mjs";
import { packageClient } from "../package.mjs";

export const summary = "exports contacts, companies or conversations as NDJSON or CSV";

export const help = (command) => `${command} [contacts|users|leads|companies|conversations] [options]

Exports all contacts, or other objects, by the Worker, as fast as Intercom's rate limit allows.

  --url <url>          the Worker's address (http://localhost with the port 8787, or PORT from the environment)
  --key-file <file>    the file with the caller key. Without it, the key is CALLER_KEY from the environment, or for
                       localhost the key that the command dev saved in .intercom-edge/caller-key
  --format <format>    ndjson: one JSON object a line (default); csv: a table
  --fields <names>     only these fields, comma-separated: email,location.country,custom_attributes.plan
                       id is always included
  --output <file>      the file; without it, the rows are written to standard output. Until it is complete, the rows are
                       in <file>.part. After Ctrl-C or a crash the same command continues (not for CSV and companies)
  --restart            begins again instead
  --quiet              shows no progress on standard error

Only what has changed (not for companies):
  --since <time>       only objects that changed after this time: 2026-11-30T06:00:00Z, Unix seconds, or a token
  --since-file <file>  the file with the token of the last run. After a complete run the new token is written to it. If
                       the file is missing, everything is exported
  --removals <file>    writes the contacts that were archived, deleted or merged since then, one JSON object a line. The
                       Worker knows them by webhooks from Intercom
  --overlap <seconds>  how far a run with a token begins before the start of the last run, 0 to 86400 (900)

The exit code is 0 only if the export is complete, and 130 after Ctrl-C.
docs/exports.md describes the rows, what exactly is promised, and a nightly job.`;

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

export async function run(args) {
  const options = exportOptions(args);
  const { Intercom } = await packageClient();
  await checkWorker(options.url);
  const intercom = new Intercom({ baseUrl: options.url, auth: options.key.key });
  const stop = new AbortController();
  for (const signal of Object.keys(SIGNALS)) process.once(signal, () => stop.abort(signal));
  const { fields, since, overlap, output, removals, restart, format, objects } = options;
  const query = format === "csv" || objects === "companies" ? undefined : { objects, fields, since, overlap };
  const target = output ? await openExportFile(output, { query: known(query), restart }) : standardOutput();
  const progress = new ProgressLine(placeOf(options));
  try {
    const rows = { fields, since, overlap, resume: target.resume, signal: stop.signal };
    const written = format === "csv" ? writeCsv : writeRows;
    const end = await written((more) => intercom[objects].export({ ...rows, ...more }), target, progress);
    await target.finish();
    if (removals) replaceFile(removals, end.removals.map(line).join(""));
    if (options.sinceFile) replaceFile(options.sinceFile, `${end.next}\n`);
    progress.finish(end.text, end.notes);
  } catch (error) {
    progress.clear();
    // The disk may be full.
    const continuable = await target.save().catch(() => false);
    if (!stop.signal.aborted) throw failureOf(error, { ...options, continuable });
    process.exitCode = SIGNALS[stop.signal.reason];
    console.error(`Stopped. ${nextStep(output, continuable)}`);
  }
}

/** Leaves out what was not given, as JSON does. */
const known = (query) => query && JSON.parse(JSON.stringify(query));

function nextStep(output, continuable) {
  if (!output) return "The output is incomplete. An export with --output can be continued.";
  return continuable
    ? `Run the same command to continue. The rows so far are in ${output}.part.`
    : "This export can't be continued: the same command begins again.";
}

/** Rows on a terminal would mix with a line that is rewritten. */
function placeOf({ quiet, output }) {
  const terminal = process.stderr.isTTY === true && (output !== undefined || !process.stdout.isTTY);
  return { shown: !quiet, terminal };
}

/** Writes the rows of an export as NDJSON. Returns the token of the next run, the removals, and the end in words. */
async function writeRows(begin, target, progress) {
  // After a broken connection, removals come again.
  const removals = new Map();
  const rows = begin({
    onRemoval: (removal) => void removals.set(removal.id, removal),
    onProgress: async (marker) => {
      await target.mark(marker.resume);
      progress.show(describe(marker));
    },
  });
  for await (const row of rows) await target.write(line(row));
  const { next, rows: count, removals: known } = rows.progress;
  const removed = [...removals.values()];
  return { next, removals: removed, text: `${number(count)} rows`, notes: removalNotes(removed.length, known) };
}

const line = (object) => `${JSON.stringify(object)}\n`;

/** Writes an export as CSV. */
async function writeCsv(begin, target, progress) {
  const { body } = await begin({ resume: undefined }).csv();
  let bytes = 0;
  for await (const chunk of body) {
    await target.writeBytes(chunk);
    bytes += chunk.length;
    progress.show(kilobytes(bytes));
  }
  return { text: kilobytes(bytes) };
}

const kilobytes = (bytes) => `${number(Math.ceil(bytes / 1000))} kB`;

/** Standard output, with the methods of an export's file. */
function standardOutput() {
  const write = async (data) => {
    if (!process.stdout.write(data)) await once(process.stdout, "drain");
  };
  return {
    resume: undefined,
    write,
    writeBytes: write,
    mark: async () => {},
    save: async () => false,
    finish: () => new Promise((resolve) => process.stdout.write("", resolve)),
  };
}

/**
 * Hooks for React that show a directory: all contacts in the page's memory. It is an entry of its own, because
 * `intercom-edge/react` serves TanStack Query, which the directory does not need.
 *
 * @packageDocumentation
 */

import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import type {
  Directory,
  DirectoryOptions,
  DirectoryProgress,
  DirectoryQuery,
  DirectoryResult,
  DirectoryRow,
  Intercom,
} from "../index.js";

/** A directory and its state. */
export interface DirectoryState<Attributes = Record<string, unknown>> {
  /** The directory; undefined until it is open. */
  directory: Directory<Attributes> | undefined;
  /** The loading state; undefined until the directory is open. */
  progress: DirectoryProgress | undefined;
  /** True if all contacts are in the directory. */
  complete: boolean;
  /** The error of opening the directory, or of its last background request. */
  error: Error | undefined;
}

const withoutDirectory = () => undefined;
const subscribeToNothing = () => () => {};

/**
 * Opens a directory while the component is mounted, and closes it afterwards. Call it once, high in the tree. Opens
 * a new directory when the options change.
 *
 * @example
 * ```tsx
 * function People() {
 *   const { directory, progress, complete } = useDirectory(intercom, { keep: "opfs" });
 *   return <p>{complete ? `${progress?.contacts} people` : "Loading"}</p>;
 * }
 * ```
 */
export function useDirectory<Attributes>(
  intercom: Intercom<Attributes>,
  options: Omit<DirectoryOptions<Attributes>, "signal"> = {},
): DirectoryState<Attributes> {
  const [opened, setOpened] = useState<{ directory?: Directory<Attributes>; error?: Error }>({});
  const { directory } = opened;
  // The options are another object at each render; their JSON is not. Functions count as they are at the first render.
  const given = useRef(options);
  given.current = options;
  const key = JSON.stringify(options);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the options
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const open = async () => {
      // In development, React mounts each component twice. The first time ends before this.
      await undefined;
      if (signal.aborted) return;
      try {
        const directory = await intercom.directory({ ...given.current, signal });
        if (!signal.aborted) setOpened({ directory });
      } catch (error) {
        if (!signal.aborted) setOpened({ error: error as Error });
      }
    };
    void open();
    return () => {
      controller.abort();
      setOpened({});
    };
  }, [intercom, key]);
  const progress = useProgress(directory);
  return { directory, progress, complete: progress?.state === "complete", error: opened.error ?? progress?.error };
}

/** The result of a search in a directory, with the rows that are shown. */
export interface DirectorySearch<Attributes = Record<string, unknown>> {
  /** The result; undefined until the first search has ended. It stays while the next search runs. */
  result: DirectoryResult<Attributes> | undefined;
  /** The number of contacts that matched. */
  total: number;
  /** The error of the last search. */
  error: Error | undefined;
  /**
   * Returns the rows at the positions `from` up to `to`. Those that are not loaded yet are left out; the component is
   * rendered again when they are.
   */
  rows(from: number, to: number): DirectoryRow<Attributes>[];
  /** Searches again, so that changed contacts are shown. Until the directory is complete, this happens by itself. */
  refresh(): void;
}

/** A result with the rows that were loaded, by their range. */
interface Shown<Attributes> {
  result: DirectoryResult<Attributes>;
  rows: ReadonlyMap<string, DirectoryRow<Attributes>[]>;
}

/**
 * Searches a directory: again when the query changes, and while the directory loads. Without a directory there is no
 * result.
 *
 * @example
 * ```tsx
 * function Results({ directory, text }) {
 *   const { total, rows } = useDirectorySearch(directory, { text, sort: { field: "name" } });
 *   return <ul title={`${total}`}>{rows(0, 50).map(({ id, name }) => <li key={id}>{name}</li>)}</ul>;
 * }
 * ```
 */
export function useDirectorySearch<Attributes>(
  directory: Directory<Attributes> | undefined,
  query: string | DirectoryQuery<Attributes> = "",
): DirectorySearch<Attributes> {
  const [shown, setShown] = useState<Shown<Attributes> | undefined>(undefined);
  const [error, setError] = useState<Error | undefined>(undefined);
  const [searches, setSearches] = useState(0);
  const progress = useProgress(directory);
  const key = keyOf(query);
  const given = useRef(query);
  given.current = query;
  /** The ranges that the last render showed, which are loaded with the next result, so that no rows disappear. */
  const ranges = useRef(new Map<string, [from: number, to: number]>());
  ranges.current = new Map();
  const current = useRef<DirectoryResult<Attributes> | undefined>(undefined);
  /** The number of searches, and the number of the last one that ended. */
  const sequence = useRef({ begun: 0, ended: 0 });
  // After a sign-out, no contact stays on the page.
  const isClosed = progress?.state === "closed";
  // While contacts are loaded, each notification is a reason to search again. After a crash it is `loading` again.
  const version = progress?.state === "loading" ? progress.version : progress?.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the query, the others for new contacts
  useEffect(() => {
    if (!directory || isClosed) return;
    const number = ++sequence.current.begun;
    /** Returns true if no newer search has ended. One that still runs does not count, so that lists fill up. */
    const end = () => {
      if (number < sequence.current.ended) return false;
      sequence.current.ended = number;
      return true;
    };
    const search = async () => {
      const result = await directory.search(given.current);
      try {
        const rows = await rowsOf(result, [...ranges.current]);
        if (!end()) return result.close();
        current.current?.close();
        current.current = result;
        setShown({ result, rows });
        setError(undefined);
      } catch (error) {
        result.close();
        throw error;
      }
    };
    search().catch((error: Error) => end() && setError(error));
  }, [directory, key, version, searches]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the result belongs to the directory
  useEffect(() => {
    return () => {
      // Searches that still run belong to the last directory.
      sequence.current.ended = sequence.current.begun + 1;
      current.current?.close();
      current.current = undefined;
      setShown(undefined);
    };
  }, [directory, isClosed]);
  const rows = (from: number, to: number): DirectoryRow<Attributes>[] => {
    const range = `${from}-${to}`;
    ranges.current.set(range, [from, to]);
    return shown?.rows.get(range) ?? [];
  };
  // Changed contacts keep their place, and their rows say so.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the version stands for changed contacts
  useEffect(() => {
    if (!shown || progress?.state !== "complete") return;
    const { result } = shown;
    rowsOf(result, [...ranges.current]).then(
      (rows) => current.current === result && setShown({ result, rows }),
      (error: Error) => current.current === result && setError(error),
    );
  }, [progress?.version]);
  // Loads the ranges that the render showed for the first time.
  useEffect(() => {
    const missing = [...ranges.current].filter(([range]) => shown && !shown.rows.has(range));
    if (!shown || missing.length === 0) return undefined;
    const { result } = shown;
    const isShown = () => current.current === result;
    rowsOf(result, missing).then(
      (loaded) => isShown() && setShown((now) => ({ result, rows: new Map([...(now?.rows ?? []), ...loaded]) })),
      (error: Error) => isShown() && setError(error),
    );
    return undefined;
  });
  const refresh = useCallback(() => setSearches((count) => count + 1), []);
  return { result: shown?.result, total: shown?.result.total ?? 0, error, rows, refresh };
}

/** Returns a text that differs for different queries. The search rejects a query that has no JSON. */
function keyOf(query: unknown): string {
  try {
    return JSON.stringify(query) ?? "";
  } catch {
    return "";
  }
}

/** Loads the rows of ranges. */
async function rowsOf<Attributes>(
  result: DirectoryResult<Attributes>,
  ranges: [range: string, [from: number, to: number]][],
): Promise<Map<string, DirectoryRow<Attributes>[]>> {
  const load = async ([range, [from, to]]: (typeof ranges)[number]) => [range, await result.slice(from, to)] as const;
  return new Map(await Promise.all(ranges.map(load)));
}

/** Subscribes to the progress of a directory. */
function useProgress(
  directory: Pick<Directory, "subscribe" | "getSnapshot"> | undefined,
): DirectoryProgress | undefined {
  return useSyncExternalStore(
    directory?.subscribe ?? subscribeToNothing,
    directory?.getSnapshot ?? withoutDirectory,
    withoutDirectory,
  );
}

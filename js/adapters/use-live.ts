/**
 * A hook for React that keeps the queries of TanStack Query fresh by live events. It is an entry of its own, because
 * `intercom-edge/react` serves TanStack Query's other frameworks too, which have no React.
 *
 * @packageDocumentation
 */

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Intercom, IntercomError, LiveState } from "../index.js";
import { type FreshOptions, keepFresh } from "./react-live.js";

/** The state of the connection for live events. */
export interface LiveConnectionState {
  /** The state. After `closed` with a temporary error, the package connects again. */
  state: LiveState;
  /** The reason for the last end of the connection; undefined while it is open. */
  error: IntercomError | undefined;
}

/**
 * Keeps the queries of `intercomQueries` fresh while the component is mounted: subscribes to live events, and
 * invalidates the queries that they change, at most once a second. Call it once, high in the tree, below the
 * `QueryClientProvider`. Returns the state of the connection.
 *
 * @example
 * ```tsx
 * function Dashboard() {
 *   const { state } = useLive(intercom);
 *   return <p>{state === "open" ? "Live" : "Connecting"}</p>;
 * }
 * ```
 */
export function useLive<Attributes>(
  intercom: Intercom<Attributes>,
  options: Pick<FreshOptions, "topics"> = {},
): LiveConnectionState {
  const queryClient = useQueryClient();
  const [connection, setConnection] = useState<LiveConnectionState>({ state: "connecting", error: undefined });
  // A list is another object at each render; its text is not.
  const topics = options.topics === undefined ? undefined : String(options.topics);
  useEffect(
    () => keepFresh(queryClient, intercom, { topics, onConnection: (state, error) => setConnection({ state, error }) }),
    [queryClient, intercom, topics],
  );
  return connection;
}

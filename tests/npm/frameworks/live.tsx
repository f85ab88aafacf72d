// Live events fit TanStack Query's and React's own types.

import { QueryClient, useQueryClient } from "@tanstack/react-query";
import { Intercom, type LiveState } from "intercom-edge";
import { keepFresh } from "intercom-edge/react";
import { useLive } from "intercom-edge/react/live";
import { useEffect } from "react";

const intercom = new Intercom<{ plan: string }>({ baseUrl: "https://edge.example", auth: "key" });

export const stop: () => void = keepFresh(new QueryClient(), intercom, { topics: ["contact.*"] });

export function Dashboard() {
  const { state, error } = useLive(intercom, { topics: "contact.*" });
  const queryClient = useQueryClient();
  useEffect(() => keepFresh(queryClient, intercom), [queryClient]);
  const known: LiveState = state;
  return <p>{error?.message ?? known}</p>;
}

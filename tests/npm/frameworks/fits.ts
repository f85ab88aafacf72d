// The adapters are what their frameworks' own types ask for.

import type { DataProvider as RefineDataProvider } from "@refinedev/core";
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useSuspenseQuery,
} from "@tanstack/react-query";
import { type Contact, Intercom, type Page, type Preview, type SentMessage, type Tag } from "intercom-edge";
import { intercomQueries, type NumberedPage } from "intercom-edge/react";
import { dataProvider as reactAdmin } from "intercom-edge/react-admin";
import { dataProvider as refine } from "intercom-edge/refine";
import type { DataProvider as ReactAdminDataProvider } from "ra-core";

const intercom = new Intercom<{ plan: string }>({ baseUrl: "https://edge.example", auth: "key" });

export const providers: [ReactAdminDataProvider, RefineDataProvider] = [reactAdmin(intercom), refine(intercom)];
reactAdmin(intercom, { delete: "delete" });
refine(intercom, { delete: "archive" });
// @ts-expect-error: archive or delete
refine(intercom, { delete: true });

type Person = Contact<{ plan: string }>;

export function useEverything() {
  const queries = intercomQueries(intercom);
  const person: Person | undefined = useQuery(queries.users.get("1")).data;
  const surely: Person = useSuspenseQuery(queries.contacts.get("1")).data;
  const pages: InfiniteData<Page<Person>> | undefined = useInfiniteQuery(queries.users.list()).data;
  const found = useInfiniteQuery(queries.users.search({ custom_attributes: { plan: "pro" } }, { perPage: 5 })).data
    ?.pages[0]?.data[0]?.custom_attributes?.plan;
  const plan: string | null | undefined = found;
  const sent: SentMessage | undefined = useMutation(queries.messages.send()).data;
  const page: NumberedPage<Person> | undefined = useQuery({
    ...queries.users.page({ page: 2, search: { custom_attributes: { plan: "pro" } } }),
    placeholderData: keepPreviousData,
  }).data;
  const tags: Tag[] | undefined = useQuery(queries.users.tags.list("1")).data;
  const preview: Preview | undefined = useQuery(queries.templates.preview("welcome", { to: { id: "1" } })).data;
  useMutation(queries.users.update()).mutate({ id: "1", contact: { custom_attributes: { plan: "pro" } } });
  // @ts-expect-error: no attribute of that name
  useMutation(queries.users.update()).mutate({ id: "1", contact: { custom_attributes: { plam: "pro" } } });
  // @ts-expect-error: no attribute of that name
  queries.leads.page({ page: 1, search: { custom_attributes: { plam: "pro" } } });
  return { person, surely, pages, plan, sent, page, tags, preview };
}

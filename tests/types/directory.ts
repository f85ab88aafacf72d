// Directories: fields, filters and rows follow the custom attributes of the client.

import {
  type Directory,
  type DirectoryProgress,
  type DirectoryResult,
  type DirectoryRow,
  Intercom,
  type ResultChanges,
  type ValueCount,
} from "intercom-edge";
import type { useDirectory, useDirectorySearch } from "intercom-edge/react/directory";
import type { Expect, IsAny, Same } from "./expect.js";

type Attributes = { plan: string; seats: number };
const intercom = new Intercom<Attributes>({ baseUrl: "https://edge.example", auth: "key" });

const directory = await intercom.directory({
  of: "contacts",
  fields: ["name", "email", "location.country", "custom_attributes.plan"],
  search: ["custom_attributes.plan"],
  keep: "opfs",
  locale: ["sv", "en"],
  worker: () => new Worker("/worker.js", { type: "module" }),
  WebSocket,
});
const result = await directory.search({
  text: "ann",
  where: {
    created_at: { after: new Date() },
    "location.country": ["Sweden"],
    custom_attributes: { plan: "pro" },
    or: [{ custom_attributes: { seats: { greaterThan: 5 } } }, { email: { endsWith: "@example.com" } }],
  },
  sort: [{ field: "custom_attributes.seats", order: "descending" }, { field: "name" }],
});
const rows = await result.slice(0, 50);
const row = rows[0]!;
export type Made = [
  Expect<Same<typeof directory, Directory<Attributes>>>,
  Expect<Same<typeof directory.progress, DirectoryProgress>>,
  Expect<Same<ReturnType<typeof directory.getSnapshot>, DirectoryProgress>>,
  Expect<Same<typeof directory.complete, boolean>>,
  Expect<Same<typeof result, DirectoryResult<Attributes>>>,
  Expect<Same<typeof rows, DirectoryRow<Attributes>[]>>,
  Expect<Same<typeof row.id, string>>,
  Expect<Same<typeof row.state, "current" | "changed" | "removed">>,
  Expect<Same<typeof row.name, string | null | undefined>>,
  Expect<Same<NonNullable<typeof row.custom_attributes>["plan"], string | null | undefined>>,
  Expect<Same<IsAny<typeof row.tags>, false>>,
  Expect<Same<NonNullable<typeof row.tags>["data"][number]["id"], string>>,
  Expect<Same<NonNullable<typeof row.location>["country"], string | null | undefined>>,
];

const counts = await result.count({ by: "created_at", per: "week", limit: 10 });
const values = await result.values("custom_attributes.plan");
const changes = await result.changes();
export type Counted = [
  Expect<Same<typeof counts, ValueCount[]>>,
  Expect<Same<typeof values, ValueCount[]>>,
  Expect<Same<typeof changes, ResultChanges>>,
  Expect<Same<Awaited<ReturnType<typeof result.ids>>, string[]>>,
];

await directory.search("ann lee");
await directory.search();
await directory.search({ where: { query: { field: "name", operator: "=", value: "Ann" } } });
await directory.close({ forget: true });
const stop: () => void = directory.subscribe(() => {});
stop();

// @ts-expect-error: the client has no such attribute
await directory.search({ where: { custom_attributes: { plam: "pro" } } });
// @ts-expect-error: an order of this name does not exist
await directory.search({ sort: { field: "name", order: "up" } });
// @ts-expect-error: only the browser's file system keeps a directory
await intercom.directory({ keep: "disk" });
// @ts-expect-error: only contacts have a directory
await intercom.directory({ of: "companies" });
// @ts-expect-error: the state is read, not set
directory.progress.contacts = 7;

type Opened = ReturnType<typeof useDirectory<Attributes>>;
type Searched = ReturnType<typeof useDirectorySearch<Attributes>>;
export type Hooks = [
  Expect<Same<Opened["directory"], Directory<Attributes> | undefined>>,
  Expect<Same<Opened["progress"], DirectoryProgress | undefined>>,
  Expect<Same<Searched["result"], DirectoryResult<Attributes> | undefined>>,
  Expect<Same<ReturnType<Searched["rows"]>, DirectoryRow<Attributes>[]>>,
];

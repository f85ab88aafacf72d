// The search of Intercom that stands in for contacts that are not loaded yet.

import type { Query } from "../search.js";
import type { DirectoryQuery } from "./types.js";

/**
 * Converts a query to a search of Intercom: contacts in whose name or e-mail address all words occur. Returns
 * undefined for a query without words and filters. The search may be one that Intercom does not allow.
 */
export function remoteSearchOf({ text = "", where }: Pick<DirectoryQuery, "text" | "where">): object | undefined {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const { query: own, and: all = [], ...others } = (where ?? {}) as { query?: Query; and?: object[] };
  if (own) return { query: words.length > 0 ? { operator: "AND", value: [own, ...words.map(queryOf)] } : own };
  const and = [...all, ...words.map(filterOf)];
  const search = and.length > 0 ? { ...others, and } : others;
  return Object.keys(search).length > 0 ? search : undefined;
}

const filterOf = (word: string) => ({ or: [{ name: { contains: word } }, { email: { contains: word } }] });

const queryOf = (word: string): Query => ({
  operator: "OR",
  value: ["name", "email"].map((field) => ({ field, operator: "~", value: word })),
});

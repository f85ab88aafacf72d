// Our package.
import { Intercom } from "intercom-edge";
import { PER_PAGE } from "./listing.mjs";

export function contestant(baseUrl) {
  const intercom = new Intercom({ baseUrl, auth: "key" });
  return () => intercom.contacts.list({ perPage: PER_PAGE }).toArray({ limit: Infinity });
}

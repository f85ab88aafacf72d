// Intercom's own SDK.
import { IntercomClient } from "intercom-client";
import { PER_PAGE } from "./listing.mjs";

export function contestant(baseUrl) {
  const client = new IntercomClient({ baseUrl, token: "key" });
  return async function list() {
    const contacts = [];
    for await (const contact of await client.contacts.list({ per_page: PER_PAGE })) contacts.push(contact);
    return contacts;
  };
}

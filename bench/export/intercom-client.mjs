// The iterator of Intercom's own SDK, straight at Intercom.
import { IntercomClient } from "intercom-client";
import { PER_PAGE } from "./exported.mjs";

export async function contestant({ intercom }, add) {
  const client = new IntercomClient({ baseUrl: intercom, token: "key" });
  for await (const contact of await client.contacts.list({ per_page: PER_PAGE })) add(contact);
}

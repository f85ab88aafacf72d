// Our package, through our Worker.
import { Intercom } from "intercom-edge";

export async function contestant({ worker, key }, add) {
  const intercom = new Intercom({ baseUrl: worker, auth: key });
  for await (const contact of intercom.contacts.export()) add(contact);
}

// The page whose weight the package promises: it lists users and sends a message.
import { Intercom } from "intercom-edge";

const { callerKey, message } = window.given;
const intercom = new Intercom({ baseUrl: location.origin, auth: callerKey });
const names = [];
for await (const { name } of intercom.users.list()) names.push(name);
const { id } = await intercom.messages.send(message);
window.result = { users: names.length, id };

const { Intercom, IntercomError } = require("intercom-edge");

const { WORKER_URL: baseUrl, CALLER_KEY: auth } = process.env;
const intercom = new Intercom({ baseUrl, auth });
intercom.me().then(async ({ type }) => {
  const users = await intercom.users.list().toArray({ limit: 3 });
  const refused = await intercom.contacts.get("nobody").catch((error) => error instanceof IntercomError && error.name);
  console.log(JSON.stringify({ type, users: users.length, refused }));
});

// What every consumer does: lists the users, sends one message.

export const dashboardOf =
  (Intercom) =>
  async ({ workerUrl, callerKey, consumer }) => {
    const intercom = new Intercom({ baseUrl: workerUrl, auth: callerKey });
    const users = [];
    for await (const { id } of intercom.users.list()) users.push(id);
    const [admin] = await intercom.admins.list().toArray({ limit: 1 });
    const message = await intercom.messages.send({
      message_type: "email",
      subject: `From ${consumer}`,
      body: "Hello",
      template: "plain",
      from: { type: "admin", id: admin.id },
      to: { type: "user", id: users[0] },
    });
    // A second program, which is loaded when a notification is checked.
    const refused = await intercom.notify({ to: {} }).catch((error) => error.name);
    // A module that is loaded when somebody makes a batch.
    const batch = await intercom.messages.batch({ to: [] }).catch((error) => error.name);
    return { users: users.length, sent: message.type, refused, batch };
  };

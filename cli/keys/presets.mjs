// Presets: named sets of scopes for the command `key`.

/** The presets, each with its scopes and the description that `key --help` prints. */
export const PRESETS = {
  support: {
    description: "finds people, reads conversations and notes, sends e-mails with templates, retries its own e-mails",
    scopes: [
      "contacts:read",
      "companies:read",
      "conversations:read",
      "tags:read",
      "segments:read",
      "notes:read",
      "admins:read",
      "templates:read",
      "messages:send",
      "messages:read",
      "messages:retry",
    ],
  },
  dashboard: {
    description: "uses the dashboard under /dashboard/: lists users, leads and admins, sends e-mails",
    scopes: ["contacts:read", "admins:read", "messages:send"],
  },
  script: {
    description: "finds people, sends messages, and reads the states of its own messages",
    scopes: ["contacts:read", "messages:send", "messages:read"],
  },
  admin: { description: "everything, including scopes of later versions", scopes: ["*"] },
};

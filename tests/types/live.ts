// Live events: a comparison of the topic gives the type of the item.

import {
  type BatchProgress,
  type Company,
  type Contact,
  type ContactTag,
  type Conversation,
  Intercom,
  type IntercomError,
  type Live,
  type LiveEvent,
  type LiveGap,
  type LiveOptions,
  type LiveState,
  type OutboxMessage,
} from "intercom-edge";
import { keepFresh } from "intercom-edge/react";
import type { useLive } from "intercom-edge/react/live";
import type { Expect, IsAny, Same } from "./expect.js";

// A topic that the package does not list.
declare module "intercom-edge" {
  interface LiveItems<Attributes> {
    "job.completed": { id: string; of?: Contact<Attributes> };
  }
}

type Attributes = { plan: string };
const intercom = new Intercom<Attributes>({ baseUrl: "https://edge.example", auth: "key" });

const live = intercom.live({ topics: ["contact.*"] });
export type Made = [
  Expect<Same<typeof live, Live<Attributes>>>,
  Expect<Same<typeof live.lastEventId, string | undefined>>,
  Expect<Same<NonNullable<LiveOptions["onGap"]>, (gap: LiveGap) => void | Promise<void>>>,
  Expect<Same<NonNullable<LiveOptions["onConnection"]>, (state: LiveState, error?: IntercomError) => void>>,
];

for await (const event of live) {
  type _ = [
    Expect<Same<typeof event, LiveEvent<Attributes>>>,
    Expect<Same<typeof event.id, string>>,
    Expect<Same<typeof event.created_at, number>>,
    Expect<Same<typeof event.notification_id, string | null>>,
    Expect<Same<typeof event.outdated, boolean>>,
    Expect<Same<typeof event.item, unknown>>,
  ];
  const topic: string = event.topic;
  if (topic.startsWith("contact.")) console.log(event.item);
  if (event.topic === "contact.user.created") {
    type _ = Expect<Same<typeof event.item, Contact<Attributes>>>;
  }
  if (event.topic === "contact.user.tag.created" || event.topic === "contact.lead.tag.deleted") {
    type _ = Expect<Same<typeof event.item, ContactTag<Attributes>>>;
  }
  if (event.topic === "contact.merged") {
    type _ = [
      Expect<Same<typeof event.item.email, string | null | undefined>>,
      Expect<Same<NonNullable<typeof event.item.merged_from>["id"], string>>,
    ];
  }
  if (event.topic === "contact.deleted") {
    type _ = Expect<Same<typeof event.item.id, string>>;
  }
  if (event.topic === "job.completed") {
    type _ = Expect<Same<typeof event.item.of, Contact<Attributes> | undefined>>;
  }
  switch (event.topic) {
    case "conversation.user.replied":
    case "conversation.admin.closed": {
      type _ = Expect<Same<typeof event.item, Conversation>>;
      break;
    }
    case "company.updated": {
      type _ = Expect<Same<typeof event.item, Company>>;
      break;
    }
    case "message.sent":
    case "message.unknown":
    case "message.failed": {
      type _ = Expect<Same<typeof event.item, OutboxMessage>>;
      break;
    }
    case "batch.progress": {
      type _ = Expect<Same<typeof event.item, BatchProgress>>;
      break;
    }
    case "ticket.created": {
      type _ = Expect<Same<typeof event.item.anything, unknown>>;
      break;
    }
    default: {
      type _ = [Expect<Same<IsAny<typeof event.item>, false>>, Expect<Same<typeof event.item, unknown>>];
      if (String(event.topic) === "invoice.paid") console.log(event.item);
    }
  }
}

// Attributes of their own are not needed.
for await (const event of new Intercom({ baseUrl: "/intercom" }).live()) {
  if (event.topic === "contact.user.created") {
    type _ = Expect<Same<typeof event.item, Contact>>;
  }
}

intercom.live({ topics: "contact.*,message.*", lastEventId: undefined, signal: undefined, onGap: () => {} });
intercom.live({ onGap: async ({ reason }) => console.log(reason === "expired"), WebSocket });
// @ts-expect-error: a position is a text
intercom.live({ lastEventId: 7 });
// @ts-expect-error: live events have no pages
intercom.live({ perPage: 50 });
// @ts-expect-error: the position is read, not set
live.lastEventId = "3f9a7c21-1";
// @ts-expect-error: a state of this name does not exist
intercom.live({ onConnection: (state) => state === "opened" });

declare const queryClient: { invalidateQueries(filters: object): Promise<void> };
const stop = keepFresh(queryClient, intercom, { topics: ["contact.*"], onConnection: (state) => console.log(state) });
type Connection = ReturnType<typeof useLive>;
export type Kept = [
  Expect<Same<typeof stop, () => void>>,
  Expect<Same<Connection["state"], LiveState>>,
  Expect<Same<Connection["error"], IntercomError | undefined>>,
];

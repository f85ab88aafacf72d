// The page after signing in: the header, the tabs of users, leads and admins, and the e-mails being written.
import type { Admin, Contact, Contacts, Intercom, Me, Page } from "intercom-edge";
import { Composition } from "./composition.ts";
import { adminFacts, contactFacts } from "./details.ts";
import { announce, byId, find } from "./element.ts";
import { nameOf, timeOf } from "./format.ts";
import type { Row } from "./list.ts";
import { messageForm } from "./message-form.ts";
import { PeoplePanel, type PeopleSource } from "./people.ts";
import { Senders } from "./senders.ts";
import { Tabs } from "./tabs.ts";

const PER_PAGE = 40;
const TITLE = "intercom-edge dashboard";

/** A panel, without the type of its records. */
interface Panel {
  show(): void;
  hide(): void;
}

export class Workspace {
  readonly #root: HTMLElement;
  readonly #intercom: Intercom;
  readonly #senders: Senders;
  readonly #compositions = new Map<string, Composition>();
  readonly #panels: Map<string, Panel>;
  readonly #tabs: Tabs;

  /** `me` is null if the key lacks the scope to read the admin of the access token. */
  constructor(root: HTMLElement, intercom: Intercom, me: Me | null) {
    this.#root = root;
    this.#intercom = intercom;
    this.#senders = new Senders(intercom, me ? String(me.id) : null);
    this.#showOwner(me);
    this.#panels = new Map<string, Panel>([
      ["panel-users", new PeoplePanel(byId("panel-users"), this.#contacts("user", intercom.users))],
      ["panel-leads", new PeoplePanel(byId("panel-leads"), this.#contacts("lead", intercom.leads))],
      ["panel-admins", new PeoplePanel(byId("panel-admins"), this.#admins())],
    ]);
    root.hidden = false;
    this.#tabs = new Tabs(find(root, "[role=tablist]"), (panelId) => {
      for (const [id, panel] of this.#panels) if (id !== panelId) panel.hide();
      this.#panels.get(panelId)?.show();
    });
    this.#tabs.activate();
  }

  /** Returns true if an e-mail is being written or sent. */
  hasUnsent(): boolean {
    return [...this.#compositions.values()].some((composition) => composition.unsent);
  }

  /** Removes all data from the page. An e-mail that is being sent is not cancelled. */
  close(): void {
    this.#tabs.close();
    for (const [id, panel] of this.#panels) {
      panel.hide();
      byId(id).replaceChildren();
    }
    this.#showOwner(null);
    this.#root.hidden = true;
    announce("");
  }

  #showOwner(me: Me | null): void {
    const app = me?.app;
    byId("workspace-name").textContent = app?.name ?? "Intercom workspace";
    byId("workspace-region").textContent = app?.region ?? "";
    byId("workspace-region").hidden = !app?.region;
    byId("workspace-admin").textContent = me ? nameOf(me, "admin") : "";
    document.title = app?.name ? `${app.name} · ${TITLE}` : TITLE;
  }

  #contacts(noun: "user" | "lead", people: Contacts): PeopleSource<Contact> {
    return {
      noun,
      perPage: PER_PAGE,
      page: (startingAfter, signal) =>
        firstPage(
          people.list({ perPage: PER_PAGE, signal, ...(startingAfter === null ? {} : { startingAfter }) }).pages(),
        ),
      row: (contact) => contactRow(contact, noun),
      facts: contactFacts,
      actions: (contact) => messageForm(contact, this.#compositionTo(contact.id), this.#senders, this.#intercom),
    };
  }

  #admins(): PeopleSource<Admin> {
    return {
      noun: "admin",
      perPage: Infinity,
      page: (_startingAfter, signal) => firstPage(this.#intercom.admins.list({ signal }).pages()),
      row: adminRow,
      facts: adminFacts,
      actions: () => null,
    };
  }

  #compositionTo(id: string): Composition {
    const composition = this.#compositions.get(id) ?? new Composition();
    this.#compositions.set(id, composition);
    return composition;
  }
}

function contactRow(contact: Contact, noun: string): Row {
  const name = nameOf(contact, noun);
  const second = [contact.email, contact.phone, contact.external_id, contact.id].find((text) => text && text !== name);
  return {
    id: contact.id,
    name,
    avatar: contact.avatar,
    line: second ?? "",
    side: timeOf(contact.last_seen_at, "ago"),
  };
}

function adminRow(admin: Admin): Row {
  const id = String(admin.id);
  const away = admin.away_mode_enabled === true ? document.createTextNode("Away") : null;
  const name = nameOf(admin, "admin");
  return { id, name, avatar: admin.avatar, line: admin.email && admin.email !== name ? admin.email : id, side: away };
}

async function firstPage<T>(pages: AsyncIterableIterator<Page<T>>): Promise<Page<T>> {
  const { value, done } = await pages.next();
  return done ? { data: [], totalCount: 0, startingAfter: null } : value;
}

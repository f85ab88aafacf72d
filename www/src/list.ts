// A listbox of people. It is one tab stop; arrow keys move and select, Enter moves the focus to the details.
import { avatarOf } from "./avatar.ts";
import { element } from "./element.ts";

/** The content of a person's row. */
export interface Row {
  id: string;
  name: string;
  avatar: unknown;
  /** The second line, below the name. */
  line: string;
  /** The right-hand side: a time or a state. */
  side: Node | null;
}

const SKELETON_ROWS = 8;

export class PeopleList<T> {
  readonly element: HTMLUListElement;
  readonly #describe: (person: T) => Row;
  readonly #onSelect: (person: T) => void;
  readonly #onOpen: () => void;
  #people: T[] = [];
  #selected: string | null = null;

  constructor(label: string, describe: (person: T) => Row, onSelect: (person: T) => void, onOpen: () => void) {
    this.#describe = describe;
    this.#onSelect = onSelect;
    this.#onOpen = onOpen;
    this.element = element("ul", { class: "people", role: "listbox", "aria-label": label });
    this.element.addEventListener("click", (event) => this.#select(this.#indexOf(event.target)));
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** Shows these people. The selected person stays selected if they are among them. */
  show(people: T[]): void {
    this.#people = people;
    this.element.replaceChildren(...people.map((person) => this.#option(this.#describe(person))));
    this.element.scrollTop = 0;
    this.#mark();
  }

  /** Shows placeholder rows while the first page loads. */
  showSkeleton(): void {
    this.#people = [];
    const row = () =>
      element(
        "li",
        { class: "person skeleton", role: "presentation" },
        element("span", { class: "avatar" }),
        element("span", { class: "bar" }),
      );
    this.element.replaceChildren(...Array.from({ length: SKELETON_ROWS }, row));
  }

  busy(busy: boolean): void {
    this.element.setAttribute("aria-busy", String(busy));
  }

  #option({ id, name, avatar, line, side }: Row): HTMLLIElement {
    return element(
      "li",
      { class: "person", role: "option", id: `person-${id}` },
      avatarOf(id, name, avatar),
      element(
        "span",
        { class: "person-text" },
        element("span", { class: "person-name", dir: "auto" }, name),
        element("span", { class: "person-line", dir: "auto" }, line),
      ),
      element("span", { class: "person-side" }, side),
    );
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = this.#indexOf(event.target);
    const last = this.#people.length - 1;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.#select(at);
      if (event.key === "Enter") this.#onOpen();
      return;
    }
    // The first arrow key selects the focused row; the next ones move.
    const step = this.element.children[at]?.getAttribute("aria-selected") === "true" ? 1 : 0;
    const next = { ArrowDown: Math.min(at + step, last), ArrowUp: Math.max(at - step, 0), Home: 0, End: last }[
      event.key
    ];
    if (next === undefined) return;
    event.preventDefault();
    this.#select(next);
  }

  #select(index: number): void {
    const person = this.#people[index];
    if (person === undefined) return;
    this.#selected = this.#describe(person).id;
    this.#mark();
    const option = this.element.children[index];
    if (option instanceof HTMLElement) option.focus();
    this.#onSelect(person);
  }

  /** Marks the selected option and makes it the only tab stop; without a selection, the first option. */
  #mark(): void {
    const at = this.#people.findIndex((person) => this.#describe(person).id === this.#selected);
    [...this.element.children].forEach((option, index) => {
      option.setAttribute("aria-selected", String(index === at));
      option.setAttribute("tabindex", index === Math.max(at, 0) ? "0" : "-1");
    });
  }

  #indexOf(target: EventTarget | null): number {
    const option = target instanceof Element ? target.closest("[role=option]") : null;
    return option === null ? -1 : [...this.element.children].indexOf(option);
  }
}

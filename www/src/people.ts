// The content of a tab: a paginated list of people on the left, and the details of the selected person beside it.
import type { Page } from "intercom-edge";
import { announce, element } from "./element.ts";
import { countOf } from "./format.ts";
import { PeopleList, type Row } from "./list.ts";
import { problemBox, problemOf } from "./problem.ts";

/** The data and texts of one tab. */
export interface PeopleSource<T> {
  /** The singular noun: "user", "lead" or "admin". */
  noun: string;
  perPage: number;
  /** Requests a page by its cursor; null is the first page. */
  page(startingAfter: string | null, signal: AbortSignal): Promise<Page<T>>;
  row(person: T): Row;
  /** Creates the details of a person. Its first heading gets the focus. */
  facts(person: T): HTMLElement;
  /** Creates the form below the details. It is kept when the same person is loaded again. */
  actions(person: T): HTMLElement | null;
}

/** The panel of one tab. */
export class PeoplePanel<T> {
  readonly #source: PeopleSource<T>;
  readonly #list: PeopleList<T>;
  readonly #position = element("p", { class: "position" });
  readonly #problem = element("div", { class: "list-problem" });
  readonly #empty = element("p", { class: "empty", hidden: true });
  readonly #previous = element("button", { type: "button", class: "quiet" }, "Previous");
  readonly #next = element("button", { type: "button", class: "quiet" }, "Next");
  readonly #reload = element("button", { type: "button", class: "quiet" }, "Reload");
  readonly #details = element("div", { class: "details" });
  /** The cursor of each page that was reached, for the button "Previous". */
  readonly #cursors: (string | null)[] = [null];
  #at = 0;
  #loaded = false;
  #loading: AbortController | null = null;
  #shownId: string | null = null;

  constructor(panel: HTMLElement, source: PeopleSource<T>) {
    this.#source = source;
    const many = `${source.noun}s`;
    this.#list = new PeopleList(
      many,
      source.row,
      (person) => this.#select(person),
      () => this.#details.querySelector("h2")?.focus(),
    );
    this.#previous.addEventListener("click", () => void this.#load(this.#at - 1));
    this.#next.addEventListener("click", () => void this.#load(this.#at + 1));
    this.#reload.addEventListener("click", () => void this.#load(this.#at));
    this.#details.append(
      element(
        "p",
        { class: "empty" },
        `Select ${source.noun === "admin" ? "an" : "a"} ${source.noun} to see the details.`,
      ),
    );
    panel.replaceChildren(
      element(
        "section",
        { class: "card list-pane", "aria-label": many },
        element("div", { class: "list-head" }, this.#position, this.#reload),
        this.#problem,
        this.#empty,
        this.#list.element,
        element("nav", { class: "pager", "aria-label": `Pages of ${many}` }, this.#previous, this.#next),
      ),
      element("section", { class: "card details-pane", "aria-label": "Details" }, this.#details),
    );
    this.#showPager(null);
  }

  /** Loads the first page when the tab is first selected. */
  show(): void {
    if (!this.#loaded) void this.#load(0);
  }

  /** Aborts the current request when another tab is selected. */
  hide(): void {
    this.#loading?.abort();
    this.#loading = null;
    this.#list.busy(false);
  }

  async #load(at: number): Promise<void> {
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    const { noun } = this.#source;
    this.#problem.replaceChildren();
    this.#list.busy(true);
    if (!this.#loaded) {
      this.#empty.hidden = true;
      this.#list.showSkeleton();
      this.#position.textContent = `Loading ${noun}s…`;
    }
    try {
      const page = await this.#source.page(this.#cursors[at] ?? null, loading.signal);
      if (loading.signal.aborted) return;
      this.#at = at;
      this.#loaded = true;
      this.#showPage(page);
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#showProblem(error, at);
    }
    this.#loading = null;
    this.#list.busy(false);
  }

  #showPage(page: Page<T>): void {
    const { noun, row } = this.#source;
    this.#cursors.length = this.#at + 1;
    if (page.startingAfter !== null) this.#cursors.push(page.startingAfter);
    this.#list.show(page.data);
    this.#list.element.hidden = page.data.length === 0;
    this.#empty.hidden = page.data.length > 0;
    this.#empty.textContent = this.#at === 0 ? `There are no ${noun}s yet.` : `There are no ${noun}s on this page.`;
    this.#showPager(page);
    const again = page.data.find((person) => row(person).id === this.#shownId);
    if (again !== undefined) this.#showFacts(again);
  }

  /** Shows the position, such as "Page 2 of 10 · 400 users", and enables the buttons. */
  #showPager(page: Page<T> | null): void {
    const focused = document.activeElement;
    this.#previous.disabled = page === null || this.#at === 0;
    this.#next.disabled = page === null || page.startingAfter === null;
    this.#previous.closest("nav")?.toggleAttribute("hidden", this.#previous.disabled && this.#next.disabled);
    // A disabled button would lose the focus.
    if (focused === this.#next && this.#next.disabled) this.#previous.focus();
    if (focused === this.#previous && this.#previous.disabled) this.#next.focus();
    if (page === null) return;
    const { noun, perPage } = this.#source;
    const total = page.totalCount;
    const pages = total === null ? null : Math.max(Math.ceil(total / perPage), this.#at + 1);
    const people = total === null ? `${countOf(page.data.length, noun)} here` : countOf(total, noun);
    const only = this.#at === 0 && page.startingAfter === null;
    this.#position.textContent = only
      ? people
      : `Page ${this.#at + 1}${pages === null ? "" : ` of ${pages}`} · ${people}`;
    announce(this.#position.textContent);
  }

  #showProblem(error: unknown, at: number): void {
    const { noun } = this.#source;
    const problem = problemOf(error);
    const title = `The ${noun}s could not be loaded.`;
    const retry = element("button", { type: "button" }, "Try again");
    retry.addEventListener("click", () => {
      this.#reload.focus();
      void this.#load(at);
    });
    this.#problem.replaceChildren(problemBox(problem, "error", title, retry));
    if (!this.#loaded) {
      this.#list.show([]);
      this.#position.textContent = "";
    }
    announce(`${title} ${problem.summary}`);
  }

  #select(person: T): void {
    const { id } = this.#source.row(person);
    if (id === this.#shownId) return;
    this.#shownId = id;
    const actions = this.#source.actions(person);
    this.#details.replaceChildren(element("div", { class: "facts" }), ...(actions ? [actions] : []));
    this.#showFacts(person);
    this.#details.closest(".details-pane")?.scrollTo(0, 0);
  }

  #showFacts(person: T): void {
    this.#details.querySelector(".facts")?.replaceChildren(this.#source.facts(person));
  }
}

// A tablist by the ARIA Authoring Practices. It is one tab stop; arrow keys move and activate.

export class Tabs {
  readonly #tabs: HTMLElement[];
  readonly #onChange: (name: string) => void;
  readonly #listening = new AbortController();

  /** `onChange` is called with the id of the panel that is shown. */
  constructor(list: HTMLElement, onChange: (panelId: string) => void) {
    this.#tabs = [...list.querySelectorAll<HTMLElement>("[role=tab]")];
    this.#onChange = onChange;
    const { signal } = this.#listening;
    list.addEventListener("keydown", (event) => this.#onKey(event), { signal });
    for (const tab of this.#tabs) tab.addEventListener("click", () => this.activate(tab), { signal });
  }

  activate(tab = this.#tabs[0]): void {
    if (!tab) return;
    for (const each of this.#tabs) {
      const chosen = each === tab;
      each.setAttribute("aria-selected", String(chosen));
      each.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(each.getAttribute("aria-controls") ?? "");
      if (panel) panel.hidden = !chosen;
    }
    tab.focus();
    this.#onChange(tab.getAttribute("aria-controls") ?? "");
  }

  close(): void {
    this.#listening.abort();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const at = this.#tabs.findIndex((tab) => tab === document.activeElement);
    const count = this.#tabs.length;
    const next = {
      ArrowRight: (at + 1) % count,
      ArrowLeft: (at - 1 + count) % count,
      Home: 0,
      End: count - 1,
    }[event.key];
    if (at < 0 || next === undefined) return;
    event.preventDefault();
    this.activate(this.#tabs[next]);
  }
}

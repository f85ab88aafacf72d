// Makes and finds elements. Text is always text here: names come from strangers and are never read as HTML.

type Attributes = Record<string, string | number | boolean | null>;

/** Makes an element with attributes (`true`: an empty one, `false`, `null`: none) and children. Strings become text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** The element that index.html has under this id. */
export function byId(id: string): HTMLElement {
  return find(document, `#${id}`);
}

/** The first match inside `root`; the page's own markup promises that there is one. */
export function find<K extends keyof HTMLElementTagNameMap>(root: ParentNode, selector: K): HTMLElementTagNameMap[K];
export function find(root: ParentNode, selector: string): HTMLElement;
export function find(root: ParentNode, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`no ${selector} in the page`);
  return found;
}

/** Says something to people who use a screen reader, wherever they are on the page. */
export function announce(text: string): void {
  byId("announcer").textContent = text;
}

// Creates and finds elements. Strings become text nodes, never HTML: names are untrusted.

type Attributes = Record<string, string | number | boolean | null>;

/** Creates an element. The attribute value `true` sets an empty attribute; `false` and `null` set none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) created.setAttribute(name, value === true ? "" : String(value));
  }
  created.append(...children.filter((child) => child !== null));
  return created;
}

/** Returns the element of index.html with this id. */
export function byId(id: string): HTMLElement {
  return find(document, `#${id}`);
}

/** Returns the first match inside `root`. Throws if there is none, which is a bug in the page. */
export function find<K extends keyof HTMLElementTagNameMap>(root: ParentNode, selector: K): HTMLElementTagNameMap[K];
export function find(root: ParentNode, selector: string): HTMLElement;
export function find(root: ParentNode, selector: string): HTMLElement {
  const found = root.querySelector<HTMLElement>(selector);
  if (!found) throw new Error(`no ${selector} in the page`);
  return found;
}

/** Announces text to screen readers. */
export function announce(text: string): void {
  byId("announcer").textContent = text;
}

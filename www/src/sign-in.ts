// The sign-in form. It passes on the typed key, and shows why a key was not accepted.
import { find } from "./element.ts";

export class SignIn {
  readonly #root: HTMLElement;
  readonly #key: HTMLInputElement;
  readonly #submit: HTMLButtonElement;
  readonly #problem: HTMLElement;

  constructor(root: HTMLElement, onKey: (key: string) => void) {
    this.#root = root;
    this.#key = find(root, "input");
    this.#submit = find(root, "button");
    this.#problem = find(root, "#sign-in-problem");
    find(root, "form").addEventListener("submit", (event) => {
      event.preventDefault();
      const key = this.#key.value.trim();
      if (key === "") this.show("Enter a caller key.");
      else if (!/^[\x21-\x7e]+$/.test(key))
        this.show("A caller key has only visible ASCII characters and no spaces. Check that you copied only the key.");
      else onKey(key);
    });
  }

  /** Shows the form, with the problem of the last key if there is one. */
  show(problem = ""): void {
    this.#root.hidden = false;
    this.#root.removeAttribute("aria-busy");
    this.#key.readOnly = false;
    this.#submit.disabled = false;
    this.#submit.textContent = "Sign in";
    this.#problem.textContent = problem;
    if (problem === "") this.#key.removeAttribute("aria-invalid");
    else this.#key.setAttribute("aria-invalid", "true");
    this.#key.focus();
    this.#key.select();
  }

  /** Shows that `key` is being verified. */
  busy(key: string): void {
    this.#root.setAttribute("aria-busy", "true");
    this.#key.value = key;
    this.#key.readOnly = true;
    this.#submit.disabled = true;
    this.#submit.textContent = "Signing in…";
    this.#problem.textContent = "";
  }

  hide(): void {
    this.#root.hidden = true;
    this.#key.value = "";
  }
}

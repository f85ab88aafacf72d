// An e-mail to one person, from its first letter to what became of it. It knows nothing of the form.
// It outlives the form, so that looking at somebody else loses neither the text nor the answer.
import type { Intercom, Message } from "intercom-edge";
import { problemOf, type Problem } from "./problem.ts";

export type Template = "plain" | "personal";

export type Outcome =
  | { state: "draft" }
  | { state: "sending" }
  | { state: "sent"; message: Message }
  /** Intercom or the Worker said no: nothing was sent. */
  | { state: "refused"; problem: Problem }
  /** Nobody knows whether it was sent. Sending waits until the author has looked. */
  | { state: "uncertain"; problem: Problem; checked: boolean };

export class Composition {
  subject = "";
  body = "";
  template: Template = "plain";
  outcome: Outcome = { state: "draft" };
  /** Called after each change of the outcome; the form that shows this composition sets it. */
  onOutcome: () => void = () => {};

  /** Whether leaving the page would lose something. */
  get unsent(): boolean {
    return this.outcome.state === "sending" || this.subject.trim() !== "" || this.body.trim() !== "";
  }

  get maySend(): boolean {
    return this.outcome.state !== "sending" && (this.outcome.state !== "uncertain" || this.outcome.checked);
  }

  /** Sends it, once: there is no way to call it off, for Intercom may have it already. */
  async send(intercom: Intercom, from: string, to: { type: "user" | "lead"; id: string }): Promise<void> {
    if (!this.maySend) return;
    this.#become({ state: "sending" });
    try {
      const message = await intercom.messages.send(
        {
          message_type: "email",
          subject: this.subject.trim(),
          body: this.body,
          template: this.template,
          from: { type: "admin", id: from },
          to,
          // Each press of the button is a message of its own; a connection that breaks makes no second one.
        },
        { idempotencyKey: crypto.randomUUID() },
      );
      this.subject = "";
      this.body = "";
      this.#become({ state: "sent", message });
    } catch (error) {
      const problem = problemOf(error);
      this.#become(problem.uncertain ? { state: "uncertain", problem, checked: false } : { state: "refused", problem });
    }
  }

  /** The author has looked, and it was not sent. */
  check(checked: boolean): void {
    if (this.outcome.state === "uncertain") this.#become({ ...this.outcome, checked });
  }

  #become(outcome: Outcome): void {
    this.outcome = outcome;
    this.onOutcome();
  }
}

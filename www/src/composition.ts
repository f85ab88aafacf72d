// The draft of an e-mail to one person, and the result of sending it. It knows nothing of the form. It outlives the
// form, so that selecting another person loses neither the text nor the result.
import type { Intercom, Message } from "intercom-edge";
import { problemOf, type Problem } from "./problem.ts";

/** The style of the e-mail, as Intercom names it. */
export type Template = "plain" | "personal";

/** The result of sending an e-mail. */
export type Outcome =
  | { state: "draft" }
  | { state: "sending" }
  | { state: "sent"; message: Message }
  /** Intercom or the Worker rejected the e-mail. Nothing was sent. */
  | { state: "rejected"; problem: Problem }
  /** The e-mail may have been sent. Sending again is blocked until the author has checked. */
  | { state: "unknown"; problem: Problem; checked: boolean };

/** An e-mail that is being written or sent. */
export class Composition {
  subject = "";
  body = "";
  template: Template = "plain";
  outcome: Outcome = { state: "draft" };
  /** Called after each change of the outcome. Set by the form. */
  onOutcome: () => void = () => {};

  /** True if leaving the page would lose text or a result. */
  get unsent(): boolean {
    return this.outcome.state === "sending" || this.subject.trim() !== "" || this.body.trim() !== "";
  }

  /** True if the send button may be enabled. */
  get maySend(): boolean {
    return this.outcome.state !== "sending" && (this.outcome.state !== "unknown" || this.outcome.checked);
  }

  /** Sends the e-mail once. It cannot be cancelled, because Intercom may already have it. */
  async send(intercom: Intercom, from: string, to: { type: "user" | "lead"; id: string }): Promise<void> {
    if (!this.maySend) return;
    this.#setOutcome({ state: "sending" });
    try {
      const message = await intercom.messages.send(
        {
          message_type: "email",
          subject: this.subject.trim(),
          body: this.body,
          template: this.template,
          from: { type: "admin", id: from },
          to,
        },
        // A new key for each click: retries after a broken connection send no second e-mail.
        { idempotencyKey: crypto.randomUUID() },
      );
      this.subject = "";
      this.body = "";
      this.#setOutcome({ state: "sent", message });
    } catch (error) {
      const problem = problemOf(error);
      this.#setOutcome(
        problem.uncertain ? { state: "unknown", problem, checked: false } : { state: "rejected", problem },
      );
    }
  }

  /** Sets if the author has checked that the e-mail was not sent. */
  check(checked: boolean): void {
    if (this.outcome.state === "unknown") this.#setOutcome({ ...this.outcome, checked });
  }

  #setOutcome(outcome: Outcome): void {
    this.outcome = outcome;
    this.onOutcome();
  }
}

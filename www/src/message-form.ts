// The form that sends an e-mail to the selected person. It shows a composition, which decides if it may be sent.
import type { Contact, Intercom } from "intercom-edge";
import type { Composition, Template } from "./composition.ts";
import { mailObstacle } from "./details.ts";
import { announce, element } from "./element.ts";
import { nameOf, timeOf } from "./format.ts";
import { problemBox, problemOf } from "./problem.ts";
import type { Senders } from "./senders.ts";

const NOT_SENT = "The e-mail was not sent.";
const MAYBE_SENT = "The e-mail may have been sent.";

/** Creates the form for one contact. */
export function messageForm(
  contact: Contact,
  composition: Composition,
  senders: Senders,
  intercom: Intercom,
): HTMLElement {
  const role = contact.role === "lead" ? "lead" : "user";
  const name = nameOf(contact, role);

  const from = element(
    "select",
    { name: "from", required: true, disabled: true },
    element("option", { value: "" }, "Loading admins…"),
  );
  const subject = element("input", { name: "subject", required: true, autocomplete: "off" });
  const body = element("textarea", { name: "body", required: true, rows: "7" });
  const templates = (["plain", "personal"] satisfies Template[]).map((template) => {
    const radio = element("input", { type: "radio", name: "template", value: template });
    radio.checked = composition.template === template;
    radio.addEventListener("change", () => (composition.template = template));
    return element("label", { class: "choice" }, radio, template === "plain" ? "Plain" : "Personal");
  });
  const send = element("button", { type: "submit", class: "primary" }, "Send e-mail");
  const result = element("div", { class: "result", tabindex: "-1" });
  const sendersProblem = element("div");
  const fields = element(
    "fieldset",
    {},
    element("label", { class: "field" }, "From", from),
    sendersProblem,
    element("label", { class: "field" }, "Subject", subject),
    element("label", { class: "field" }, "Message", body),
    element("fieldset", { class: "choices" }, element("legend", {}, "Template"), ...templates),
  );
  const form = element(
    "form",
    { class: "message-form", "aria-label": `E-mail to ${name}` },
    element("h3", {}, "Send an e-mail"),
    obstacleNotice(contact, name),
    fields,
    result,
    element("div", { class: "form-end" }, send),
  );

  subject.value = composition.subject;
  body.value = composition.body;
  subject.addEventListener("input", () => (composition.subject = subject.value));
  body.addEventListener("input", () => (composition.body = body.value));
  from.addEventListener("change", () => senders.remember(from.value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!composition.maySend || from.value === "" || !form.reportValidity()) return;
    void composition.send(intercom, from.value, { type: role, id: contact.id });
  });
  composition.onOutcome = () => {
    const hadFocus = form.contains(document.activeElement);
    showOutcome();
    announceOutcome();
    // The clicked button is disabled now, so the result takes the focus.
    if (hadFocus) (result.querySelector("input") ?? result).focus();
  };
  showOutcome();
  void fillSenders();
  return form;

  async function fillSenders(): Promise<void> {
    sendersProblem.replaceChildren();
    try {
      const admins = await senders.all();
      const preferred = senders.preferred(admins);
      from.replaceChildren(
        ...admins.map((admin) => {
          const id = String(admin.id);
          const text = admin.name && admin.email ? `${admin.name} (${admin.email})` : nameOf(admin, "admin");
          const option = element("option", { value: id }, text);
          option.selected = id === preferred;
          return option;
        }),
      );
      if (admins.length === 0) from.replaceChildren(element("option", { value: "" }, "No admins to send from"));
      from.disabled = admins.length === 0;
    } catch (error) {
      from.replaceChildren(element("option", { value: "" }, "Not available"));
      const retry = element("button", { type: "button" }, "Try again");
      retry.addEventListener("click", async () => {
        await fillSenders();
        (sendersProblem.querySelector("button") ?? from).focus();
      });
      sendersProblem.replaceChildren(problemBox(problemOf(error), "error", "The admins could not be loaded.", retry));
    }
    showOutcome();
  }

  function showOutcome(): void {
    const { outcome } = composition;
    const sending = outcome.state === "sending";
    form.setAttribute("aria-busy", String(sending));
    fields.disabled = sending;
    send.disabled = !composition.maySend || from.value === "" || !contact.email;
    send.textContent = sending ? "Sending…" : "Send e-mail";
    if (subject.value !== composition.subject) subject.value = composition.subject;
    if (body.value !== composition.body) body.value = composition.body;
    result.replaceChildren(...outcomeNodes());
  }

  function announceOutcome(): void {
    const { outcome } = composition;
    if (outcome.state === "sending") announce(`Sending the e-mail to ${name}.`);
    if (outcome.state === "sent") announce(`The e-mail to ${name} was sent.`);
    if (outcome.state === "rejected") announce(`${NOT_SENT} ${outcome.problem.summary}`);
    if (outcome.state === "unknown" && !outcome.checked) announce(`${MAYBE_SENT} ${outcome.problem.summary}`);
  }

  function outcomeNodes(): Node[] {
    const { outcome } = composition;
    switch (outcome.state) {
      case "draft":
        return [];
      case "sending":
        return [
          element(
            "div",
            { class: "notice" },
            element("p", {}, `Sending to ${name}…`),
            element("div", { class: "progress", role: "progressbar", "aria-label": "Sending" }),
          ),
        ];
      case "sent": {
        const at = timeOf(outcome.message.created_at);
        return [
          element(
            "div",
            { class: "notice success" },
            element("p", { class: "notice-title" }, "Sent"),
            element(
              "dl",
              { class: "problem-facts" },
              element("dt", {}, "Message id"),
              element("dd", {}, element("code", {}, String(outcome.message.id))),
              ...(at ? [element("dt", {}, "Time"), element("dd", {}, at)] : []),
            ),
          ),
        ];
      }
      case "rejected":
        return [problemBox(outcome.problem, "error", NOT_SENT)];
      case "unknown": {
        const checked = element("input", { type: "checkbox" });
        checked.checked = outcome.checked;
        checked.addEventListener("change", () => composition.check(checked.checked));
        return [
          problemBox(
            outcome.problem,
            "warning",
            MAYBE_SENT,
            element(
              "p",
              {},
              `Check in Intercom if ${name} got the e-mail before you send it again. ` +
                "This page does not send it again by itself.",
            ),
            element("label", { class: "choice" }, checked, "I have checked: it was not sent"),
          ),
        ];
      }
    }
  }
}

function obstacleNotice(contact: Contact, name: string): HTMLElement | null {
  if (!contact.email) return element("p", { class: "notice warning" }, `${name} has no e-mail address.`);
  const obstacle = mailObstacle(contact);
  if (obstacle === null) return null;
  return element("p", { class: "notice warning" }, `${name} ${obstacle}. Intercom will probably reject the message.`);
}

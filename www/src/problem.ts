// Describes an error: a sentence for the user, and details for a developer.
import { IntercomError } from "intercom-edge";
import { element } from "./element.ts";

/** The description of an error. */
export interface Problem {
  /** One sentence for the user. */
  summary: string;
  /** The HTTP status, or 0 without a response. */
  status: number;
  /** The error's code. */
  code: string | null;
  /** The messages of Intercom or the Worker, one per error of the response. */
  messages: string[];
  /** Intercom's id of the request. */
  requestId: string | null;
  /** True if the request may have taken effect, so that a retry could repeat it. */
  uncertain: boolean;
}

/** Describes any error. */
export function problemOf(error: unknown): Problem {
  if (!(error instanceof IntercomError)) {
    return {
      summary: "Something went wrong in this page.",
      status: 0,
      code: null,
      messages: [String(error)],
      requestId: null,
      uncertain: true,
    };
  }
  const { status, code, requestId } = error;
  const messages = error.errors
    .map(({ field, message }) => [field, message].filter(Boolean).join(": "))
    .filter((text) => text !== "");
  return {
    summary: summaryOf(status),
    status,
    code,
    messages: messages.length > 0 ? messages : [error.message].filter((text) => text !== ""),
    requestId,
    uncertain: !wasRejected(status),
  };
}

/** Returns true if nothing was done. After a 408 or 409 an earlier attempt may still have succeeded. */
function wasRejected(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 409;
}

function summaryOf(status: number): string {
  if (status === 0) return "There was no response. The network or the Worker may be down.";
  if (status < 400) return "The response could not be read.";
  if (status === 401) return "You are no longer signed in. Reload the page to sign in again.";
  if (status === 403) return "Access was denied. You may lack a scope.";
  if (status === 404) return "Intercom did not find it.";
  if (status === 429) return "Intercom’s rate limit is reached. Wait a few seconds and try again.";
  if (status >= 500) return "Intercom or the Worker failed. Try again later.";
  return "Intercom did not accept the request.";
}

/** Creates the box that shows a problem. `extra` is placed below the details. */
export function problemBox(problem: Problem, tone: "error" | "warning", title: string, ...extra: Node[]): HTMLElement {
  return element(
    "div",
    { class: `notice ${tone}` },
    element("p", { class: "notice-title" }, title),
    element("p", {}, problem.summary),
    element(
      "dl",
      { class: "problem-facts" },
      ...fact("Status", problem.status === 0 ? "no response" : String(problem.status)),
      ...fact("Code", problem.code),
      ...problem.messages.flatMap((message) => fact("Message", message)),
      ...fact("Request id", problem.requestId),
    ),
    ...extra,
  );
}

function fact(name: string, value: string | null): Node[] {
  return value === null ? [] : [element("dt", {}, name), element("dd", {}, value)];
}

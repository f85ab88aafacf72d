// What went wrong, in words, with what a developer needs to look into it.
import { IntercomError } from "intercom-edge";
import { element } from "./element.ts";

export interface Problem {
  /** One sentence for a person. */
  summary: string;
  /** HTTP status; 0 when no answer came. */
  status: number;
  code: string | null;
  /** What Intercom or the Worker said, one for each error in the answer. */
  messages: string[];
  requestId: string | null;
  /** The request may have been carried out although it failed: a blind retry could do it twice. */
  uncertain: boolean;
}

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
  const said = error.errors
    .map(({ field, message }) => [field, message].filter(Boolean).join(": "))
    .filter((text) => text !== "");
  return {
    summary: summaryOf(status),
    status,
    code,
    messages: said.length > 0 ? said : [error.message].filter((text) => text !== ""),
    requestId,
    uncertain: !wasRefused(status),
  };
}

/** Only a refusal says that nothing was done. A 408 or 409 does not: the first attempt may still have gone through. */
function wasRefused(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 409;
}

function summaryOf(status: number): string {
  if (status === 0) return "No answer came. The network or the Worker may be down.";
  if (status < 400) return "The answer could not be read.";
  if (status === 401) return "The caller key is not accepted any more. Sign out and in again.";
  if (status === 403) return "This is not allowed.";
  if (status === 404) return "Intercom does not know it.";
  if (status === 429) return "Intercom’s rate limit is reached. Wait some seconds and try again.";
  if (status >= 500) return "Intercom or the Worker failed to answer.";
  return "Intercom did not accept the request.";
}

/** The problem as a block of the page; `extra` comes below the facts. */
export function problemBox(problem: Problem, tone: "error" | "warning", title: string, ...extra: Node[]): HTMLElement {
  return element(
    "div",
    { class: `notice ${tone}` },
    element("p", { class: "notice-title" }, title),
    element("p", {}, problem.summary),
    element(
      "dl",
      { class: "problem-facts" },
      ...fact("Status", problem.status === 0 ? "no answer" : String(problem.status)),
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

// The entry of the page. It shows the sign-in form, or the workspace after signing in.
// First, because it removes the key from the URL.
import { keyAtStart, forgetKey, storeKey, takeKeyFromLink } from "./session.ts";
import { Intercom, IntercomError, type Me } from "intercom-edge";
import { byId } from "./element.ts";
import { problemOf } from "./problem.ts";
import { SignIn } from "./sign-in.ts";
import { Workspace } from "./workspace.ts";

/** The Worker's address: one folder above the page. */
const baseUrl = new URL("..", location.href);

const starting = byId("starting");
const signOutButton = byId("sign-out");
const signInForm = new SignIn(byId("sign-in"), (key) => void signIn(key));
let workspace: Workspace | null = null;
let attempt: AbortController | null = null;
let signOut: (() => void) | null = null;

signOutButton.addEventListener("click", () => signOut?.());
// A sign-in link that is opened in a tab with this page changes only the URL's fragment.
addEventListener("hashchange", () => {
  const key = takeKeyFromLink();
  if (key !== null && mayLeave()) void signIn(key);
});
addEventListener("beforeunload", (event) => {
  if (workspace?.hasUnsent()) event.preventDefault();
});

if (keyAtStart === null) void openWithoutKey();
else void signIn(keyAtStart);

/** Opens the workspace if a server in front of the Worker adds the credential, and else the sign-in form. */
async function openWithoutKey(): Promise<void> {
  attempt = new AbortController();
  const { signal } = attempt;
  starting.hidden = false;
  try {
    const intercom = new Intercom({ baseUrl });
    const { credential } = await intercom.request<{ credential: string }>("GET", "/edge/whoami", { signal });
    const me = await adminOf(intercom, signal);
    // Other servers have sign-out pages of their own, which this page does not know.
    if (!signal.aborted) open(intercom, me, credential === "access" ? signOutOfAccess : null);
  } catch (error) {
    if (signal.aborted) return;
    signedOut(isSignedOut(error) ? "" : problemOf(error).summary);
  }
}

async function signIn(key: string): Promise<void> {
  signedOut();
  signInForm.busy(key);
  attempt = new AbortController();
  const { signal } = attempt;
  try {
    const intercom = new Intercom({ baseUrl, auth: key });
    const me = await adminOf(intercom, signal);
    if (signal.aborted) return;
    storeKey(key);
    open(intercom, me, signOutWithKey);
  } catch (error) {
    if (signal.aborted) return;
    // A TypeError means that the key cannot be sent in a header.
    const rejected = error instanceof TypeError || isSignedOut(error);
    if (rejected) forgetKey();
    signInForm.show(
      rejected ? "This caller key is not accepted. Check that you copied all of it." : problemOf(error).summary,
    );
  }
}

/** Gets the admin of the access token. Returns null for a valid credential without the scope for it. */
async function adminOf(intercom: Intercom, signal: AbortSignal): Promise<Me | null> {
  try {
    return await intercom.me({ signal });
  } catch (error) {
    if (error instanceof IntercomError && error.status === 403) return null;
    throw error;
  }
}

/** Returns true if the Worker has no valid credential. A redirect to a sign-in page is another problem. */
function isSignedOut(error: unknown): boolean {
  return error instanceof IntercomError && (error.status === 401 || error.status === 403) && error.code !== "redirect";
}

function open(intercom: Intercom, me: Me | null, onSignOut: (() => void) | null): void {
  starting.hidden = true;
  signInForm.hide();
  signOut = onSignOut;
  signOutButton.hidden = onSignOut === null;
  workspace = new Workspace(byId("workspace"), intercom, me);
}

function signOutWithKey(): void {
  if (!mayLeave()) return;
  forgetKey();
  signedOut();
}

/** Leaves the page for Cloudflare's sign-out page. The browser asks for confirmation if an e-mail is unsent. */
function signOutOfAccess(): void {
  location.assign("/cdn-cgi/access/logout");
}

/** Asks for confirmation if an e-mail is unsent or its result is unknown. */
function mayLeave(): boolean {
  return !workspace?.hasUnsent() || confirm("An e-mail is not sent yet. Leave anyway?");
}

function signedOut(problem = ""): void {
  attempt?.abort();
  workspace?.close();
  workspace = null;
  starting.hidden = true;
  signInForm.show(problem);
}

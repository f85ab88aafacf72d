// The entry of the page. It shows the sign-in form, or the workspace after signing in.
// First, because it removes the key from the URL.
import { keyAtStart, forgetKey, storeKey, takeKeyFromLink } from "./session.ts";
import { Intercom, IntercomError, type Me } from "intercom-edge";
import { byId } from "./element.ts";
import { problemOf } from "./problem.ts";
import { SignIn } from "./sign-in.ts";
import { Workspace } from "./workspace.ts";

const signInForm = new SignIn(byId("sign-in"), (key) => void signIn(key));
let workspace: Workspace | null = null;
let attempt: AbortController | null = null;

byId("sign-out").addEventListener("click", () => {
  if (!mayLeave()) return;
  forgetKey();
  signedOut();
});
// A sign-in link that is opened in a tab with this page changes only the URL's fragment.
addEventListener("hashchange", () => {
  const key = takeKeyFromLink();
  if (key !== null && mayLeave()) void signIn(key);
});
addEventListener("beforeunload", (event) => {
  if (workspace?.hasUnsent()) event.preventDefault();
});

if (keyAtStart === null) signedOut();
else void signIn(keyAtStart);

async function signIn(key: string): Promise<void> {
  signedOut();
  signInForm.busy(key);
  attempt = new AbortController();
  const { signal } = attempt;
  try {
    const intercom = new Intercom({ baseUrl: location.origin, auth: key });
    const me = await verify(intercom, signal);
    if (signal.aborted) return;
    storeKey(key);
    signInForm.hide();
    workspace = new Workspace(byId("workspace"), intercom, me);
  } catch (error) {
    if (signal.aborted) return;
    // A TypeError means that the key cannot be sent in a header.
    const rejected = error instanceof TypeError || (error instanceof IntercomError && error.status === 401);
    if (rejected) forgetKey();
    signInForm.show(
      rejected ? "This caller key is not accepted. Check that you copied all of it." : problemOf(error).summary,
    );
  }
}

/** Verifies the key. Returns null for a valid key without the scope to read the admin of the access token. */
async function verify(intercom: Intercom, signal: AbortSignal): Promise<Me | null> {
  try {
    return await intercom.me({ signal });
  } catch (error) {
    if (error instanceof IntercomError && error.status === 403) return null;
    throw error;
  }
}

/** Asks for confirmation if an e-mail is unsent or its result is unknown. */
function mayLeave(): boolean {
  return !workspace?.hasUnsent() || confirm("An e-mail is not sent yet. Leave anyway?");
}

function signedOut(): void {
  attempt?.abort();
  workspace?.close();
  workspace = null;
  signInForm.show();
}

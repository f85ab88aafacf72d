// Where the page starts: it is either signed out, with the form, or signed in, with the workspace.
import { keyAtStart, forgetKey, storeKey, takeKeyFromLink } from "./session.ts"; // first: it erases the link
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
// A sign-in link opened in a tab where the page already is only changes the fragment.
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
    const me = await whoAmI(intercom, signal);
    if (signal.aborted) return;
    storeKey(key);
    signInForm.hide();
    workspace = new Workspace(byId("workspace"), intercom, me);
  } catch (error) {
    if (signal.aborted) return;
    // A TypeError: it can't even be sent as a key.
    const wrong = error instanceof TypeError || (error instanceof IntercomError && error.status === 401);
    if (wrong) forgetKey();
    signInForm.show(
      wrong ? "This caller key is not accepted. Check that you copied all of it." : problemOf(error).summary,
    );
  }
}

/** Verifies the key. A key may be good without the right to ask whom it belongs to: then there is no name to show. */
async function whoAmI(intercom: Intercom, signal: AbortSignal): Promise<Me | null> {
  try {
    return await intercom.me({ signal });
  } catch (error) {
    if (error instanceof IntercomError && error.status === 403) return null;
    throw error;
  }
}

/** Asks before an e-mail that was begun, or is under way, is lost from sight. */
function mayLeave(): boolean {
  return !workspace?.hasUnsent() || confirm("An e-mail here isn't sent yet. Leave all the same?");
}

function signedOut(): void {
  attempt?.abort();
  workspace?.close();
  workspace = null;
  signInForm.show();
}

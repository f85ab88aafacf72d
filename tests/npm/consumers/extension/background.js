// A copy of the package lies in the extension's folder.

import { dashboardOf } from "./dashboard-of.js";
import { Intercom } from "./intercom-edge/dist/index.static.js";

const dashboard = dashboardOf(Intercom);

chrome.runtime.onMessage.addListener((given, _sender, respond) => {
  dashboard(given).then(respond, (error) => respond({ error: `${error.name}: ${error.message}` }));
  // The answer comes later.
  return true;
});

// Workers have no import maps: the package is found by its path.

import { dashboardOf } from "../dashboard-of.js";
import { Intercom } from "../node_modules/intercom-edge/dist/index.static.js";

const dashboard = dashboardOf(Intercom);

addEventListener("message", (event) => {
  const answer = dashboard(event.data).catch((error) => ({ error: `${error.name}: ${error.message}` }));
  event.waitUntil(answer.then((result) => event.source.postMessage(result)));
});

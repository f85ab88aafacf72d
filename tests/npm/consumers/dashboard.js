// The dashboard with the package as bundlers and runtimes find it: by its name.
import { Intercom } from "intercom-edge";
import { dashboardOf } from "./dashboard-of.js";

export const dashboard = dashboardOf(Intercom);

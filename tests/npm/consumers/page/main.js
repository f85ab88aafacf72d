// A page: what it is given is in the address, what comes of it in the title.
import { dashboard } from "../dashboard.js";

const given = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
dashboard(given).then(
  (result) => {
    document.title = JSON.stringify(result);
  },
  (error) => {
    document.title = JSON.stringify({ error: `${error.name}: ${error.message}` });
  },
);

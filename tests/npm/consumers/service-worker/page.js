// A page that leaves the work to its service worker.
navigator.serviceWorker.onmessage = ({ data }) => {
  document.title = JSON.stringify(data);
};
await navigator.serviceWorker.register("sw.js", { type: "module" });
const { active } = await navigator.serviceWorker.ready;
active.postMessage(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));

// A page of the extension, which leaves the work to the background script.
const result = await chrome.runtime.sendMessage(Object.fromEntries(new URLSearchParams(location.hash.slice(1))));
document.title = JSON.stringify(result);

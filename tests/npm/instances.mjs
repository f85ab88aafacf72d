// The exports of each instance of WebAssembly that the package makes, from this import on.
export const instances = [];

WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
  construct(Instance, args) {
    const made = new Instance(...args);
    instances.push(made.exports);
    return made;
  },
});

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

/** The part of React that the hook `useLive` uses. React's types are not installed, and the hook's types need none. */
declare module "react" {
  export function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
  export function useState<State>(initial: State): [State, (state: State) => void];
}

declare module "@tanstack/react-query" {
  export function useQueryClient(): import("./adapters/react-live.js").QueryInvalidator;
}

declare module "*.inline.js" {
  const text: string;
  export default text;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}

declare module "*.wasm?module" {
  const module: WebAssembly.Module;
  export default module;
}

/** The part of React that the hooks use. React's types are not installed, and the hooks' types need none. */
declare module "react" {
  export function useCallback<Callback>(callback: Callback, dependencies: readonly unknown[]): Callback;
  export function useEffect(effect: () => (() => void) | undefined, dependencies?: readonly unknown[]): void;
  export function useRef<Value>(initial: Value): { current: Value };
  export function useState<State>(initial: State): [State, (next: State | ((state: State) => State)) => void];
  export function useSyncExternalStore<Snapshot>(
    subscribe: (listener: () => void) => () => void,
    getSnapshot: () => Snapshot,
    getServerSnapshot: () => Snapshot,
  ): Snapshot;
}

declare module "@tanstack/react-query" {
  export function useQueryClient(): import("./adapters/react-live.js").QueryInvalidator;
}

declare module "*.inline.js" {
  const text: string;
  export default text;
}

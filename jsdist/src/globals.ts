/**
 * In a plain build, wasm_exec.js and a Go program that starts look up a few
 * names on globalThis; see build/module.mjs.
 * They are lent for the length of one synchronous call and put back, so that
 * no other script ever sees them, and whatever the page keeps under these names
 * (a Node polyfill, an element with the id "fs") neither suffers nor harms.
 */
export function withGlobals<T>(names: Record<string, unknown>, run: () => T): T {
  const undo: Array<() => void> = [];
  try {
    for (const [name, value] of Object.entries(names)) undo.push(lend(name, value));
    return run();
  } finally {
    for (const putBack of undo.reverse()) putBack();
  }
}

function lend(name: string, value: unknown): () => void {
  const scope = globalThis as Record<string, unknown>;
  const before = Object.getOwnPropertyDescriptor(scope, name);
  if (before === undefined || before.configurable) {
    Object.defineProperty(scope, name, { value, writable: true, configurable: true });
    return () => {
      delete scope[name];
      if (before !== undefined) Object.defineProperty(scope, name, before);
    };
  }
  // Declared with var by a classic script: it cannot be redefined, but set.
  const old = scope[name];
  Reflect.set(scope, name, value);
  return () => void Reflect.set(scope, name, old);
}

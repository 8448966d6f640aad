/**
 * What runs a Go program: wasm/build/glue.js, or the toolchain's wasm_exec.js,
 * which build/module.mjs makes look like it.
 */
declare module "wasm_exec" {
  /**
   * Makes what runs one program. `write` takes what it prints; the program
   * finds the names in `lent` on its globalThis when it starts.
   */
  export default function make(write: (fd: number, bytes: Uint8Array) => void, lent: Record<string, unknown>): Go;

  export interface Go {
    importObject: WebAssembly.Imports;
    exit(code: number): void;
    /** Runs synchronously until main waits; rejects when the module traps. */
    run(instance: WebAssembly.Instance): Promise<void>;
    _resume(): void;
  }
}

/**
 * The toolchain's wasm_exec.js, wrapped by build.mjs into a function so that
 * importing it does nothing. `fs` is what its code means by that bare name.
 */
declare module "wasm_exec" {
  export default function install(fs: { writeSync(fd: number, bytes: Uint8Array): number }): void;

  export interface Go {
    importObject: WebAssembly.Imports;
    exited: boolean;
    exit(code: number): void;
    run(instance: WebAssembly.Instance): Promise<void>;
    _resume(): void;
  }
}

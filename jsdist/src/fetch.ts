import { failure } from "./failure.js";

/** Compiles the smallest module there is. It throws where nothing can be compiled, so that nothing need be fetched. */
export const smallest = (): unknown => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

/** How long a download may take in milliseconds: a line of 13 kbit/s is fast enough. */
const patience = 300_000;

/**
 * Fetches and instantiates the module at url. Compiles while it downloads where
 * the server says application/wasm, and from the whole file otherwise. Rejects
 * with a MercureError that says what to do.
 */
export async function instantiate(url: string, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  let response: Response | undefined;
  let bytes: ArrayBuffer | undefined;
  let cause: unknown;
  try {
    smallest();
    response = await fetch(url, { signal: AbortSignal.timeout(patience) });
    if (response.ok) {
      // Only exactly this type is accepted for streaming, without parameters.
      if (/^\s*application\/wasm\s*$/i.test(response.headers.get("Content-Type")!)) {
        return (await WebAssembly.instantiateStreaming(response, imports)).instance;
      }
      bytes = await response.arrayBuffer();
      return (await WebAssembly.instantiate(bytes, imports)).instance;
    }
  } catch (error) {
    cause = error;
  }
  throw await failure("load", cause, url, response, bytes);
}

import { MercureError } from "./errors.js";
import type { prose } from "./prose.js";

type Prose = typeof prose;
type Rest<A> = A extends [cause: unknown, url: string, ...rest: infer R] ? R : never;

/**
 * The error for what went wrong while the module was loaded. What is said of it
 * is in a file of its own, as it is not needed where all goes well.
 */
export async function failure<K extends keyof Prose>(kind: K, cause: unknown, url: string, ...rest: Rest<Parameters<Prose[K]>>): Promise<MercureError> {
  try {
    const { prose } = await import("./prose.js");
    const [code, message] = (prose[kind] as (...args: unknown[]) => ReturnType<Prose[K]>)(cause, url, ...rest);
    return new MercureError(code, message, { cause });
  } catch {
    // Whatever kept the module from coming keeps the words from coming too.
    return new MercureError("network", `The SDK's module could not be loaded from ${url} (${String(cause)}), nor prose.js beside index.js.`, { cause });
  }
}

import { MercureError } from "./errors.js";

/**
 * Fetches and instantiates the module at url. Compiles while it downloads where
 * the server says application/wasm, and from the whole file otherwise. Rejects
 * with a MercureError that says what to do.
 */
export async function instantiate(url: URL, imports: WebAssembly.Imports): Promise<WebAssembly.Instance> {
  checkAllowed();
  const response = await request(url);
  const type = response.headers.get("Content-Type")?.trim() ?? "";
  try {
    // Only exactly this type is accepted for streaming, without parameters.
    if (type.toLowerCase() === "application/wasm" && typeof WebAssembly.instantiateStreaming === "function") {
      return (await WebAssembly.instantiateStreaming(response, imports)).instance;
    }
    const bytes = await response.arrayBuffer();
    checkMagic(bytes, url, type);
    return (await WebAssembly.instantiate(bytes, imports)).instance;
  } catch (cause) {
    throw explain(cause, url, type);
  }
}

/** The smallest module there is: it always compiles, if compiling is allowed. */
const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

function checkAllowed(): void {
  if (typeof WebAssembly !== "object") {
    throw new MercureError(
      "no-wasm",
      "This browser has no WebAssembly, or it is switched off (Lockdown Mode, an administrator's policy). The SDK cannot run in it.",
    );
  }
  if (typeof fetch !== "function") throw new MercureError("unsupported", "There is no fetch here to load the module with.");
  try {
    new WebAssembly.Module(empty);
  } catch (cause) {
    throw new MercureError(
      "csp",
      "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to its script-src " +
        "(or to default-src, if there is no script-src). It allows WebAssembly only, not eval.",
      { cause },
    );
  }
}

async function request(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    const crossOrigin = typeof location === "object" && location.origin !== url.origin;
    throw new MercureError(
      "network",
      `The SDK's module could not be fetched from ${url.href}: no answer (${text(cause)}). ` +
        "Check that the server runs and that the page's Content-Security-Policy lists it in connect-src" +
        (crossOrigin ? `; as it is another origin, it must also send Access-Control-Allow-Origin.` : "."),
      { cause },
    );
  }
  if (response.ok) return response;
  void response.body?.cancel();
  if (response.status === 404 || response.status === 410) {
    throw new MercureError(
      "not-found",
      `The SDK's module is not at ${url.href} (HTTP ${response.status}). Deploy sdk.wasm beside index.js, or name its place in the option wasm.`,
    );
  }
  throw new MercureError("http", `The SDK's module could not be fetched from ${url.href}: HTTP ${response.status}.`);
}

function checkMagic(bytes: ArrayBuffer, url: URL, type: string): void {
  const start = new Uint8Array(bytes, 0, Math.min(64, bytes.byteLength));
  if (empty.subarray(0, 4).every((byte, i) => start[i] === byte)) return;
  if (/html/i.test(type) || /^\s*<(!doctype|html|\?xml|!--)/i.test(new TextDecoder().decode(start))) {
    throw new MercureError(
      "html",
      `${url.href} answered with a web page (Content-Type: ${type || "none"}) instead of the SDK's module. ` +
        "Usually a single-page application's fallback answers for files that do not exist: deploy sdk.wasm there, or name its place in the option wasm.",
    );
  }
  throw notWasm(url, type, `it starts with ${hex(start)} instead of 00 61 73 6d`);
}

function notWasm(url: URL, type: string, why: string, cause?: unknown): MercureError {
  return new MercureError(
    "not-wasm",
    `${url.href} (Content-Type: ${type || "none"}) is not a WebAssembly module, or a damaged one: ${why}. ` +
      "Deploy the sdk.wasm of the same version as index.js, as binary and uncut.",
    { cause },
  );
}

function explain(cause: unknown, url: URL, type: string): MercureError {
  if (cause instanceof MercureError) return cause;
  if (cause instanceof WebAssembly.LinkError) {
    return new MercureError(
      "version",
      `The module at ${url.href} was built by another Go toolchain than this index.js: ${text(cause)}. Deploy index.js and sdk.wasm of the same version.`,
      { cause },
    );
  }
  if (cause instanceof WebAssembly.CompileError) return notWasm(url, type, text(cause), cause);
  if (cause instanceof RangeError) {
    return new MercureError("start", `The browser has no memory left for the SDK's module: ${text(cause)}.`, { cause });
  }
  return new MercureError("network", `The download of the SDK's module from ${url.href} broke off: ${text(cause)}.`, { cause });
}

function hex(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing";
  return Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

function text(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

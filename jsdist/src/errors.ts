/** Why a client does not work. Each is in the table of the README. */
export type MercureErrorCode =
  /** A Content-Security-Policy forbids WebAssembly. */
  | "csp"
  /** There is no WebAssembly here. */
  | "no-wasm"
  /** There is no EventSource, document or fetch here. */
  | "unsupported"
  /** The module's request got no answer. */
  | "network"
  /** The module's URL answered 404 or 410. */
  | "not-found"
  /** The module's URL answered with another status than 200. */
  | "http"
  /** The module's URL answered with a web page. */
  | "html"
  /** The module's URL answered with something that is not a module. */
  | "not-wasm"
  /** The module does not belong to this version of the package. */
  | "version"
  /** The module ended when it was started. */
  | "start"
  /** The module ended while it was running. All clients on it are closed. */
  | "crashed"
  /** The module panicked over one event or call, and went on. */
  | "panic"
  /** The module and this package misunderstand each other. */
  | "glue"
  /** The browser does not take the hub's URL. */
  | "url"
  /** The browser gave up on the hub's stream. */
  | "refused"
  /** `close()` was called before the client was ready. */
  | "closed";

/** An error with a code for programs and a message a person can act on. */
export class MercureError extends Error {
  readonly code: MercureErrorCode;

  constructor(code: MercureErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MercureError";
    this.code = code;
  }
}

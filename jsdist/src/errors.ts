import type { Issue } from "./types.js";

/** Why a client does not work. docs/sdk.md has a table of them. */
export type MercureErrorCode =
  /** A Content-Security-Policy forbids WebAssembly. */
  | "csp"
  /** There is no WebAssembly here. */
  | "no-wasm"
  /** There is no fetch, EventSource or document here. */
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
  /** The schemas of the option `schemas` cannot be had or read. */
  | "schemas"
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
  /** The URL is none, or the browser does not take it. */
  | "url"
  /** Options that do not go together. */
  | "option"
  /** The connection broke, or the hub ended it. */
  | "lost"
  /** Nothing came for longer than the hub is ever silent. */
  | "silent"
  /** The hub answered with a status that may pass, such as 502. */
  | "status"
  /** The answer was not an event stream. */
  | "no-stream"
  /** The browser is offline. */
  | "offline"
  /** The page is in the back/forward cache. */
  | "suspended"
  /** A token is being asked for, or cannot be had. */
  | "token"
  /** There is nothing to subscribe to. */
  | "topics"
  /** 204: the hub wants no more connections. */
  | "ended"
  /** 400 or 403; also: a topic was refused, the others go on. */
  | "refused"
  /** 401, also with a new token if one can be asked for. */
  | "unauthorized"
  /** An event is larger than 64 MiB. */
  | "too-large"
  /** `publish`: the payload does not hold to its schema. */
  | "invalid"
  /** `publish`, `presence`, `discover`: the server did not take the request. */
  | "request"
  /** `close()` was called before the client was ready. */
  | "closed";

/** An error with a code for programs and a message a person can act on. */
export class MercureError extends Error {
  readonly code: MercureErrorCode;
  /** With `invalid`: what is wrong. */
  readonly issues?: Issue[];
  /** With `request`: the status of the answer. */
  readonly status?: number;

  constructor(code: MercureErrorCode, message: string, more?: { cause?: unknown; issues?: Issue[]; status?: number }) {
    super(message, more);
    this.name = "MercureError";
    this.code = code;
    if (more?.issues) this.issues = more.issues;
    if (more?.status !== undefined) this.status = more.status;
  }
}

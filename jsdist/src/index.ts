/**
 * A client for hubs of the Mercure protocol. It judges what arrives by the
 * schemas compiled into its WebAssembly module and dispatches what holds on
 * `document`.
 *
 * Importing this has no effect: nothing is fetched or defined before `build()`.
 */
export { MercureClient, MercureClient as default } from "./client.js";
export { MercureError } from "./errors.js";
export type { MercureErrorCode } from "./errors.js";
export type { Presence, Subscription } from "./presence.js";
export type * from "./types.js";

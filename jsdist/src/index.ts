/**
 * A client for hubs that speak the Mercure protocol. It checks what arrives by
 * the schemas compiled into its WebAssembly module and dispatches what holds on
 * `document`.
 *
 * Importing this has no effect: nothing is fetched or defined before `build()`.
 */
export { MercureClient, MercureClient as default } from "./client.js";
export { MercureError } from "./errors.js";
export type { MercureErrorCode } from "./errors.js";
export type { ClientEventMap, Invalid, Issue, MercureEvent, MercureClientOptions, State, StateChange } from "./types.js";

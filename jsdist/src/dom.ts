/**
 * Tells TypeScript about the events on `document`. Import it once, anywhere:
 *
 *     import "amalgam-sdk/dom";
 */
import type { Chat, NewMessage, Notification, ReadMessage } from "./messages.js";
import type { MercureEvent } from "./types.js";

export type { Chat, NewMessage, Notification, Person, ReadMessage } from "./messages.js";

declare global {
  interface DocumentEventMap {
    "mercure-chat": MercureEvent<Chat>;
    "mercure-new_message": MercureEvent<NewMessage>;
    "mercure-read_message": MercureEvent<ReadMessage>;
    "mercure-notification": MercureEvent<Notification>;
    /** Events without a name: parsed data, or the data as it is where it is not JSON. */
    "mercure-message": MercureEvent<unknown>;
  }
}

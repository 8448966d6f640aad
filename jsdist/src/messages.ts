/**
 * The payloads of the four events that the module beside this package checks:
 * the same types as in payload/messages, from which the schemas are made.
 */

/** Somebody who takes part in a conversation. */
export interface Person {
  /** 1 to 128 characters. */
  id: string;
  /** Name to show, 1 to 200 characters. */
  name: string;
}

/** A message said in a room. */
export interface Chat {
  id: string;
  room: string;
  from: Person;
  /** 1 to 4,000 characters. */
  text: string;
  /** RFC 3339. */
  sentAt: string;
}

/** A message added to a conversation. */
export interface NewMessage {
  id: string;
  conversation: string;
  from: Person;
  /** 1 to 4,000 characters. */
  text: string;
  /** RFC 3339. */
  sentAt: string;
}

/** Somebody has read a conversation up to a message. */
export interface ReadMessage {
  conversation: string;
  messageId: string;
  readerId: string;
  /** RFC 3339. */
  readAt: string;
}

/** Something to show to a person outside of any conversation. */
export interface Notification {
  id: string;
  /** 1 to 200 characters. */
  title: string;
  /** To 2,000 characters. */
  body?: string;
  /** Any scheme, `javascript:` included: look at it before making a link of it. */
  url?: string;
  /** Taken as info when absent. */
  level?: "info" | "warning" | "error";
  /** RFC 3339. */
  createdAt: string;
}

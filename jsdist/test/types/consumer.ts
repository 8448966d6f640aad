// What users write must compile, strictly, and what is wrong must not.
import MercureClient, { MercureClient as Named, MercureError, type Gap, type Invalid, type State } from "amalgam-sdk";
import "amalgam-sdk/dom";
import type { NewMessage } from "amalgam-sdk/dom";

const client: Named = new MercureClient(new URL("https://example.com/.well-known/mercure?topic=a"), {
  withCredentials: false,
  target: document,
  wasm: "/own.wasm",
  events: ["custom"],
});
new MercureClient("https://example.com/");
for (const schemas of [true, false, "/schema.json", new URL("https://example.com/schema.json"), { properties: { order: true } }]) {
  new MercureClient("https://example.com/", { schemas });
}
// @ts-expect-error: neither an address nor a document
new MercureClient("https://example.com/", { schemas: 1 });

const same: MercureClient = client.build();
const ready: Promise<void> = same.ready;
const state: State = client.state;
const url: string = client.url;

document.addEventListener("mercure-new_message", ({ detail, lastEventId }) => {
  const cursor: string = lastEventId;
  void cursor;
  const message: NewMessage = detail;
  const name: string = message.from.name;
  // @ts-expect-error: no such field
  void detail.subject;
  void name;
});
document.addEventListener("mercure-notification", ({ detail }) => {
  const level: "info" | "warning" | "error" | undefined = detail.level;
  void level;
});

client.addEventListener("invalid", ({ detail }) => {
  const invalid: Invalid = detail;
  const paths: string[] = detail.issues.map((issue) => issue.path);
  void [invalid, paths];
});
client.addEventListener("error", function ({ detail }) {
  const error: MercureError = detail;
  if (error.code === "csp") this.close();
  // @ts-expect-error: no such code
  void (error.code === "nonsense");
});
client.addEventListener("state", ({ detail: { state, previous, reason } }) => void [state, previous, reason], { once: true });
client.addEventListener("close", ({ detail }) => void detail?.code);
client.addEventListener("anything", (event: Event) => void event);
const hear = ({ detail }: CustomEvent<Gap>): void => void detail.requested;
client.addEventListener("gap", hear);
client.removeEventListener("gap", hear);
// @ts-expect-error: of another event
client.removeEventListener("state", hear);
client.removeEventListener("anything", (event: Event) => void event);
const signal = Math.random() < 0.5 ? AbortSignal.timeout(1) : undefined;
client.on("chat", () => {}, { signal });

// @ts-expect-error: read only
client.state = "open";
// @ts-expect-error: no such option
new MercureClient("/", { credentials: true });
// @ts-expect-error: the URL is required
new MercureClient();

void [ready, state, url];

// dom has told the names of the events.
client.on("new_message", ({ detail, topic }) => {
  const text: string = detail.text;
  void [text, topic];
});
client.on("message", ({ detail }: { detail: unknown }) => void detail);
// @ts-expect-error: misspelt
client.on("new_mesage", () => {});
// @ts-expect-error: not its payload
client.on("chat", (event: CustomEvent<NewMessage>) => void event);

// As long as nobody has told the names of the events, `on` takes any.
import { MercureClient, type MercureEvent } from "amalgam-sdk";

const client = new MercureClient("https://example.com/");
client.on("anything", (event) => {
  const cursor: string = event.lastEventId;
  // @ts-expect-error: nobody has said what it carries
  void event.detail.text;
  void cursor;
});
client.on<{ text: string }>("chat", ({ detail }) => void detail.text.length);
const stop: () => void = client.on("message", (event: MercureEvent) => void event.detail, { signal: AbortSignal.timeout(1) });
// @ts-expect-error: the name is a string
client.on(1, () => {});
void stop;

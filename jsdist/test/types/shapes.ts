// The events of payload/typescript/testdata/shapes.d.ts, as a page uses them.
import { MercureClient } from "amalgam-sdk";
import type { Attachment, Task } from "./events.js";

const client = new MercureClient("https://example.com/");

client.on("task", ({ detail, lastEventId }) => {
  const level: "low" | "high" = detail.level;
  const parent: Task | null | undefined = detail.parent?.parent;
  // @ts-expect-error: it may be absent
  const note: string = detail.note;
  void [level, parent, note, lastEventId, detail.size?.width];
});
client.on("message", ({ detail }) => void detail);
// @ts-expect-error: misspelt
client.on("tsak", () => {});

document.addEventListener("mercure-task.page", ({ detail }) => void detail.items[0]?.title);
document.addEventListener("mercure-tree", ({ detail }) => void detail["a"]?.["b"]);

export function size(a: Attachment): number {
  // @ts-expect-error: only files have one
  void a.size;
  return a.kind === "file" ? a.size : a.url.length;
}

import { request } from "./request.js";
import type { Stream } from "./stream.js";

/** Hears an EventSource, and writes what it says as the stream it came from. */
export function listen(stream: Stream, conn: number, url: string): void {
  if (!stream.has(conn)) return;
  const source = new EventSource(url, { withCredentials: stream.options.credentials });
  const channel = new MessageChannel();
  let text = "";
  let id = "";
  let last = "";
  const flush = (): void => {
    const bytes = new TextEncoder().encode(text);
    text = "";
    stream.bytes(conn, bytes);
  };
  channel.port1.onmessage = flush;
  const close = (): void => {
    source.close();
    channel.port1.close();
  };
  stream.held(conn, close);
  const listener = ({ type, data, lastEventId }: MessageEvent<string>): void => {
    if (data === undefined) return; // the source's own error, whatever hubs name theirs
    // A task of its own for what has come: a microtask would run after each.
    if (text === "") channel.port2.postMessage(0);
    const event = `${type === "message" ? "" : `event: ${type}\n`}data: ${data.replaceAll("\n", "\ndata: ")}\n\n`;
    // An id that sticks from the event before is not the event's own, unless all
    // of it came twice.
    if (lastEventId !== id || event === last) text += `id: ${(id = lastEventId)}\n`;
    text += last = event;
  };
  for (const name of new Set(["message", ...stream.schemas.names, ...stream.options.names])) source.addEventListener(name, listener as EventListener);
  source.addEventListener("open", (event) => {
    if (!("data" in event)) stream.head(conn, { status: -200, headers: new Headers(), type: "default" });
  });
  source.addEventListener("error", (event) => {
    if ("data" in event || !stream.has(conn)) return;
    flush();
    const refused = source.readyState === 2;
    close();
    // It does not say what the hub answered: that is asked for.
    if (refused) void probe(stream, conn, url);
    else stream.ended(conn, "");
  });
}

async function probe(stream: Stream, conn: number, url: string): Promise<void> {
  const abort = new AbortController();
  stream.held(conn, () => abort.abort());
  let reason = "";
  try {
    const answer = await fetch(url, request(stream.options, "", "GET", "", abort.signal));
    // One that is well now is asked again.
    if (answer.status !== 200 || !/^text\/event-stream/i.test(answer.headers.get("Content-Type") ?? "")) stream.head(conn, answer);
    abort.abort();
  } catch (error) {
    reason = String(error);
  }
  stream.ended(conn, reason);
}

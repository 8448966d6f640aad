import type { MercureClient } from "./client.js";
import { dialect } from "./dialect.js";
import { dispatch } from "./dispatch.js";
import { parse } from "./options.js";
import { Signal, type Note } from "./protocol.js";
import type { MercureEvent, Topic } from "./types.js";

/**
 * A stream without the module, for pages whose policy forbids WebAssembly: it
 * reconnects and resumes, and judges nothing. Returns the way to connect anew,
 * for when the topics have changed.
 */
export function unchecked(
  client: MercureClient,
  why: Error,
  signal: AbortSignal,
  topics: () => readonly Topic[],
  note: (note: Note) => void,
  heard: (event: MercureEvent) => void,
): () => void {
  console.warn(`MercureClient: events are not checked (fallback: "unchecked"): ${why.message}`);
  const said = client.options.dialect ?? (/[?&]match/i.test(client.url) ? "draft1" : /[?&]topic=/.test(client.url) && "classic");
  let draft1 = said ? said === "draft1" : undefined;
  const where = (): URL => {
    const url = new URL(client.url);
    for (const topic of topics()) {
      if (typeof topic === "string") url.searchParams.append(draft1 ? "match" : "topic", topic);
      else url.searchParams.append("match_urlpattern", topic.urlpattern);
    }
    if (id) url.searchParams.set(draft1 ? "last_event_id" : "lastEventID", id);
    return url;
  };
  let again = (): void => {};
  let { token } = client.options;
  let asked401 = false;
  let id = client.lastEventId;
  let delay = 1000;
  const to = { target: client.options.target ?? document, client, live: () => !signal.aborted, event: heard, invalid: () => {}, fault: () => {} };

  const take = (block: string): void => {
    let name = "message";
    const data: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const value = line.slice(colon + 1).replace(/^ /, "");
      const field = colon < 0 ? line : line.slice(0, colon);
      if (field === "data") data.push(colon < 0 ? "" : value);
      else if (field === "event") name = value || "message";
      else if (field === "id") id = value;
      else if (field === "retry" && /^\d+$/.test(value)) delay = Number(value);
    }
    if (data.length === 0) return;
    const parts = [name, id, "", data.join("\n"), ""];
    dispatch(to, parts.join(""), Uint32Array.from([...parts.map((part) => part.length), 0]));
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      let reason = "the hub ended the connection";
      const connection = new AbortController();
      const cut = (): void => connection.abort();
      signal.addEventListener("abort", cut);
      let changed = false;
      again = () => {
        changed = true;
        cut();
      };
      try {
        if (draft1 === undefined) {
          const signal = await dialect(client.url);
          if (signal === Signal.unknown) throw new Error("the hub could not be asked for its dialect");
          draft1 = signal === Signal.draft1;
        }
        const { headers, withCredentials, getToken } = client.options;
        const bearer = parse(token ?? (await getToken?.()) ?? "").token;
        const response = await fetch(where(), {
          signal: connection.signal,
          cache: "no-store",
          credentials: (withCredentials ?? true) ? "include" : "same-origin",
          headers: { ...headers, ...(bearer && { Authorization: `Bearer ${bearer}` }) },
        });
        const answer = `the hub answered ${response.status}`;
        if (response.status === 401 && getToken && !asked401) {
          asked401 = true;
          token = undefined;
          continue;
        }
        const over = ({ 204: "ended", 400: "refused", 401: "unauthorized", 403: "refused" } as const)[response.status];
        if (over) return note(["changed", "closed", over, answer, 0]);
        if (response.status !== 200 || !response.body) throw new Error(answer);
        asked401 = false;
        note(["changed", "open", "", "", 0]);
        let rest = "";
        const decoder = new TextDecoder();
        const reader = response.body.getReader();
        for (let piece; !(piece = await reader.read()).done; ) {
          const blocks = (rest + decoder.decode(piece.value, { stream: true })).replaceAll("\r\n", "\n").split("\n\n");
          rest = blocks.pop()!;
          blocks.forEach(take);
        }
      } catch (error) {
        reason = String(error);
      } finally {
        signal.removeEventListener("abort", cut);
      }
      if (signal.aborted) return;
      if (changed) continue;
      const wait = Math.random() * delay + delay / 2;
      note(["changed", "waiting", "lost", reason, Date.now() + wait]);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  };
  void run();
  return () => again();
}

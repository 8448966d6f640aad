// The hub that the hostile network lies in front of: ours, or another one.
import { sign, startHub } from "./hub.mjs";

/** Our own, the real binary, on a free port. */
export async function ourHub({ heartbeat = "500ms" } = {}) {
  const hub = await startHub({ directives: ["anonymous", "subscriptions", `heartbeat ${heartbeat}`, "stop_spread 0s"] });
  return { ...(await look(hub.url, hub.subscriberToken("*"))), name: "amalgam", publish: (fields) => hub.publish(fields), hub, close: () => hub.close() };
}

/** Why no other hub is tried; false if one is. */
export const noPeer = (env = process.env) =>
  env.PEER_HUB_URL && env.PEER_PUBLISHER_KEY
    ? false
    : "no other hub is named: set PEER_HUB_URL to its subscribe URL and PEER_PUBLISHER_KEY to its HS256 secret; PEER_SUBSCRIBER_KEY where it takes no anonymous subscribers; PEER_HEARTBEAT to its heartbeat in milliseconds where the stream does not say it";

/** Another hub, as the environment names it. */
export async function peerHub(env = process.env) {
  const { PEER_HUB_URL: url, PEER_PUBLISHER_KEY: publisherKey, PEER_SUBSCRIBER_KEY: subscriberKey, PEER_HEARTBEAT: heartbeat } = env;
  const token = sign(publisherKey, { mercure: { publish: ["*"] } });
  const bearer = subscriberKey && sign(subscriberKey, { mercure: { subscribe: ["*"] } });
  const seen = await look(url, bearer);
  return {
    ...seen,
    heartbeat: seen.heartbeat || Number(heartbeat ?? 0),
    name: new URL(url).host,
    async publish(fields) {
      const headers = { Authorization: `Bearer ${token}` };
      const response = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers, signal: AbortSignal.timeout(15_000) });
      const text = await response.text();
      if (!response.ok) throw new Error(`publishing to ${url}: ${response.status} ${text}`);
      return text;
    },
    async close() {},
  };
}

/** What a stream of the hub says of itself: its heartbeat in milliseconds, 0 if unknown, and whether it counts its events. */
async function look(url, bearer) {
  const headers = bearer ? { Authorization: `Bearer ${bearer}` } : {};
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(new Error(`${url} did not answer within 10 s`)), 10_000);
  try {
    const response = await fetch(`${url}?topic=${encodeURIComponent("https://example.com/look")}`, { headers, signal: abort.signal });
    if (!response.ok) throw new Error(`${url} answers ${response.status}: ${await response.text()}`);
    const { value } = await response.body.getReader().read();
    const [, interval, count] = /heartbeat (\d+)( \d+)?/.exec(new TextDecoder().decode(value)) ?? [];
    return { url, bearer, heartbeat: Number(interval ?? 0), counts: count !== undefined };
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}

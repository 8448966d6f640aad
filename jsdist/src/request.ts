import type { StreamOptions } from "./protocol.js";

/** What connecting takes. */
export function request(options: StreamOptions, token: string, method = "GET", body = "", signal?: AbortSignal): RequestInit {
  const headers: Record<string, string> = { ...options.headers, Accept: "text/event-stream" };
  if (token) headers["Authorization"] = `Bearer ${token}`;
  const init: RequestInit = { method, headers, cache: "no-store", credentials: options.credentials ? "include" : "same-origin" };
  if (body) {
    headers["Content-Type"] = "application/x-www-form-urlencoded";
    init.body = body;
  }
  if (signal) init.signal = signal;
  return init;
}

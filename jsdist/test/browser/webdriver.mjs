// A small client of classic WebDriver (W3C), for browsers that speak nothing
// else. One session, any number of windows; every request is bounded.
import { until } from "../until.mjs";

/** Waits for the driver at origin and begins a session. */
export async function beginSession(origin, capabilities, ms = 30_000) {
  await until(`the driver at ${origin}`, () => fetch(`${origin}/status`, { signal: AbortSignal.timeout(2_000) }).then(({ ok }) => ok, () => false), ms);
  const { sessionId } = await send(origin, "POST", "/session", { capabilities: { alwaysMatch: capabilities } }, 60_000);
  const command = (method, path, body, timeout) => send(origin, method, `/session/${sessionId}${path}`, body, timeout);
  await command("POST", "/timeouts", { script: 120_000, pageLoad: 30_000 });
  // Commands go to the window that is current: one after the other.
  let turn = Promise.resolve();
  const inTurn = (work) => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };
  const inWindow = (handle, method, path, body) =>
    inTurn(async () => {
      await command("POST", "/window", { handle });
      return command(method, path, body, 130_000);
    });
  const first = await command("GET", "/window");
  return {
    /** Opens a window: the tab behind another one has slow timers. */
    async openWindow() {
      const { handle } = await inTurn(() => command("POST", "/window/new", { type: "window" }));
      return {
        goto: (url) => inWindow(handle, "POST", "/url", { url }),
        back: () => inWindow(handle, "POST", "/back", {}),
        evaluate: async (work, ...args) => {
          const answer = await inWindow(handle, "POST", "/execute/async", { script: `(${run})(arguments, ${work})`, args });
          if (answer.error) throw new Error(answer.error);
          return answer.value;
        },
        // The first window stays, so that closing one never ends the session.
        close: () => inWindow(handle, "DELETE", "/window").then(() => inWindow(first, "GET", "/title")),
      };
    },
    end: () => inTurn(() => command("DELETE", "", undefined, 20_000)),
  };
}

/** Runs in the page: calls work with the arguments, and hands over what its promise becomes. */
function run(given, work) {
  const done = given[given.length - 1];
  const args = Array.prototype.slice.call(given, 0, -1);
  Promise.resolve()
    .then(() => work(...args))
    .then((value) => done({ value: value === undefined ? null : value }), (error) => done({ error: `${error}\n${error?.stack ?? ""}` }));
}

async function send(origin, method, path, body, timeout = 30_000) {
  const response = await fetch(origin + path, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { "Content-Type": "application/json" },
    signal: AbortSignal.timeout(timeout),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`${method} ${path}: ${value?.error}: ${value?.message}`);
  return value;
}

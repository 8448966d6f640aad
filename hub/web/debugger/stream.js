import { $, clock, lines, make } from "./dom.js";
import { show } from "./events.js";

let client;

/** Connects and disconnects as the form says; options are those of each client. */
export function watchStream(MercureClient, hub, options) {
  $("subscribe").addEventListener("submit", (event) => {
    event.preventDefault();
    client?.close();
    const query = new URLSearchParams(lines($("topics").value).map((topic) => [$("dialect").value, topic]));
    query.append("topics", "on"); // so that each event says by which topic it came
    const after = $("after").value.trim();
    open(new MercureClient(`${hub}?${query}`, { ...options(), target: new EventTarget(), ...(after && { lastEventId: after }) }));
  });
  $("disconnect").addEventListener("click", () => client?.close());
}

async function open(made) {
  client = made;
  const mine = (listener) => (event) => client === made && listener(event.detail);
  made.addEventListener("state", mine(changed));
  made.addEventListener("gap", mine(({ requested, received }) => note("gap", `asked to go on after ${requested || "now"}, went on after ${received || "now"}: events may be missing`)));
  made.addEventListener("error", mine((error) => note("error", error.message)));
  made.addEventListener("invalid", mine(({ event, data, issues, lastEventId, topic }) => show({ name: event, id: lastEventId ?? "", topic: topic ?? "", data, valid: false, issues })));
  made.build();
  made.ready.catch((error) => client === made && changed({ state: "closed", code: error.code, reason: error.message }));
  for await (const { type, detail, lastEventId, topic, valid } of made.events()) {
    if (client === made) show({ name: type.replace(/^mercure-/, ""), id: lastEventId, topic, data: detail, valid });
  }
}

function changed({ state, code, reason, until }) {
  Object.assign($("state"), { textContent: state }).dataset.state = state;
  const again = until ? ` Tries again in ${Math.max(0, Math.round((until - Date.now()) / 1000))} s.` : "";
  $("why").textContent = reason ? `${reason}.${again}`.replace("..", ".") : "";
  $("why").classList.toggle("bad", state === "closed" && Boolean(code));
  $("disconnect").disabled = state === "closed" || state === "idle";
  $("connect").textContent = state === "open" ? "Connect anew" : "Connect";
  note(state, reason ?? "");
}

function note(what, why) {
  $("history").prepend(make("li", {}, make("time", {}, clock()), " ", make("strong", {}, what), why && `: ${why}`));
  while ($("history").childElementCount > 200) $("history").lastElementChild.remove();
}

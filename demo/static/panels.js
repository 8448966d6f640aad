// What came over the stream and what became of it: the verdicts, with each
// fault's path, and the event log. Both are bounded, the latest first.

import { $, bound, bytes, clock, el, latency, mark } from "./dom.js";

const MAX_VERDICTS = 60;
const MAX_EVENTS = 200;
const tally = { valid: 0, invalid: 0, events: 0 };
const encoder = new TextEncoder();
let listeningSince = new Date();

/** From here on, how old an event is says how long it was under way. What was sent before comes from the hub's log. */
export function listening() { listeningSince = new Date(); }

/**
 * Shows one event. issues is empty for a valid one; data is the payload, or
 * its text where it was refused; sentAt says when it left the back-end.
 */
export function showEvent({ event, lastEventId, data, issues = [], sentAt }) {
  const now = new Date();
  const seen = {
    now, issues,
    event: event || "message",
    id: lastEventId || "",
    valid: issues.length === 0,
    text: typeof data === "string" ? data : JSON.stringify(data),
    latency: sentAt && new Date(sentAt) >= listeningSince ? now - new Date(sentAt) : NaN,
  };
  showVerdict(seen);
  showRow(seen);
  tally.events++;
  tally[seen.valid ? "valid" : "invalid"]++;
  showTally();
}

function showVerdict({ now, event, id, valid, issues, text }) {
  const says = valid ? "holds to its schema" : `refused, ${issues.length} ${issues.length === 1 ? "fault" : "faults"}`;
  const li = el("li", { "data-verdict": valid ? "valid" : "invalid", "data-event": event, title: id && `Event id ${id}` },
    el("div", { class: "verdict-line" },
      mark(valid),
      el("span", { class: "name" }, event),
      el("span", { class: "says" }, says),
      el("time", { datetime: now.toISOString() }, clock(now))));
  if (!valid) {
    li.append(faults(issues), el("details", { class: "raw" }, el("summary", {}, "What was received"), el("pre", {}, text)));
    $("verdict-live").textContent = `${event} ${says}: ${issues.map((i) => `${i.path || "the payload"} ${i.message}`).join("; ")}`;
  }
  $("verdicts").prepend(li);
  bound($("verdicts"), MAX_VERDICTS);
  $("verdicts-empty").hidden = true;
}

function faults(issues) {
  const head = el("tr", {}, ...["Path", "Keyword", "Message"].map((t) => el("th", { scope: "col" }, t)));
  const rows = issues.map((i) => el("tr", {},
    el("td", { class: "path", title: i.path ? "" : "The whole payload" }, i.path || "(root)"),
    el("td", { class: "keyword" }, i.keyword),
    el("td", { class: "says" }, i.message)));
  return el("table", { class: "faults" }, el("thead", {}, head), el("tbody", {}, ...rows));
}

function showRow({ now, event, id, valid, text, latency: ms }) {
  const body = $("events").tBodies[0];
  body.prepend(el("tr", { "data-event": event, "data-verdict": valid ? "valid" : "invalid", "data-id": id },
    el("td", {}, el("time", { datetime: now.toISOString() }, clock(now))),
    el("td", { class: "event", title: event }, event),
    el("td", { class: "id", title: id }, shortId(id)),
    el("td", { class: "latency", title: "From the payload's own time to this window; – where it was sent before this window listened, or by a clock that is off" }, latency(ms)),
    el("td", { class: "size" }, bytes(encoder.encode(text).length)),
    el("td", { class: "verdict" }, mark(valid))));
  bound(body, MAX_EVENTS);
  $("events-empty").hidden = true;
}

/** urn:uuid:… ids differ in what follows the prefix. */
const shortId = (id) => id.replace(/^urn:uuid:/, "") || "–";

function showTally() {
  $("count-valid").textContent = tally.valid;
  $("count-invalid").textContent = tally.invalid;
  $("count-events").textContent = tally.events;
  $("tab-verdicts").textContent = tally.invalid || tally.valid;
  $("tab-verdicts").dataset.kind = tally.invalid ? "bad" : "none";
  $("tab-events").textContent = tally.events;
}

$("clear-events").addEventListener("click", () => {
  $("events").tBodies[0].replaceChildren();
  $("events-empty").hidden = false;
  tally.events = 0;
  showTally();
});

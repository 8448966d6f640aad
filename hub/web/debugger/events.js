import { counted } from "./chart.js";
import { $, clock, issueTable, make, pretty } from "./dom.js";

/** More than these are not kept: the oldest go. */
const most = 500;
let paused = false;
let count = 0;
let waiting = [];

/** Adds an event to the list: { name, id, topic, data, valid, issues }. */
export function show(event) {
  counted(event.valid);
  $("count").textContent = ++count;
  const entry = { at: new Date(), ...event };
  if (paused) {
    waiting = [...waiting, entry].slice(-most);
    $("pause").textContent = `Go on (${waiting.length})`;
  } else put(entry);
}

function put({ at, name, id, topic, data, valid, issues }) {
  const text = pretty(data);
  const verdict = valid === undefined ? ["hint", "no schema"] : valid ? ["ok", "✓ valid"] : ["bad", "✗ refused"];
  const rows = Object.entries({ id, topic }).filter(([, value]) => value).map(([label, value]) => make("tr", {}, make("th", { scope: "row" }, label), make("td", { className: "mono" }, value)));
  const item = make("li", { className: valid === false ? "invalid" : "" },
    make("details", {},
      make("summary", {}, make("time", { dateTime: at.toISOString() }, clock(at)), make("strong", { className: "mono" }, name), make("span", { className: "mono hint" }, text.replaceAll(/\s+/g, " ").slice(0, 200)), make("span", { className: verdict[0] }, verdict[1])),
      make("table", {}, ...rows), ...(issues ? [issueTable(issues)] : []), make("pre", {}, text)));
  item.dataset.text = `${name} ${id} ${topic} ${text}`.toLowerCase();
  item.hidden = !matches(item);
  $("list").prepend(item);
  while ($("list").childElementCount > most) $("list").lastElementChild.remove();
  $("none").hidden = true;
}

const matches = (item) => item.dataset.text.includes($("filter").value.trim().toLowerCase());

export function watchList() {
  $("filter").addEventListener("input", () => {
    for (const item of $("list").children) item.hidden = !matches(item);
  });
  $("clear").addEventListener("click", () => {
    $("list").replaceChildren();
    waiting = [];
    $("count").textContent = count = 0;
    $("none").hidden = false;
  });
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", paused);
    $("pause").textContent = paused ? "Go on" : "Pause";
    if (!paused) for (const entry of waiting.splice(0)) put(entry);
  });
  document.addEventListener("keydown", (key) => {
    if (key.key !== "/" || key.ctrlKey || key.metaKey || /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName)) return;
    key.preventDefault();
    $("filter").focus();
  });
}

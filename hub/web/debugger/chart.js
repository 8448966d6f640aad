import { $ } from "./dom.js";

const seconds = 300;
const bins = Array.from({ length: seconds }, () => ({ good: 0, wrong: 0 }));
let now = Math.floor(Date.now() / 1000);

/** Counts an event of this second. */
export function counted(valid) {
  advance();
  bins[seconds - 1][valid === false ? "wrong" : "good"]++;
}

function advance() {
  const at = Math.floor(Date.now() / 1000);
  for (let i = Math.min(at - now, seconds); i > 0; i--) {
    bins.shift();
    bins.push({ good: 0, wrong: 0 });
  }
  now = Math.max(at, now);
}

function bar(name, second, from, height) {
  const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  for (const [key, value] of Object.entries({ class: name, x: second * 2, y: 90 - from - height, width: 1.6, height })) rect.setAttribute(key, value);
  return rect;
}

function draw() {
  if (document.hidden) return;
  advance();
  const most = Math.max(1, ...bins.map(({ good, wrong }) => good + wrong));
  const bars = bins.flatMap(({ good, wrong }, second) => {
    const [g, w] = [(good / most) * 82, (wrong / most) * 82];
    return [...(good ? [bar("good", second, 0, g)] : []), ...(wrong ? [bar("wrong", second, g, w)] : [])];
  });
  $("chart").replaceChildren(...bars);
  const good = bins.reduce((sum, bin) => sum + bin.good, 0);
  const wrong = bins.reduce((sum, bin) => sum + bin.wrong, 0);
  const text = good + wrong === 0 ? "no events" : `${good + wrong} events, ${wrong} of them refused by their schema; at most ${most} in a second`;
  if ($("chart-text").textContent !== text) $("chart-text").textContent = text;
}

export function drawChart() {
  setInterval(draw, 1000);
  draw();
}

// The page's elements, and how they are made.

export const $ = (id) => document.getElementById(id);

/** make("td", { className: "bad" }, "text", otherElement) */
export function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

export const clock = (at = new Date()) => at.toLocaleTimeString("en-GB");

export const lines = (text) => text.split("\n").map((line) => line.trim()).filter(Boolean);

/** JSON as people read it, anything else as it is. */
export function pretty(data) {
  if (typeof data !== "string") return JSON.stringify(data, null, 2);
  try {
    return JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    return data;
  }
}

/** What is wrong with a payload. */
export const issueTable = (issues) =>
  make("table", { className: "issues" }, ...issues.map(({ path, keyword, message }) =>
    make("tr", {}, make("th", { scope: "row", className: "mono bad" }, path || "(all)"), make("td", { className: "mono" }, keyword), make("td", {}, message))));

import { $, issueTable, lines, make } from "./dom.js";

/** Publishes what the form says. check(type, data) tells what a schema finds. */
export function watchPublish(hub, bearer, check) {
  const form = $("publish");
  let last = 0;
  const judge = async () => {
    const mine = ++last;
    const type = $("p-type").value.trim();
    const verdict = type ? await check(type, $("p-data").value) : undefined;
    if (mine !== last) return true; // something newer has been typed
    const found = verdict === undefined ? [] : verdict.length ? [make("p", { className: "bad" }, `✗ does not hold to the schema of ${type}`), issueTable(verdict)] : [make("p", { className: "ok" }, `✓ holds to the schema of ${type}`)];
    $("p-verdict").replaceChildren(...found);
    return !verdict?.length;
  };
  for (const id of ["p-type", "p-data"]) $(id).addEventListener("input", judge);
  form.addEventListener("keydown", (key) => {
    if (key.key === "Enter" && (key.ctrlKey || key.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await judge()) && !$("p-anyway").checked) return answer("Not published: the data does not hold.", true);
    const body = new URLSearchParams(lines($("p-topics").value).map((topic) => ["topic", topic]));
    body.append("data", $("p-data").value);
    if ($("p-type").value.trim()) body.append("type", $("p-type").value.trim());
    if ($("p-id").value.trim()) body.append("id", $("p-id").value.trim());
    if ($("p-private").checked) body.append("private", "on");
    try {
      const response = await fetch(hub, { method: "POST", body, headers: bearer() });
      const text = (await response.text()).trim();
      answer(response.ok ? `Published as ${text}` : `${response.status} ${response.statusText}: ${reason(response, text)}`, !response.ok);
    } catch (error) {
      answer(`No answer: ${error.message}`, true);
    }
  });
}

/** Why the hub refused: it says more where the directive explain is on. */
function reason(response, text) {
  if (!response.headers.get("Content-Type")?.includes("problem+json")) return `${text}. With the directive explain the hub says why; its log does in any case`;
  const { detail, rule } = JSON.parse(text);
  return `${detail} (rule ${rule})`;
}

function answer(text, bad) {
  $("p-answer").textContent = text;
  $("p-answer").classList.toggle("bad", bad);
}

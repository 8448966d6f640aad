// The page: what the hub sends arrives on document, and has held to its schema.
const { hub, sdk, user } = document.documentElement.dataset;
const $ = (id) => document.getElementById(id);

/** Adds a line of plain text: what people write is never HTML. */
function show(list, text) {
  const line = document.createElement("li");
  line.textContent = text;
  $(list).append(line);
}

document.addEventListener("mercure-new_message", ({ detail }) => show("messages", `${detail.from.name}: ${detail.text}`));
document.addEventListener("mercure-notification", ({ detail }) => show("notifications", [detail.title, detail.body].filter(Boolean).join(": ")));

// The hub serves the SDK. An application that builds its JavaScript takes it
// from npm instead: import MercureClient from "amalgam-sdk".
const { default: MercureClient } = await import(sdk);
// The page and the hub are of one site but two origins: the cookie goes along
// because the SDK asks for the stream with credentials.
const client = new MercureClient(hub);
client.addEventListener("state", ({ detail }) => ($("status").textContent = detail.reason || detail.state));
client.addEventListener("invalid", ({ detail }) => console.warn(detail.event, detail.issues));
client.build();

$("composer").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { to, text } = Object.fromEntries(new FormData(event.target));
  const response = await fetch("/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ conversation: "lunch", from: user, text, to: to.split(",").map((name) => name.trim()) }),
  });
  const answer = await response.json();
  $("answer").textContent = response.ok ? "sent" : answer.error;
  if (response.ok) event.target.elements.text.value = "";
});

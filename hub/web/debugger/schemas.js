import { $, make } from "./dom.js";

/** Shows the hub's schemas. Resolves to whether it has any. */
export async function showSchemas(hub) {
  const response = await fetch(`${hub}/payloads`).catch(() => undefined);
  if (!response?.ok) {
    $("schemas-why").textContent = "This hub has none (directive payloads FILE): events are held to those that are built into the SDK.";
    return false;
  }
  const document = await response.json();
  const events = Object.entries(document.properties ?? {});
  $("schemas-why").textContent = `${events.length} events, of ${hub}/payloads. What is typed under Publish is held to them.`;
  $("types").replaceChildren(...events.map(([name]) => make("option", { value: name })));
  $("schemas").replaceChildren(...events.map(([name, schema]) => make("details", {}, make("summary", { className: "mono" }, name), ...(schema.description ? [make("p", { className: "hint" }, schema.description)] : []), make("pre", {}, JSON.stringify(schema, null, 2)))));
  return true;
}

import { drawChart } from "./chart.js";
import { $ } from "./dom.js";
import { watchList } from "./events.js";
import { watchPresence } from "./presence.js";
import { watchPublish } from "./publish.js";
import { showSchemas } from "./schemas.js";
import { watchStream } from "./stream.js";
import { watchToken } from "./token.js";

const said = (name) => document.querySelector(`meta[name=${name}]`).content;
const hub = said("hub");
const token = () => $("token").value.trim();

watchTheme();
watchToken();
watchList();
drawChart();

try {
  const [{ default: MercureClient }, { check }, has] = await Promise.all([import(`${said("sdk")}index.js`), import(`${said("sdk")}more.js`), showSchemas(hub)]);
  const options = () => ({ ...(has && { schemas: true }), ...(token() && { token: token() }) });
  const judge = new MercureClient(hub, options());
  watchStream(MercureClient, hub, options);
  watchPresence(MercureClient, hub, options);
  watchPublish(hub, () => (token() ? { Authorization: `Bearer ${token()}` } : {}), (type, data) => check(judge, type, data));
} catch (error) {
  $("state").textContent = "no SDK";
  $("why").textContent = `The browser SDK cannot be loaded from ${said("sdk")}: ${error.message}. Was it built into this binary (make build)?`;
  $("why").classList.add("bad");
}

function watchTheme() {
  const { dataset } = document.documentElement;
  dataset.theme = localStorage.getItem("amalgam-theme") ?? "";
  $("theme").addEventListener("click", () => {
    const dark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    dataset.theme = dark ? "light" : "dark";
    localStorage.setItem("amalgam-theme", dataset.theme);
  });
}

/** The script of the SharedWorker: it serves every tab that connects. */
import type { FromEngine, ToEngine } from "./protocol.js";
import { Tabs } from "./tabs.js";

const tabs = new Tabs();
let lastTab = 0;
(self as unknown as { onconnect: unknown }).onconnect = ({ ports: [port] }: MessageEvent) => {
  const tab = String(++lastTab);
  port!.onmessage = ({ data }: MessageEvent<ToEngine>) => tabs.receive(tab, data, (message: FromEngine) => port!.postMessage(message));
  port!.postMessage({ id: 0 }); // it runs
};

/** The script of the SharedWorker: it serves every tab that connects. */
import { random } from "./lock.js";
import type { FromEngine, ToEngine } from "./protocol.js";
import { Tabs } from "./tabs.js";

const tabs = new Tabs();
let lastTab = 0;

// Held as long as this worker lives, where it may: who waits for it learns that it has died.
let lock = navigator.locks ? `amalgam-sdk-worker-${random()}` : "";
const holding = lock ? new Promise<void>((resolve, reject) => void navigator.locks.request(lock, () => (resolve(), new Promise(() => {}))).catch(reject)).catch(() => void (lock = "")) : Promise.resolve();

(self as unknown as { onconnect: unknown }).onconnect = ({ ports: [port] }: MessageEvent) => {
  const tab = String(++lastTab);
  const post = (message: FromEngine): void => port!.postMessage(message);
  port!.onmessage = ({ data }: MessageEvent<ToEngine>) => tabs.receive(tab, data, post);
  void holding.then(() => post({ id: 0, lock }));
};

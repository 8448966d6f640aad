// A client of a few lines with the SDK's manners, without Go: it shows that the
// tests can be passed, and, less careful, that they can be failed.
// `careless`: "twice" does not drop what comes twice, "deaf" does not count,
// "patient" does not notice silence, "once" does not come back.

export default class PlainClient extends EventTarget {
  state = "idle";
  ready = Promise.resolve();
  #seen = new Set();

  constructor(url, options) {
    super();
    this.url = new URL(url, location);
    this.options = options;
    this.lastID = options.lastEventId ?? "";
  }

  build() {
    void this.#run();
    return this;
  }

  close(code = "") {
    this.#abort?.abort();
    this.#set("closed", code);
  }

  #abort;

  async #run() {
    let wait = this.options.retry?.min ?? 100;
    while (this.state !== "closed") {
      this.#set("connecting");
      const abort = (this.#abort = new AbortController());
      let code = "lost";
      try {
        const url = new URL(this.url);
        if (this.lastID) url.searchParams.set("lastEventID", this.lastID);
        const response = await fetch(url, { signal: abort.signal, cache: "no-store" });
        if (response.status === 204) return this.close("ended");
        if (response.status === 401) code = "unauthorized";
        else if (response.status !== 200) code = "status";
        else if (!response.headers.get("content-type").startsWith("text/event-stream")) code = "no-stream";
        else {
          this.#set("open");
          await this.#read(response.body.getReader(), () => ((code = "silent"), abort.abort()));
        }
      } catch {}
      if (this.state === "closed" || this.options.careless === "once") return this.close(code);
      if (code === "unauthorized" && !this.options.getToken?.()) return this.close(code);
      this.#set("waiting", code);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }

  async #read(reader, silent) {
    const { careless } = this.options;
    let text = "";
    let limit = Infinity;
    let count = 0;
    let timer;
    const decoder = new TextDecoder();
    const alive = () => {
      clearTimeout(timer);
      if (limit < Infinity && careless !== "patient") timer = setTimeout(silent, limit);
    };
    let id, data;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        alive();
        text += decoder.decode(value, { stream: true });
        for (let end; (end = text.indexOf("\n")) >= 0; text = text.slice(end + 1)) {
          const line = text.slice(0, end);
          const beat = /^: heartbeat (\d+) (\d+)/.exec(line);
          if (beat) {
            limit = beat[1] * 2.5;
            if (beat[2] > count && careless !== "deaf") this.#raise("gap", { requested: "", received: this.lastID });
            count = Number(beat[2]);
          }
          if (line.startsWith("id: ")) id = line.slice(4);
          if (line.startsWith("data: ")) data = line.slice(6);
          if (line !== "" || data === undefined) continue;
          count++;
          if (!this.#seen.has(id) || careless === "twice") {
            this.#seen.add(id);
            this.lastID = id;
            this.options.target.dispatchEvent(new CustomEvent("mercure-message", { detail: JSON.parse(data) }));
          }
          data = undefined;
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #set(state, code = "") {
    if (this.state === state || this.state === "closed") return;
    const previous = this.state;
    this.state = state;
    this.status = { state, code, reason: code, until: 0 };
    this.#raise("state", { ...this.status, previous });
    if (state === "closed") this.#raise("close", code ? { code } : null);
  }

  #raise = (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail }));
}

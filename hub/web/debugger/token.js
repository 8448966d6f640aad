import { $, make } from "./dom.js";

const part = (text) => JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0))));

/** What a token says; nothing here verifies it, which only the hub can. */
export function decode(token) {
  const parts = token.split(".");
  if (parts.length !== 3) throw new Error(`it has ${parts.length} parts instead of 3: paste the whole token, without "Bearer"`);
  const [header, claims] = parts.slice(0, 2).map((text, i) => {
    try {
      return part(text);
    } catch {
      throw new Error(`its ${i === 0 ? "header" : "claims"} cannot be read: a part of the token is missing`);
    }
  });
  const draft1 = /^(application\/)?at\+jwt$/i.test(header.typ ?? "");
  return { header, claims, draft1, ...(draft1 ? ofDraft1(claims) : ofClassic(claims)) };
}

const list = (of) => (Array.isArray(of) ? of : []);

function ofClassic(claims) {
  const mercure = claims.mercure ?? claims["https://mercure.rocks/"];
  return {
    publish: list(mercure?.publish),
    subscribe: list(mercure?.subscribe),
    payload: mercure?.payload,
    mend: mercure ? "" : `there is no "mercure" claim: it may read public updates only. Add {"mercure": {"publish": […], "subscribe": […]}}`,
  };
}

function ofDraft1(claims) {
  const details = list(claims.authorization_details).filter((detail) => detail?.type === "mercure" || detail?.actions);
  const may = (action) => details.filter((detail) => list(detail.actions).includes(action)).flatMap((detail) => list(detail.topics ?? detail.matchers).map((topic) => (typeof topic === "string" ? topic : JSON.stringify(topic))));
  const missing = ["iss", "aud", "exp"].filter((name) => claims[name] === undefined);
  return {
    publish: may("publish"),
    subscribe: may("subscribe"),
    payload: details.map((detail) => detail.payload).find((payload) => payload !== undefined),
    mend: missing.length ? `without ${missing.join(", ")} an access token is refused` : "",
  };
}

const moment = (seconds) => `${new Date(seconds * 1000).toLocaleString()} (${span(seconds * 1000 - Date.now())})`;

function span(ms) {
  const size = Math.abs(ms) / 1000;
  const [count, unit] = size < 120 ? [size, "s"] : size < 7200 ? [size / 60, "min"] : size < 172800 ? [size / 3600, "h"] : [size / 86400, "days"];
  return ms < 0 ? `${Math.round(count)} ${unit} ago` : `in ${Math.round(count)} ${unit}`;
}

/** Shows what the token says, as it is typed. */
export function watchToken() {
  $("token").addEventListener("input", () => {
    const token = $("token").value.trim();
    $("claims").replaceChildren(...(token ? shown(token) : []));
  });
}

function shown(token) {
  try {
    const { header, claims, draft1, publish, subscribe, payload, mend } = decode(token);
    const row = (name, ...value) => make("tr", {}, make("th", { scope: "row" }, name), make("td", { className: "mono" }, ...value));
    const rows = [
      row("kind", `${draft1 ? "draft1 access token" : "classic token"}, ${header.alg}${header.kid ? `, key ${header.kid}` : ""}`),
      row("may publish", publish.join("  ") || "nothing"),
      row("may read private", subscribe.join("  ") || "nothing"),
    ];
    for (const name of ["iss", "aud", "sub"]) if (claims[name] !== undefined) rows.push(row(name, String(claims[name])));
    for (const [name, label] of [["iat", "issued"], ["nbf", "not before"], ["exp", "expires"]]) if (claims[name] !== undefined) rows.push(row(label, moment(claims[name])));
    if (payload !== undefined) rows.push(row("payload", JSON.stringify(payload)));
    const faults = [mend];
    if (header.alg === "none") faults.push("it is not signed: every hub refuses it");
    if (claims.exp * 1000 < Date.now()) faults.push("it has expired: make a new one, with amalgam token");
    if (claims.nbf * 1000 > Date.now()) faults.push("it is not valid yet: is a clock wrong?");
    return [make("table", {}, ...rows), ...faults.filter(Boolean).map((text) => make("p", { className: "hint bad" }, text))];
  } catch (error) {
    return [make("p", { className: "hint bad" }, `This is no token: ${error.message}.`)];
  }
}

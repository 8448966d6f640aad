// The back-end, as functions. Every refusal becomes an ApiProblem that says
// which field is wrong and how to mend it.

export class ApiProblem extends Error {
  constructor(status, { detail, field, mend } = {}) {
    super(detail ? sentence(detail) + (mend ? ` ${sentence(mend)}` : "") : `The back-end answered ${status}.`);
    this.name = "ApiProblem";
    this.status = status;
    this.field = field ?? "";
    this.mend = mend ? sentence(mend) : this.message;
  }
}

const sentence = (s) => s.charAt(0).toUpperCase() + s.slice(1) + (/[.!?]$/.test(s) ? "" : ".");

async function call(path, { userId, body } = {}) {
  const headers = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  // All windows of a browser share its cookies: this says who we are of them.
  if (userId) headers["Demo-User"] = userId;
  let response;
  try {
    response = await fetch(path, {
      method: body === undefined ? "GET" : "POST",
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
  } catch {
    throw new ApiProblem(0, { detail: "the back-end cannot be reached", mend: "check that it runs, then try again" });
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiProblem(response.status, answer);
  return answer;
}

const room = (name, what) => `/api/rooms/${encodeURIComponent(name)}/${what}`;

export const join = (name, roomName, userId) => call("/api/session", { userId, body: { name, room: roomName } });
export const say = (s, text) => call(room(s.room, "messages"), { userId: s.user.id, body: { text } });
export const markRead = (s, messageId) => call(room(s.room, "read"), { userId: s.user.id, body: { messageId } });
export const sendBroken = (s) => call(room(s.room, "broken"), { userId: s.user.id, body: {} });
export const notify = (s, to, note) => call(`/api/users/${encodeURIComponent(to)}/notify`, { userId: s.user.id, body: note });
export const curlCommand = async () => (await call("/api/curl")).command;

// The ways in which bytes may travel, all of which leave them as they are.

/** How each manner hands on what waits: each so many milliseconds, so many bytes. */
const manners = {
  split: { pause: () => 0, bytes: (random) => random(1, 16) },
  drip: { pause: (random) => random(1, 4), bytes: (random) => random(1, 4) },
  join: { pause: (random) => random(100, 400), bytes: () => Infinity },
  delay: { pause: () => 10, bytes: () => Infinity, late: (random) => random(200, 700) },
};

export const mannerNames = ["plain", ...Object.keys(manners)];

/** Whether a stream's first bytes may be late. */
export const holdsBack = (name) => name === "join" || name === "delay";

/** Writes to `response` in a manner. `stop` drops what still waits. */
export function outlet(response, name, random) {
  if (name === "plain") return { write: (bytes) => void response.write(bytes), stop() {} };
  const manner = manners[name];
  const late = manner.late?.(random) ?? 0;
  const waiting = []; // {bytes, due}
  let timer;
  const plan = () => (timer ??= setTimeout(step, manner.pause(random)));
  function step() {
    timer = undefined;
    const ready = [];
    for (let room = manner.bytes(random); room > 0 && waiting.length > 0 && waiting[0].due <= Date.now(); ) {
      const { bytes, due } = waiting.shift();
      ready.push(bytes.subarray(0, room));
      if (bytes.length > room) waiting.unshift({ bytes: bytes.subarray(room), due });
      room -= bytes.length;
    }
    if (ready.length > 0) response.write(Buffer.concat(ready));
    if (waiting.length > 0) plan();
  }
  return {
    write(bytes) {
      if (bytes.length === 0) return;
      waiting.push({ bytes, due: Date.now() + late });
      plan();
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
      waiting.length = 0;
    },
  };
}

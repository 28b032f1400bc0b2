// node mutate.js MQTT.JS: reads streams of packets with bytes changed, cut and added at random (the seed is fixed).
// Each is read to its end or refused, and what is read is within what was given.
"use strict";
const { split, publication } = require(process.argv[2]);
let seed = 1;
const random = (n) => { // xorshift32
  seed ^= seed << 13;
  seed ^= seed >>> 17;
  seed ^= seed << 5;
  return (seed >>> 0) % n;
};
const good = [[0x20, 2, 0, 0], [0x90, 3, 0, 1, 0], [0xd0, 0], [0x31, 11, 0, 6, ...Buffer.from("home/a"), 0x7b, 0x7d, 0x20],
  [0x30, 0x85, 0x01, 0, 1, 0x61, ...new Array(130).fill(0x20)]];
let read = 0, refused = 0, messages = 0, left = 0;
for (let round = 0; round < 50000; round++) {
  const bytes = [];
  for (let n = 1 + random(4); n > 0; n--) bytes.push(...good[random(good.length)]);
  for (let n = random(4); n > 0; n--) {
    const at = random(bytes.length + 1);
    bytes.splice(at, random(3), ...Array.from({ length: random(3) }, () => random(256)));
  }
  let found;
  try {
    found = split(new Uint8Array(bytes));
  } catch (error) {
    if (!/^a (length has no end|packet is too long)$/.test(error.message)) throw error;
    refused++;
    continue;
  }
  let size = found.rest.length;
  for (const p of found.packets) {
    size += 1 + p.body.length + (p.body.length > 127 ? 2 : 1);
    read++;
    if (p.type !== 3) continue;
    const m = publication(p);
    if (m === null) left++;
    else if (++messages, Buffer.byteLength(m.topic) + Buffer.byteLength(m.payload) + 2 !== p.body.length) throw new Error(`read ${JSON.stringify(m)} of ${p.body}`);
  }
  // A length may be written longer than it must be.
  if (size > bytes.length || size < bytes.length - 3 * found.packets.length) throw new Error(`read ${size} of ${bytes}`);
}
console.log(JSON.stringify({ read, refused, messages, left }));

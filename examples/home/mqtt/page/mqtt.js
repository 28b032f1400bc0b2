// A small MQTT client: version 3.1.1 (OASIS, 2014) over WebSocket, which only listens, with QoS 0.
//
//   const client = new Listener("ws://localhost:9001/", "home/#", {
//     message(topic, payload, retained) {},   // texts; retained: said before we came
//     state(up, why) {},                      // whether the connection stands
//   });
//   client.close();
//
// It connects again, for ever, with pauses that grow from 1 to 15 seconds. A message that it cannot read is left out;
// a stream that it cannot read is closed. What it is given by others stays below MOST bytes.
"use strict";

const MOST = 64 * 1024; // bytes of a packet, and so of what waits to become one
const KEEP_ALIVE = 30; // seconds between signs of life
const CONNACK = 2, PUBLISH = 3, SUBACK = 9, PINGRESP = 13;

// text reads bytes as UTF-8, strictly.
const text = (bytes) => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);

// string writes a text as MQTT does: its length in two bytes, then UTF-8.
function string(s) {
  const b = new TextEncoder().encode(s);
  return [b.length >> 8, b.length & 255, ...b];
}

// packet puts the header before what a packet holds. What we send is short: below 128 bytes each length is one byte.
function packet(type, flags, body) {
  if (body.length > 127) throw new Error("the packet is too long");
  return new Uint8Array([type << 4 | flags, body.length, ...body]);
}

// split takes the whole packets off the front of bytes: [{type, flags, body}], and what is left. It throws where this
// is no MQTT.
function split(bytes) {
  const packets = [];
  for (let at = 0; ;) {
    let length = 0, p = at + 1;
    for (let shift = 0; ; shift += 7, p++) {
      if (shift > 21) throw new Error("a length has no end");
      if (p >= bytes.length) return { packets, rest: bytes.slice(at) };
      length += (bytes[p] & 127) << shift;
      if (bytes[p] < 128) break;
    }
    if (length > MOST) throw new Error("a packet is too long");
    const start = p + 1, end = start + length;
    if (end > bytes.length) return { packets, rest: bytes.slice(at) };
    packets.push({ type: bytes[at] >> 4, flags: bytes[at] & 15, body: bytes.slice(start, end) });
    at = end;
  }
}

// publication reads a message; null where it is none that we asked for.
function publication({ flags, body }) {
  const end = 2 + (body[0] << 8 | body[1]);
  if (body.length < 2 || end > body.length || flags & 6) return null;
  try {
    return { topic: text(body.slice(2, end)), payload: text(body.slice(end)), retained: (flags & 1) === 1 };
  } catch {
    return null; // no UTF-8
  }
}

class Listener {
  constructor(url, filter, { message, state }) {
    Object.assign(this, { url, filter, message, state, failures: 0, closed: false });
    this.connect();
  }

  connect() {
    let socket, rest = new Uint8Array(), waiting = true, up = false, timer;
    // over ends this connection, once, and plans the next.
    const over = (why) => {
      if (this.socket !== socket) return;
      this.socket = null;
      clearTimeout(timer);
      socket?.close();
      if (this.closed) return;
      this.state(false, why);
      this.again = setTimeout(() => this.connect(), Math.min(15, 2 ** this.failures++) * 1000);
    };
    try {
      socket = this.socket = new WebSocket(this.url, "mqtt");
    } catch (error) {
      return over(error.message);
    }
    socket.binaryType = "arraybuffer";
    // alive says every now and then that we are there, and ends what does not answer.
    const alive = () => {
      if (waiting) return over("the broker does not answer");
      waiting = true;
      socket.send(packet(12, 0, []));
      timer = setTimeout(alive, KEEP_ALIVE * 500);
    };
    timer = setTimeout(alive, KEEP_ALIVE * 500);
    socket.onopen = () => socket.send(packet(1, 0, [...string("MQTT"), 4, 2, 0, KEEP_ALIVE, ...string("")]));
    socket.onerror = socket.onclose = () => over(up ? "the connection is lost" : "the broker cannot be reached");
    socket.onmessage = ({ data }) => {
      if (this.socket !== socket) return;
      try {
        if (!(data instanceof ArrayBuffer) || data.byteLength > 2 * MOST) throw new Error("this is no MQTT");
        const all = new Uint8Array(rest.length + data.byteLength);
        all.set(rest);
        all.set(new Uint8Array(data), rest.length);
        const found = split(all);
        rest = found.rest;
        for (const p of found.packets) {
          if (p.type === CONNACK) {
            if (p.body.length !== 2 || p.body[1] !== 0) throw new Error("the broker does not let us in");
            socket.send(packet(8, 2, [0, 1, ...string(this.filter), 0]));
          } else if (p.type === SUBACK) {
            if (p.body.length !== 3 || p.body[2] > 2) throw new Error("the broker does not let us listen");
            up = true;
            this.failures = 0;
            this.state(true, "");
          } else if (p.type === PUBLISH) {
            const m = publication(p);
            if (m) this.message(m.topic, m.payload, m.retained);
          } else if (p.type !== PINGRESP) {
            throw new Error("this is no MQTT");
          }
          waiting = false;
        }
      } catch (error) {
        over(error.message);
      }
    };
  }

  close() {
    this.closed = true;
    clearTimeout(this.again);
    this.socket?.close();
    this.socket = null;
  }
}

if (typeof module !== "undefined") module.exports = { Listener, split, publication }; // for the tests

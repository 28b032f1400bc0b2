// node listen.js MQTT.JS URL SPEED: listens to home/# with the client of the page, and prints what it hears, a line
// of JSON each. Pauses are SPEED times as short.
"use strict";
const [, , client, url, speed] = process.argv;
if (typeof WebSocket === "undefined") {
  console.log(JSON.stringify({ missing: true }));
  process.exit(0);
}
const pause = setTimeout;
globalThis.setTimeout = (f, ms) => pause(f, ms / Number(speed));
const { Listener } = require(client);
new Listener(url, "home/#", {
  message: (topic, payload, retained) => console.log(JSON.stringify({ topic, payload, retained })),
  state: (up, why) => console.log(JSON.stringify({ up, why })),
});

// The page of the simulated home: what the devices were told is what it shows. Whatever is no state of a device that
// it knows is ignored; texts are only ever set as texts.
"use strict";

const rooms = new Map([
  ["kitchen", "Kitchen"], ["dining_room", "Dining room"], ["living_room", "Living room"], ["office", "Office"],
  ["hall", "Hall"], ["bathroom", "Bathroom"], ["bedroom", "Bedroom"], ["nursery", "Nursery"],
]);

const between = (v, from, to) => (typeof v === "number" && v >= from && v <= to ? v : undefined);
const degrees = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 0 });

// devices read the payload of a topic: undefined where it is no state.
const devices = {
  light: (p) => between(p.brightness, 0, 100),
  colour: (p) => (typeof p.colour === "string" && /^([a-z]{3,20}|#[0-9a-f]{6})$/.test(p.colour) && CSS.supports("color", p.colour)
    ? p.colour : undefined),
  blinds: (p) => between(p.open, 0, 100),
  heating: (p) => between(p.degrees, 5, 30),
  door: (p) => (typeof p.locked === "boolean" ? p.locked : undefined),
};

// words say a state.
const words = {
  light: ({ light, colour }) => (light === undefined && !colour ? "unknown"
    : [light ? `on, ${percent.format(light / 100)}` : "off", ...(colour ? [colour] : [])].join(", ")),
  blinds: ({ blinds }) => (blinds === undefined ? "unknown" : blinds === 0 ? "closed"
    : blinds === 100 ? "open" : `${percent.format(blinds / 100)} open`),
  heating: ({ heating }) => (heating === undefined ? "unknown" : `${degrees.format(heating)} °C`),
  door: ({ door }) => (door === undefined ? "unknown" : door ? "locked" : "unlocked"),
};
const names = { light: "Light", blinds: "Blinds", heating: "Heating", door: "Front door" };

// draw makes one room, and gives what shows its state.
function draw(id) {
  const section = document.getElementById("room").content.cloneNode(true).firstElementChild;
  section.id = id;
  section.setAttribute("aria-labelledby", `${id}-name`);
  const title = section.querySelector("h2");
  title.id = `${id}-name`;
  title.textContent = rooms.get(id);
  if (id !== "hall") for (const door of section.querySelectorAll(".door")) door.remove();
  document.getElementById("plan").append(section);
  return (state) => {
    for (const line of section.querySelectorAll("[data-is]")) line.textContent = words[line.dataset.is](state);
    section.style.setProperty("--light", state.light ? 0.3 + 0.7 * state.light / 100 : 0); // a dim one is seen, too
    section.style.setProperty("--colour", state.colour ?? "");
    section.style.setProperty("--blind", 1 - (state.blinds ?? 100) / 100);
    section.style.setProperty("--warmth", ((state.heating ?? 5) - 5) / 25);
    section.dataset.door = state.door === undefined ? "" : words.door(state);
  };
}

const states = new Map(), show = new Map();

// forget makes everything unknown, until we are connected again and told it all.
function forget() {
  for (const id of rooms.keys()) {
    states.set(id, {});
    show.get(id)({});
  }
}

// message takes what a device was told.
function message(topic, payload, retained) {
  const [home, room, device, ...more] = topic.split("/");
  if (home !== "home" || more.length > 0 || !rooms.has(room) || !Object.hasOwn(devices, device)) return;
  if (device === "door" && room !== "hall") return;
  let value;
  if (payload !== "") { // an empty message removes a retained one
    try {
      value = payload.length <= 1000 ? devices[device](Object(JSON.parse(payload))) : undefined;
    } catch {
      // no JSON
    }
    if (value === undefined) return;
  }
  const state = states.get(room);
  state[device] = value;
  show.get(room)(state);
  if (retained) return; // said before we came: no news
  const what = device === "colour" ? "light" : device;
  document.getElementById("news").textContent = `${rooms.get(room)}: ${names[what].toLowerCase()} ${words[what](state)}`;
}

for (const id of rooms.keys()) show.set(id, draw(id));
forget();
const url = location.protocol === "file:" ? "ws://localhost:9001/" : `ws://${location.host}/`;
new Listener(url, "home/#", {
  message,
  state(up, why) {
    const status = document.getElementById("status");
    status.textContent = up ? "Connected: what you see is what was set." : `Not connected (${why}). Trying again.`;
    document.body.dataset.up = up;
    if (!up) forget();
  },
});

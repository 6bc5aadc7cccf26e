// Keeps a doctor's day in view:  node live.mjs http://127.0.0.1:3000 17 2026-12-01
// Prints it, a line of JSON, whenever it changes. AAROGYA_KEY: an API key; without one, what is public.
import { io } from "socket.io-client";

const [url, doctorId, date] = process.argv.slice(2);
let held; // { slots, queue, and each appointment by its id }

const socket = io(`${url}/live`, {
  path: "/_event/",
  transports: ["websocket"],
  reconnectionDelayMax: 2000,
  // Asked at each connection. With tokens, give a fresh one here: each is good for fifteen minutes.
  auth: (send) => send(process.env.AAROGYA_KEY ? { apiKey: process.env.AAROGYA_KEY } : {}),
});

function show(parts) {
  held = parts;
  const { slots, queue, ...appointments } = held;
  const shown = Object.values(appointments).filter((one) => one.status !== "expired");
  console.log(JSON.stringify({ ...slots, queue, appointments: shown }));
}

// The first time and after each break: the answer is the present, and `missed` what happened meanwhile.
socket.on("connect", () => {
  const room = { doctorId: Number(doctorId), date, since: held?.slots.version };
  socket.emit("join-doctor-room", room, ({ error, missed, readAgain, appointments = [], queue, ...slots }) => {
    if (error) return console.error("refused:", error.code);
    if (missed) console.error("missed:", readAgain ? "too much to tell" : JSON.stringify(missed));
    show({ slots, queue, ...Object.fromEntries(appointments.map((one) => [one.id, one])) });
  });
});

socket.onAny((event, told) => {
  const part = { "slots-updated": "slots", "queue-updated": "queue" }[event] ?? told.id;
  if (!part) console.error(`${event}:`, told.code);
  else if (held && told.version >= (held[part]?.version ?? 0)) show({ ...held, [part]: told }); // else it was overtaken
});

// What the server ends or refuses is not tried again by itself: a new token may do, an ended key will not.
socket.on("disconnect", (reason) => reason === "io server disconnect" && setTimeout(() => socket.connect(), 1000));
socket.on("connect_error", ({ message, data }) => {
  console.error("not connected:", data?.code ?? message);
  if (data?.status === 503) setTimeout(() => socket.connect(), 1000);
});

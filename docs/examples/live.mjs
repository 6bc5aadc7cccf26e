// Keeps a doctor's day in view:  node live.mjs http://127.0.0.1:3000 17 2026-12-01
// Prints the view, a line of JSON, whenever it changes. AAROGYA_KEY: an API key; without one, what is public.
import { io } from "socket.io-client";

const [url, doctorId, date] = process.argv.slice(2);
let view; // what is shown now: { version, slots, queue, appointments by id }

const socket = io(`${url}/live`, {
  path: "/_event/",
  transports: ["websocket"],
  reconnectionDelayMax: 2000,
  // Asked at each connection. With tokens, give a fresh one here: each is good for fifteen minutes.
  auth: (send) => send(process.env.AAROGYA_KEY ? { apiKey: process.env.AAROGYA_KEY } : {}),
});

function show(changes) {
  view = { ...view, ...changes };
  console.log(JSON.stringify({ ...view, appointments: Object.values(view.appointments) }));
}

// The first time and after each break: the answer is the present, and `missed` what happened meanwhile.
socket.on("connect", () => {
  const room = { doctorId: Number(doctorId), date, since: view?.version };
  socket.emit("join-doctor-room", room, ({ error, missed, readAgain, ...told }) => {
    if (error) return console.error("refused:", error.code);
    if (missed) console.error("missed:", readAgain ? "too much to tell" : JSON.stringify(missed));
    show({ ...told, appointments: Object.fromEntries((told.appointments ?? []).map((one) => [one.id, one])) });
  });
});

// A push that is older than what is shown was overtaken on its way.
socket.on("slots-updated", (slots) => view && slots.version >= view.version && show(slots));
socket.on("queue-updated", (queue) => view && queue.version >= view.queue.version && show({ queue }));
socket.on("appointment-updated", (one) => {
  if (!view || one.version <= (view.appointments[one.id]?.version ?? 0)) return;
  const { [one.id]: _, ...others } = view.appointments;
  show({ appointments: one.status === "expired" ? others : { ...others, [one.id]: one } });
});

socket.on("room-closed", ({ room, code }) => console.error("closed:", room, code));
socket.on("signed-out", ({ code }) => console.error("signed out:", code));
// What the server ends or refuses is not tried again by itself: a new token may do, an ended key will not.
socket.on("disconnect", (reason) => reason === "io server disconnect" && setTimeout(() => socket.connect(), 1000));
socket.on("connect_error", ({ message, data }) => {
  console.error("not connected:", data?.code ?? message);
  if (data?.status === 503) setTimeout(() => socket.connect(), 1000);
});

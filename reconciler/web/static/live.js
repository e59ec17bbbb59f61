// Keeps the page as the server would make it now: follows the events, fetches the same address, and changes what differs.
import { morph } from "./morph.js";
import { tell } from "./ages.js";
import "./keys.js";

const DEBOUNCE = 150;
const LOST = 3000;
const banner = document.getElementById("connection");
let timer = 0;
let lost = 0;
let busy = false;
let again = false;

async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  again = false;
  try {
    const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
    if (answer.redirected) { location.reload(); return; }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    tell(fresh);
    document.title = fresh.title;
    morph(document.body, fresh.body);
  } catch {
    connectionLost();
  } finally {
    busy = false;
    if (again) { soon(); }
  }
}

function soon() {
  if (document.hidden) { again = true; return; }
  clearTimeout(timer);
  timer = setTimeout(refresh, DEBOUNCE);
}

function connectionLost() {
  lost ||= setTimeout(() => {
    banner.textContent = "Connection lost, reconnecting …";
    banner.hidden = false;
  }, LOST);
}

function connected() {
  clearTimeout(lost);
  lost = 0;
  if (!banner.hidden) { banner.hidden = true; soon(); }
}

function follow() {
  const events = new EventSource(document.body.dataset.events);
  events.onopen = connected;
  events.onerror = () => {
    connectionLost();
    if (events.readyState === EventSource.CLOSED) { setTimeout(() => { follow(); soon(); }, LOST); }
  };
  for (const kind of ["pass", "service", "gone", "reset"]) { events.addEventListener(kind, soon); }
  addEventListener("pagehide", () => events.close(), { once: true });
}

document.addEventListener("visibilitychange", () => { if (!document.hidden && again) { soon(); } });
addEventListener("pageshow", (event) => { if (event.persisted) { follow(); soon(); } });
tell(document);
setInterval(() => tell(document), 1000);
if (document.querySelector("nav")) { follow(); }

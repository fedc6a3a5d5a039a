// Live updates: an element with data-live="subject …" is refreshed when the stream says something of a subject;
// where the stream cannot be reached, every 30 s. Charts and maps fetch their data again, other elements their HTML.
import htmx from "htmx.org/dist/htmx.esm.js";

const POLL_EVERY = 30_000;
const SETTLE = 800;
let source = null;
let subjects = "";
let polling = null;
const due = new Map();

const elements = () => [...document.querySelectorAll("[data-live]")];
const subjectsOf = (element) => element.dataset.live.split(/\s+/).filter(Boolean);

export function listen() {
  const wanted = [...new Set(elements().flatMap(subjectsOf))].sort().join(" ");
  if (wanted === subjects) return;
  subjects = wanted;
  source?.close();
  source = null;
  if (!wanted) return stopPolling();
  connect(wanted);
}

function connect(wanted) {
  const query = new URLSearchParams(wanted.split(" ").map((subject) => ["subject", subject]));
  source = new EventSource(`${document.body.dataset.liveUrl}?${query}`);
  source.onopen = stopPolling;
  source.onmessage = (event) => heard(event.data);
  source.addEventListener("lost", () => elements().forEach(refreshSoon));
  source.onerror = () => startPolling();
}

function heard(data) {
  let subject = null;
  try {
    subject = JSON.parse(data).subject ?? null;
  } catch {
    subject = data || null;
  }
  for (const element of elements()) if (!subject || subjectsOf(element).some((name) => covers(name, subject))) refreshSoon(element);
}

// "sense.alarm" covers itself and all below it, such as "sense.alarm.raised".
function covers(name, subject) {
  return subject === name || subject.startsWith(`${name}.`);
}

function startPolling() {
  polling ??= setInterval(() => document.hidden || elements().forEach(refresh), POLL_EVERY);
}

function stopPolling() {
  clearInterval(polling);
  polling = null;
}

function refreshSoon(element) {
  if (due.has(element)) return;
  due.set(element, setTimeout(() => (due.delete(element), refresh(element)), SETTLE));
}

function refresh(element) {
  if (!element.isConnected) return;
  if (element.matches("[data-chart], [data-map]")) {
    element.dispatchEvent(new CustomEvent("yz-refresh"));
  } else if (!element.contains(document.activeElement) && element.id) {
    htmx.ajax("GET", element.dataset.liveUrl || location.href, { target: element, select: `#${element.id}`, swap: "outerHTML" });
  }
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && polling) elements().forEach(refresh);
});

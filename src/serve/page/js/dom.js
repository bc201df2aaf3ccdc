"use strict";

// Helpers for elements and numbers.

const byId = (id) => document.getElementById(id);
const settings = JSON.parse(document.body.dataset.settings);

function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/* Says something in a live region, which a screen reader announces. */
function say(message, failed = false) {
  byId("summary").textContent = message;
  byId("summary").classList.remove("hidden-label");
  byId("summary").classList.toggle("failed", failed);
}

const percent = (share) => `${(100 * share).toFixed(1)}%`;
const grouped = (number) => number.toLocaleString("en");
const counted = (number, noun) => `${grouped(number)} ${noun}${number === 1 ? "" : "s"}`;
const signed = (weight) => `${weight < 0 ? "−" : "+"}${Math.abs(weight).toFixed(2)}`;
const mebibytes = (bytes) => (bytes < 1 << 20 ? `${Math.floor(bytes / 1024)} KiB` : `${+(bytes / (1 << 20)).toFixed(1)} MiB`);

/* Waits, or throws as soon as the signal is aborted. */
function sleep(seconds, signal) {
  return new Promise((done, failed) => {
    const timer = setTimeout(done, 1000 * seconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      failed(signal.reason);
    }, { once: true });
  });
}

/* Counts how often each key occurs. */
function countBy(items, keyOf) {
  const counts = new Map();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) || 0) + 1);
  return counts;
}

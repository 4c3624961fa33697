// Says which stretches of the film were really played: after the first seconds, then each half minute, and when the
// page is left. Nothing is kept in the browser: what holds the reports together is drawn anew by each page.
import { recall } from "./memory.js";

const FIRST_S = 5; // as the server counts a view (traffic/counting.py)
const EVERY_MS = 30_000;
const JUMP_S = 5; // no clock of a playing film moves so far between two ticks
const MOST_SPANS = 60; // of one report

export function reportPlays(player) {
  if (!isWelcome() || !player.duration) return;
  const { video } = player;
  const { played } = player.dataset;
  const visit = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const first = Math.min(FIRST_S, player.duration / 2);
  let spans = []; // in seconds, not reported yet
  let from; // of the stretch that is being played, else undefined
  let to;
  let isReported = false;
  let reportedAt = 0;

  function end() {
    if (to > from) spans.push([from, to]);
    from = to = undefined;
  }

  function tick() {
    const now = video.currentTime;
    if (video.seeking) return end();
    if (from !== undefined && (now < to || now - to > JUMP_S * Math.max(1, video.playbackRate))) end();
    if (from === undefined) from = now;
    to = now;
    const isDue = isReported ? performance.now() - reportedAt > EVERY_MS : total() >= first;
    if (isDue) report();
  }

  const total = () => spans.reduce((sum, [a, b]) => sum + b - a, 0) + (from === undefined ? 0 : to - from);

  /** Take what is to be reported; the stretch that is being played goes on from here. */
  function taken() {
    if (to > from) {
      spans.push([from, to]);
      from = to;
    }
    const ms = spans.map((span) => span.map((second) => Math.round(second * 1000))).filter(([a, b]) => b > a);
    spans = [];
    return ms;
  }

  function send(some, isLast) {
    const host = document.referrer ? new URL(document.referrer).hostname : "";
    const body = JSON.stringify({ visit, from: host, spans: some });
    if (isLast) return navigator.sendBeacon(played, new Blob([body], { type: "application/json" }));
    const headers = { "Content-Type": "application/json" };
    // What did not arrive goes with the next report; what was refused would be refused again.
    return fetch(played, { method: "POST", body, headers, keepalive: true }).catch(() => {
      spans.unshift(...some.map((span) => span.map((ms) => ms / 1000)));
    });
  }

  function report({ isLast = false } = {}) {
    if (!isReported && total() < first) return;
    if (!navigator.onLine) return;
    const all = taken();
    for (let i = 0; i < all.length; i += MOST_SPANS) send(all.slice(i, i + MOST_SPANS), isLast);
    isReported = true;
    reportedAt = performance.now();
  }

  for (const name of ["play", "playing", "seeked", "timeupdate"]) {
    video.addEventListener(name, () => !video.paused && tick());
  }
  for (const name of ["pause", "ended"]) {
    video.addEventListener(name, () => {
      if (from !== undefined && !video.seeking) tick();
      end();
    });
  }
  // The clock has jumped already: what counts is where it was before.
  for (const name of ["seeking", "emptied"]) video.addEventListener(name, end);
  // Phones end pages that nobody looks at without a word.
  document.addEventListener("visibilitychange", () => document.hidden && report({ isLast: true }));
  addEventListener("pagehide", () => report({ isLast: true }));
}

/** Not where the browser asks not to be followed, or somebody chose not to be counted here. */
function isWelcome() {
  const { doNotTrack, globalPrivacyControl } = navigator;
  return !globalPrivacyControl && doNotTrack !== "1" && recall("counted", true);
}

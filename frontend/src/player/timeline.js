// The bar: where we are, what is loaded, what is still to come, and a picture of where a press would lead.
import { attachChapters } from "./chapters.js";
import { drawPicture, loadStoryboard } from "./storyboard.js";
import { clockTime, spokenTime } from "./times.js";

export function attachTimeline(player) {
  const { video, parts } = player;
  const { seek } = parts;
  const { words } = player.messages;
  let isScrubbing = false;
  seek.max = player.duration;
  const chapterAt = attachChapters(player);

  const total = clockTime(player.duration);
  parts.total.textContent = total;

  function show(position = player.position) {
    seek.value = position;
    const share = (value) => `${Math.min(100, (100 * value) / (player.duration || 1))}%`;
    seek.style.setProperty("--played", share(position));
    seek.style.setProperty("--loaded", share(loadedUntil(video)));
    const grows = player.isGrowing && video.readyState > 0 && player.available < player.duration - 1;
    seek.style.setProperty("--available", grows ? share(player.available) : "100%");
    player.toggleAttribute("data-growing", grows);
    parts.now.textContent = clockTime(position);
  }

  function speak() {
    const { position, duration } = player;
    const words_ = words.position.replace("{at}", spokenTime(position)).replace("{total}", spokenTime(duration));
    const chapter = chapterAt(position);
    const spoken = chapter ? `${words_}, ${chapter}` : words_;
    if (seek.getAttribute("aria-valuetext") !== spoken) seek.setAttribute("aria-valuetext", spoken);
  }

  function refresh() {
    if (isScrubbing) return;
    show();
    // While the bar has focus and the film runs, a new text each second would be read aloud each second.
    if (document.activeElement !== seek || video.paused) speak();
  }

  for (const name of ["timeupdate", "progress", "durationchange", "seeked", "ended", "emptied"]) {
    video.addEventListener(name, refresh);
  }
  for (const name of ["moved", "grown"]) {
    player.addEventListener(name, () => (show(), speak()));
  }
  seek.addEventListener("focus", speak);
  seek.addEventListener("input", () => {
    isScrubbing = true;
    show(Number(seek.value));
  });
  seek.addEventListener("change", () => {
    isScrubbing = false;
    player.seek(Number(seek.value));
  });
  attachPreview(player, chapterAt);
  show();
  speak();
}

function loadedUntil({ buffered, currentTime }) {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.5 && currentTime <= buffered.end(i)) return buffered.end(i);
  }
  return 0;
}

function attachPreview(player, chapterAt) {
  const { parts } = player;
  const { seek, preview } = parts;
  const picture = parts["preview-picture"];
  let cues;

  function fetchPictures() {
    if (cues || !player.dataset.storyboard) return;
    cues = [];
    loadStoryboard(player.dataset.storyboard).then((found) => (cues = found), () => {});
  }

  player.addEventListener("renewed", () => {
    if (!cues) return;
    cues = undefined;
    fetchPictures();
  });

  function place(event) {
    const box = seek.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
    const at = share * player.duration;
    parts["preview-time"].textContent = [chapterAt(at), clockTime(at)].filter(Boolean).join(" · ");
    picture.hidden = !drawPicture(picture, cues ?? [], at);
    preview.hidden = false;
    const half = preview.offsetWidth / 2;
    const x = Math.max(half, Math.min(box.width - half, share * box.width));
    preview.style.setProperty("--x", `${x}px`);
  }

  seek.addEventListener("pointerenter", fetchPictures, { once: true });
  seek.addEventListener("pointerdown", fetchPictures, { once: true });
  seek.addEventListener("pointermove", place);
  seek.addEventListener("pointerdown", place);
  for (const name of ["pointerleave", "pointercancel", "pointerup"]) {
    seek.addEventListener(name, () => (preview.hidden = true));
  }
}

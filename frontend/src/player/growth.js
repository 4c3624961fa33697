// A film that is still being prepared: learn when a better or longer stream exists, and put it in place without
// disturbing who watches: on a pause, a jump, a stall or the press of a button.
const FIRST_MS = 3000;
const LONGEST_MS = 15000;

export function watchGrowth(player) {
  const { video, parts } = player;
  let isOffered = false;
  let isReady = false;
  let known;
  let delay = FIRST_MS;

  async function variants() {
    const answer = await fetch(player.dataset.hls, { cache: "no-cache" });
    if (!answer.ok) return known;
    const lines = (await answer.text()).split("\n");
    return lines.filter((line) => line && !line.startsWith("#")).sort().join("\n");
  }

  async function look() {
    const answer = await fetch(player.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok) return;
    const state = await answer.json();
    const now = await variants();
    if (known !== undefined && now !== known) offer();
    known = now;
    isReady = state.is_ready || state.is_failed;
    if (isReady) finish(state);
  }

  function finish(state) {
    if (!state.is_failed) player.dataset.complete = "true";
    player.dispatchEvent(new Event("grown"));
    if (!isOffered) player.isGrowing = false;
    document.querySelector("[data-while-growing]")?.remove();
  }

  function offer() {
    isOffered = true;
    if (video.ended) return; // who watches again sees it: that seeks
    if (!player.hasStarted || video.paused) return take();
    parts.better.hidden = false;
  }

  async function take() {
    if (!isOffered) return;
    isOffered = false;
    parts.better.hidden = true;
    if (isReady) player.isGrowing = false;
    if (player.engine.kind === "none") return; // nothing was loaded: the next load is the new stream
    const isPlaying = !video.paused;
    freeze(player);
    await player.engine.reload(player.position, isPlaying);
  }

  for (const moment of ["pause", "seeking", "waiting"]) {
    // Reloading seeks and waits, too: by then nothing is on offer any more.
    video.addEventListener(moment, () => player.hasStarted && !video.ended && take());
  }
  parts.better.addEventListener("click", () => {
    take();
    parts.play.focus({ preventScroll: true });
  });

  async function loop() {
    if (!document.hidden) {
      try {
        await look();
      } catch {
        // The network is away; the stream itself says so to the person.
      }
    }
    delay = Math.min(delay * 1.15, LONGEST_MS);
    if (!isReady) setTimeout(loop, delay);
  }
  loop();
}

/** Leave the last picture standing until the new stream shows its own. */
function freeze({ video, parts, hasStarted }) {
  const { freeze: canvas } = parts;
  if (!hasStarted || !video.videoWidth) return;
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  canvas.hidden = false;
  const thaw = () => (canvas.hidden = true);
  if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(thaw);
  else video.addEventListener("seeked", thaw, { once: true });
  setTimeout(thaw, 5000);
}

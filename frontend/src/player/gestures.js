// Fingers: a tap shows or hides the controls, two taps jump, a long press plays at double speed.
// A mouse: a click plays or pauses, two clicks fill the screen.
const DOUBLE_MS = 300;
const LONG_MS = 500;

export function attachGestures(player, controls) {
  const { video } = player;
  let last = { at: 0, side: 0 };
  let longTimer;
  let rateBefore = 0;

  function sideOf(event) {
    const box = video.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    return share < 0.36 ? -1 : share > 0.64 ? 1 : 0;
  }

  function tap(event) {
    const side = sideOf(event);
    const isDouble = event.timeStamp - last.at < DOUBLE_MS && side === last.side && side !== 0;
    last = { at: event.timeStamp, side };
    if (isDouble) return controls.jump(10 * side);
    if (player.dataset.idle === undefined && !video.paused) player.dataset.idle = "";
    else controls.stir();
  }

  video.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" || video.paused) return;
    longTimer = setTimeout(() => {
      rateBefore = video.playbackRate;
      video.playbackRate = 2;
      controls.flash("2 ×");
    }, LONG_MS);
  });
  const release = () => {
    clearTimeout(longTimer);
    if (rateBefore) video.playbackRate = rateBefore;
    const wasLong = rateBefore > 0;
    rateBefore = 0;
    return wasLong;
  };
  video.addEventListener("pointerup", (event) => {
    const wasLong = release();
    if (event.pointerType !== "mouse" && !wasLong) tap(event);
  });
  video.addEventListener("pointercancel", release);
  video.addEventListener("click", (event) => {
    if (event.pointerType === "mouse") player.toggle();
  });
  video.addEventListener("dblclick", (event) => {
    if (matchMedia("(hover: hover)").matches) controls.toggleFullscreen();
  });
  video.addEventListener("contextmenu", (event) => rateBefore && event.preventDefault());
}

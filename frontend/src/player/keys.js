// Shortcuts for the whole page; never in a field, never with a modifier, and they can be switched off.
import { recall, remember } from "./memory.js";

const SPEEDS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3];

export function attachKeys(player, controls) {
  const { parts } = player;
  const isOn = parts["keys-on"];
  isOn.checked = recall("keys", true);
  isOn.addEventListener("change", () => remember("keys", isOn.checked));

  const actions = {
    " ": () => player.toggle(),
    k: () => player.toggle(),
    j: () => controls.jump(-10),
    l: () => controls.jump(10),
    ArrowLeft: () => controls.jump(-5),
    ArrowRight: () => controls.jump(5),
    ArrowUp: () => controls.changeVolume(0.05),
    ArrowDown: () => controls.changeVolume(-0.05),
    Home: () => player.seek(0),
    End: () => player.seek(player.available),
    ",": () => controls.stepFrame(-1),
    ".": () => controls.stepFrame(1),
    "<": () => controls.setSpeed(SPEEDS.findLast((s) => s < player.video.playbackRate) ?? SPEEDS[0]),
    ">": () => controls.setSpeed(SPEEDS.find((s) => s > player.video.playbackRate) ?? SPEEDS.at(-1)),
    m: () => controls.toggleMute(),
    c: () => {
      const shown = controls.toggleCaptions();
      if (shown) controls.flash(shown);
    },
    f: () => controls.toggleFullscreen(),
    t: () => parts.theater?.click(),
    i: () => parts.pip.hidden || parts.pip.click(),
    "?": () => parts.help.togglePopover(),
  };
  for (let digit = 0; digit <= 9; digit++) {
    actions[digit] = () => player.seek((player.duration * digit) / 10);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = actions[key];
    if (!action || isBusy(event.target, key, parts)) return;
    if (!isOn.checked && key !== "?" && event.target !== parts.seek) return;
    event.preventDefault();
    controls.stir();
    action();
  });
}

/** Whether the key belongs to what has focus: a field, a button's space, a slider's arrows. */
function isBusy(target, key, parts) {
  if (!(target instanceof Element)) return false;
  if (target === parts.seek) return false;
  if (target === parts.level) return key.startsWith("Arrow") || key === "Home" || key === "End";
  if (target.closest("input[type=radio], input[type=checkbox]")) return key === " " || key.startsWith("Arrow");
  if (target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false])")) return true;
  if (key === " ") return Boolean(target.closest("button, a, summary"));
  // Outside the player the page keeps its own scrolling keys.
  const scrolls = ["ArrowUp", "ArrowDown", "Home", "End"].includes(key);
  return scrolls && target !== document.body && !target.closest("lucarne-player");
}

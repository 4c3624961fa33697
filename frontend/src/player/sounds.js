// Sound: other languages, audio description, 5.1. What the manifest calls them is what is shown.
import { recall, remember } from "./memory.js";

export function attachSounds(player) {
  const { engine, parts } = player;
  engine.wantedSound = recall("sound", null);
  let shown = "";

  function line({ id, label, language }) {
    const made = parts["sound-line"].content.firstElementChild.cloneNode(true);
    made.querySelector("input").value = id;
    const text = made.querySelector("span");
    text.textContent = label;
    if (language) text.lang = language;
    return made;
  }

  function show() {
    const { sounds, currentSound } = engine;
    parts["sound-menu"].hidden = sounds.length < 2;
    const wanted = JSON.stringify(sounds);
    if (wanted !== shown) parts.sounds.replaceChildren(...sounds.map(line));
    shown = wanted;
    for (const input of parts.sounds.querySelectorAll("input")) input.checked = input.value === String(currentSound);
  }

  parts.sounds.addEventListener("change", (event) => {
    const chosen = engine.sounds.find(({ id }) => String(id) === event.target.value);
    if (!chosen) return;
    remember("sound", { label: chosen.label, language: chosen.language });
    engine.setSound(chosen);
  });
  player.addEventListener("sounds", show);
  show();
}

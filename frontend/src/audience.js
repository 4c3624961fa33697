// The choice not to be counted, kept in the reader's own browser (player/plays.js looks at it).
import { recall, remember } from "./player/memory.js";

export function offerChoice(box) {
  const input = box.querySelector("input");
  const { doNotTrack, globalPrivacyControl } = navigator;
  input.checked = recall("counted", true);
  if (globalPrivacyControl || doNotTrack === "1") {
    input.checked = false;
    input.disabled = true;
    box.querySelector("[data-asked-already]").hidden = false;
  }
  input.addEventListener("change", () => {
    remember("counted", input.checked);
    box.querySelector("[data-kept]").textContent = input.checked ? box.dataset.counted : box.dataset.uncounted;
  });
}

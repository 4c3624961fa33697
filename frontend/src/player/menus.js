// Quality and speed (sound: sounds.js): radio buttons in a popover that stands above its button, or at the bottom on a phone.
export function attachMenus(player, controls) {
  const { parts, video, engine } = player;
  const { words } = player.messages;

  const settings = parts["settings-button"];
  const menus = [[parts.settings, settings], [parts.help, settings], [parts["captions-menu"], parts.captions]];
  for (const [menu, button] of menus) {
    menu.addEventListener("beforetoggle", (event) => {
      if (event.newState === "open") place(menu, button);
    });
  }

  parts.speeds.addEventListener("change", (event) => controls.setSpeed(Number(event.target.value)));
  const showSpeed = () => {
    const chosen = parts.speeds.querySelector(`[value="${video.playbackRate}"]`);
    for (const input of parts.speeds.querySelectorAll("input")) input.checked = input === chosen;
  };
  video.addEventListener("ratechange", showSpeed);
  showSpeed();

  function choice(value, label) {
    const line = parts["quality-line"].content.firstElementChild.cloneNode(true);
    const input = line.querySelector("input");
    input.value = value;
    input.checked = engine.fixedHeight === value;
    line.querySelector("span").textContent = label;
    return line;
  }

  let shown = "";
  player.addEventListener("qualities", () => {
    const { qualities, currentHeight } = engine;
    parts["quality-menu"].hidden = qualities.length === 0;
    const auto = currentHeight && !engine.fixedHeight ? words.autoNow.replace("{now}", `${currentHeight}p`) : words.auto;
    parts.settings.dataset.now = currentHeight;
    const wanted = JSON.stringify([qualities, engine.fixedHeight]);
    if (wanted === shown) {
      parts.qualities.querySelector("span").textContent = auto;
      return;
    }
    shown = wanted;
    const focused = document.activeElement?.closest?.("[data-part=qualities]") && document.activeElement.value;
    parts.qualities.replaceChildren(choice(0, auto), ...qualities.map((one) => choice(one.height, one.label)));
    if (focused) parts.qualities.querySelector(`[value="${focused}"]`)?.focus();
  });
  parts.qualities.addEventListener("change", (event) => engine.setQuality(Number(event.target.value)));
}

/** Above the button, its end at the button's end; the style sheet takes over on a narrow screen. */
function place(menu, button) {
  const box = button.getBoundingClientRect();
  menu.style.setProperty("--from-end", `${Math.max(8, document.documentElement.clientWidth - box.right)}px`);
  menu.style.setProperty("--from-bottom", `${Math.max(8, innerHeight - box.top + 8)}px`);
  menu.style.setProperty("--room", `${Math.max(200, box.top - 24)}px`);
}

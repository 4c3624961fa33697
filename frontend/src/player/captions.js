// Captions: what the page lists as <track> is shown in a layer of our own, so that it stands above the controls and
// looks as its reader wants. The browser loads and times them, whatever plays the film; hls.js knows nothing of them.
import { recall, remember } from "./memory.js";

const LOOKS = { size: "100", color: "white", ground: "dark" };

export function attachCaptions(player, controls) {
  const captions = new Captions(player);
  controls.toggleCaptions = () => captions.toggle();
}

class Captions {
  #shown; // the TextTrack that is looked at

  constructor(player) {
    this.player = player;
    this.video = player.video;
    this.parts = player.parts;
    this.tracks = [...this.video.querySelectorAll("track")];
    if (!this.tracks.length) return;
    this.#list();
    this.#looks();
    this.#takeOver();
    this.choose(recall("captions.on", false) ? this.#preferred() : -1);
  }

  /** One line for each; the button appears with them. */
  #list() {
    const { texts, captions } = this.parts;
    this.tracks.forEach((track, number) => {
      const line = this.parts["text-line"].content.firstElementChild.cloneNode(true);
      line.querySelector("input").value = number;
      const label = line.querySelector("span");
      label.textContent = track.label;
      if (track.srclang !== "und") label.lang = track.srclang;
      texts.append(line);
    });
    texts.addEventListener("change", (event) => {
      const number = event.target.value === "" ? -1 : Number(event.target.value);
      this.choose(number);
      this.#remember(number);
    });
    captions.hidden = false;
  }

  /** Size, color and background: the reader's own, on every film. */
  #looks() {
    const looks = { ...LOOKS, ...recall("captions.looks", {}) };
    const show = () => {
      for (const [name, value] of Object.entries(looks)) this.parts.cues.dataset[name] = value;
    };
    for (const group of this.parts["captions-menu"].querySelectorAll("[data-look]")) {
      const { look } = group.dataset;
      const inputs = [...group.querySelectorAll("input")];
      if (!inputs.some((input) => input.value === looks[look])) looks[look] = LOOKS[look];
      for (const input of inputs) input.checked = input.value === looks[look];
      group.addEventListener("change", (event) => {
        looks[look] = event.target.value;
        show();
        remember("captions.looks", looks);
      });
    }
    show();
  }

  /** The browser must draw none itself, but where it alone fills the screen. */
  #takeOver() {
    const { video } = this;
    const calm = () => {
      for (const track of video.textTracks) {
        if (track !== this.#shown && track.mode !== "disabled") track.mode = "disabled";
      }
    };
    video.textTracks.addEventListener("change", calm);
    video.textTracks.addEventListener("addtrack", calm);
    const native = (isNative) => {
      if (this.#shown) this.#shown.mode = isNative ? "showing" : "hidden";
    };
    video.addEventListener("webkitbeginfullscreen", () => native(true));
    video.addEventListener("webkitendfullscreen", () => native(false));
  }

  /** What was chosen last, else the page's language, else the first. */
  #preferred() {
    const { language, kind } = recall("captions.choice", {});
    const page = document.documentElement.lang;
    const wishes = [
      (track) => track.srclang === language && track.kind === kind,
      (track) => track.srclang === language,
      (track) => track.srclang.split("-")[0] === page,
    ];
    const places = wishes.map((wish) => this.tracks.findIndex(wish));
    return places.find((place) => place >= 0) ?? 0;
  }

  #remember(number) {
    remember("captions.on", number >= 0);
    const track = this.tracks[number];
    if (track) remember("captions.choice", { language: track.srclang, kind: track.kind });
  }

  get number() {
    return this.tracks.findIndex(({ track }) => track === this.#shown);
  }

  toggle() {
    if (!this.tracks.length) return "";
    const number = this.number >= 0 ? -1 : this.#preferred();
    this.choose(number);
    this.#remember(number);
    return this.parts.texts.querySelector(":checked + span").textContent;
  }

  choose(number) {
    const { cues, captions, texts } = this.parts;
    if (this.#shown) {
      this.#shown.removeEventListener("cuechange", this.#draw);
      this.#shown.mode = "disabled";
    }
    const element = this.tracks[number];
    this.#shown = element?.track;
    for (const input of texts.querySelectorAll("input")) input.checked = input.value === (element ? String(number) : "");
    captions.toggleAttribute("data-on", Boolean(element));
    cues.hidden = !element;
    if (!element) return this.#draw();
    cues.lang = element.srclang === "und" ? "" : element.srclang;
    this.#shown.mode = "hidden";
    this.#shown.addEventListener("cuechange", this.#draw);
    // A film that stands still tells of no change.
    element.addEventListener("load", this.#draw, { once: true });
    this.#draw();
  }

  #draw = () => {
    const { cues } = this.parts;
    const active = this.#shown?.activeCues ? [...this.#shown.activeCues] : [];
    cues.replaceChildren(...["top", "bottom"].map((place) => drawn(active, place)));
  };
}

function drawn(active, place) {
  const box = document.createElement("div");
  box.className = `player-captions-${place}`;
  for (const cue of active) {
    if ((place === "top") !== isAtTop(cue)) continue;
    const line = document.createElement("p");
    line.dir = "auto";
    line.dataset.align = cue.align;
    const words = document.createElement("span");
    words.append(cue.getCueAsHTML());
    line.append(words);
    box.append(line);
  }
  return box;
}

/** WebVTT counts lines from the top from 0 on, from the bottom from -1 on; or says a share. */
function isAtTop({ line, snapToLines }) {
  return typeof line === "number" && (snapToLines ? line >= 0 && line < 6 : line < 50);
}

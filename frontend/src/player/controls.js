// Wires the controls that the server rendered. Called once the element is on the page.
import { attachCaptions } from "./captions.js";
import { attachGestures } from "./gestures.js";
import { attachKeys } from "./keys.js";
import { recall, remember } from "./memory.js";
import { attachMenus } from "./menus.js";
import { attachSession } from "./session.js";
import { attachSounds } from "./sounds.js";
import { attachTimeline } from "./timeline.js";

const IDLE_MS = 2600;

export function attachControls(player) {
  const controls = new Controls(player);
  attachTimeline(player);
  attachMenus(player, controls);
  attachSounds(player);
  attachCaptions(player, controls);
  attachKeys(player, controls);
  attachGestures(player, controls);
  attachSession(player, controls);
}

class Controls {
  #idleTimer;
  #flashTimer;

  constructor(player) {
    this.player = player;
    this.video = player.video;
    this.parts = player.parts;
    this.words = player.messages.words;
    this.#wirePlay();
    this.#wireSound();
    this.#wireScreens();
    this.#wireState();
    const { video } = this;
    video.volume = recall("volume", 1);
    video.muted = recall("muted", false);
    video.defaultPlaybackRate = video.playbackRate = recall("speed", 1);
  }

  #wirePlay() {
    const { player, video, parts, words } = this;
    parts.play.addEventListener("click", () => player.toggle());
    const show = () => {
      player.toggleAttribute("data-playing", !video.paused);
      parts.play.setAttribute("aria-label", video.ended ? words.replay : video.paused ? words.play : words.pause);
      this.stir();
    };
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, show);
    show();
  }

  #wireState() {
    const { player, video, parts } = this;
    const { messages } = player;
    const wait = () => {
      const atEdge = player.isGrowing && player.available - video.currentTime < 1;
      messages.wait(atEdge ? "nextPart" : "buffering");
    };
    video.addEventListener("waiting", wait);
    video.addEventListener("seeking", wait);
    for (const name of ["playing", "seeked", "canplay"]) {
      video.addEventListener(name, () => video.readyState >= 3 && messages.ready());
    }
    addEventListener("offline", () => player.hasStarted && messages.say("offline"));
    for (const name of ["pointermove", "pointerdown", "focusin", "keydown"]) {
      player.addEventListener(name, () => this.stir());
    }
    player.addEventListener("pointerleave", () => this.#rest(600));
  }

  /** Somebody is here: show the controls, and hide them after a while of play. */
  stir() {
    delete this.player.dataset.idle;
    this.#rest(IDLE_MS);
  }

  #rest(after) {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => {
      const isOpen = this.player.querySelector(":popover-open");
      const hasFocus = this.parts.bar.querySelector(":focus-visible");
      if (!this.video.paused && !isOpen && !hasFocus) this.player.dataset.idle = "";
    }, after);
  }

  flash(text) {
    const { flash } = this.parts;
    flash.textContent = text;
    flash.dataset.shown = "";
    clearTimeout(this.#flashTimer);
    this.#flashTimer = setTimeout(() => delete flash.dataset.shown, 700);
  }

  jump(by) {
    this.player.seek(this.player.position + by);
    this.flash(`${by > 0 ? "+" : "−"}${Math.abs(by)} s`);
  }

  stepFrame(direction) {
    this.player.pause();
    this.player.seek(this.player.position + direction / this.player.engine.frameRate);
  }

  setSpeed(speed) {
    const { video } = this;
    video.defaultPlaybackRate = video.playbackRate = speed;
    remember("speed", speed);
    this.flash(`${new Intl.NumberFormat(document.documentElement.lang).format(speed)} ×`);
  }

  #wireSound() {
    const { video, parts, words } = this;
    const show = () => {
      const volume = video.muted ? 0 : video.volume;
      parts.level.value = volume;
      parts.level.style.setProperty("--value", `${volume * 100}%`);
      parts.level.setAttribute("aria-valuetext", `${Math.round(volume * 100)} %`);
      parts.mute.setAttribute("aria-label", volume ? words.mute : words.unmute);
      parts.mute.dataset.level = volume ? (volume < 0.5 ? "low" : "high") : "off";
    };
    parts.mute.addEventListener("click", () => this.toggleMute());
    parts.level.addEventListener("input", () => {
      video.volume = Number(parts.level.value);
      video.muted = video.volume === 0;
    });
    video.addEventListener("volumechange", () => {
      show();
      remember("volume", video.volume || 0.5);
      remember("muted", video.muted);
    });
    show();
  }

  toggleMute() {
    const { video } = this;
    video.muted = !video.muted;
    if (!video.muted && !video.volume) video.volume = 0.5;
    this.flash(video.muted ? this.words.muted : `${Math.round(video.volume * 100)} %`);
  }

  changeVolume(by) {
    const { video } = this;
    video.volume = Math.max(0, Math.min(1, Math.round((video.volume + by) * 100) / 100));
    video.muted = video.volume === 0;
    this.flash(`${Math.round(video.volume * 100)} %`);
  }

  #wireScreens() {
    const { player, video, parts, words } = this;
    parts.pip.hidden = !document.pictureInPictureEnabled;
    parts.pip.addEventListener("click", () => this.togglePictureInPicture());
    const canFill = document.fullscreenEnabled || video.webkitSupportsFullscreen;
    parts.fullscreen.hidden = !canFill;
    parts.fullscreen.addEventListener("click", () => this.toggleFullscreen());
    document.addEventListener("fullscreenchange", () => {
      const isFull = document.fullscreenElement === player;
      player.toggleAttribute("data-fullscreen", isFull);
      parts.fullscreen.setAttribute("aria-label", isFull ? words.leaveFullscreen : words.fullscreen);
    });
    const setTheater = (isOn) => {
      document.documentElement.toggleAttribute("data-theater", isOn);
      parts.theater.setAttribute("aria-pressed", String(isOn));
    };
    setTheater(recall("theater", false));
    parts.theater.addEventListener("click", () => {
      const isOn = parts.theater.getAttribute("aria-pressed") !== "true";
      setTheater(isOn);
      remember("theater", isOn);
    });
  }

  async togglePictureInPicture() {
    try {
      if (document.pictureInPictureElement) await document.exitPictureInPicture();
      else if (this.video.readyState) await this.video.requestPictureInPicture();
    } catch {
      this.player.messages.say("noPictureInPicture");
    }
  }

  async toggleFullscreen() {
    const { player, video } = this;
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (document.fullscreenEnabled) await player.requestFullscreen();
      else video.webkitEnterFullscreen?.();
    } catch {
      player.messages.say("noFullscreen");
    }
  }
}

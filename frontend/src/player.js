// Boot of <lucarne-player>: small, loaded with the page. It takes the native controls away, waits for an
// intent (pointer, focus, play) or an idle moment to fetch the streaming engine, and starts the film.
// Everything else (controls.js, growth.js) arrives after it.
import { Engine } from "./player/engine.js";
import { Messages } from "./player/messages.js";
import { startFrom } from "./player/times.js";

class LucarnePlayer extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.video = this.querySelector("video");
    this.parts = {};
    for (const part of this.querySelectorAll("[data-part]")) this.parts[part.dataset.part] = part;
    this.parts.words = this.querySelector('script[type="application/json"]');
    this.messages = new Messages(this.parts);
    this.duration = Number(this.dataset.durationMs) / 1000 || 0;
    this.isGrowing = this.dataset.complete !== "true";
    this.hasStarted = false;
    this.isWanted = false; // somebody wants it to play, whether it can just now or not
    this.startAt = startFrom(location.search, this.duration);
    this.engine = new Engine(this);

    this.video.controls = false;
    this.dataset.enhanced = "";
    this.#listen();
    import("./player/controls.js").then(({ attachControls }) => attachControls(this));
    if (this.dataset.played) import("./player/plays.js").then(({ reportPlays }) => reportPlays(this));
    if (this.isGrowing) import("./player/growth.js").then(({ watchGrowth }) => watchGrowth(this));
  }

  #listen() {
    const prepare = () => this.engine.prepare(this.startAt);
    this.addEventListener("pointerover", prepare, { once: true });
    this.addEventListener("focusin", prepare, { once: true });
    this.parts.start.addEventListener("click", () => this.play());
    this.video.addEventListener("playing", () => this.#started(), { once: true });
    // The engine alone is fetched in an idle moment, never the film, and not for who saves data.
    if (!navigator.connection?.saveData) {
      const whenIdle = window.requestIdleCallback ?? ((then) => setTimeout(then, 1500));
      const fetchEngine = () => whenIdle(() => this.engine.fetch(), { timeout: 5000 });
      if (document.readyState === "complete") fetchEngine();
      else addEventListener("load", fetchEngine, { once: true });
    }
  }

  #started() {
    this.hasStarted = true;
    this.dataset.started = "";
    // The poster must not come back when a better stream is put in place.
    this.video.removeAttribute("poster");
  }

  async play() {
    this.isWanted = true;
    const hadFocus = document.activeElement === this.parts.start;
    this.dataset.started = "";
    if (hadFocus) this.parts.play.focus({ preventScroll: true });
    if (this.video.ended) this.video.currentTime = 0;
    this.messages.wait();
    try {
      await this.engine.prepare(this.startAt);
      await this.video.play();
    } catch (error) {
      // The browser wants another click: the button is there for it. The engine reports all else itself.
      if (error?.name === "NotAllowedError") this.messages.ready();
    }
  }

  pause() {
    this.isWanted = false;
    this.video.pause();
  }

  toggle() {
    return this.video.paused ? this.play() : this.pause();
  }

  /** Seconds that can be watched now; the film is longer while it is being prepared. */
  get available() {
    const { seekable, duration } = this.video;
    if (seekable.length) return Math.min(seekable.end(seekable.length - 1), this.duration || Infinity);
    return Number.isFinite(duration) ? duration : 0;
  }

  get position() {
    if (this.engine.lostAt !== undefined) return this.engine.lostAt;
    return this.hasStarted || this.video.currentTime > 0 ? this.video.currentTime : this.startAt;
  }

  seek(to) {
    const wanted = Math.max(0, Math.min(to, this.duration));
    if (!this.video.readyState || this.engine.lostAt !== undefined) {
      this.startAt = wanted;
      this.engine.moveStart(wanted);
      this.dispatchEvent(new Event("moved"));
      return;
    }
    const end = this.available;
    if (this.isGrowing && wanted > end) this.messages.say("stillToCome");
    this.video.currentTime = Math.min(wanted, Math.max(0, end - (this.isGrowing ? 0.5 : 0.05)));
    this.dispatchEvent(new Event("moved"));
  }
}

customElements.define("lucarne-player", LucarnePlayer);

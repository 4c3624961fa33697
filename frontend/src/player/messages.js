// What the player says in words: what it waits for, what went wrong, what just changed.
const PATIENCE_MS = 300; // a wait shorter than this is not shown
const STALL_MS = 4000; // a longer one is put into words
const SAY_MS = 4000;

export class Messages {
  #waitTimer;
  #stallTimer;
  #sayTimer;
  #reason;

  constructor(parts) {
    this.parts = parts;
    this.words = JSON.parse(parts.words.textContent);
  }

  /** A wait begins: a sign after a moment, a sentence when it lasts. */
  wait(reason = "buffering") {
    if (this.#waitTimer) return;
    this.#reason = reason;
    this.#waitTimer = setTimeout(() => (this.parts.spinner.hidden = false), PATIENCE_MS);
    this.#stallTimer = setTimeout(() => this.#explain(), STALL_MS);
  }

  /** The cause of a wait became known. */
  because(reason) {
    if (!this.#waitTimer || this.#reason === reason) return;
    this.#reason = reason;
    if ("shown" in this.parts.message.dataset) this.#explain();
  }

  #explain() {
    this.#show(navigator.onLine ? this.#reason : "offline");
  }

  ready() {
    clearTimeout(this.#waitTimer);
    clearTimeout(this.#stallTimer);
    this.#waitTimer = this.#stallTimer = undefined;
    this.parts.spinner.hidden = true;
    if (!this.#sayTimer) this.hide();
  }

  /** A sentence that stays until the wait is over; `retry` offers a button. */
  fail(reason, retry) {
    clearTimeout(this.#waitTimer);
    clearTimeout(this.#stallTimer);
    this.#waitTimer = this.#stallTimer = undefined;
    this.parts.spinner.hidden = true;
    this.#show(reason);
    this.parts.retry.hidden = !retry;
    this.parts.retry.onclick = retry ? () => (this.hide(), retry()) : null;
  }

  /** A sentence that goes by itself. */
  say(reason) {
    this.#show(reason);
    this.#sayTimer = setTimeout(() => this.hide(), SAY_MS);
  }

  #show(reason) {
    clearTimeout(this.#sayTimer);
    this.#sayTimer = undefined;
    this.parts.retry.hidden = true;
    this.parts.sentence.textContent = this.words[reason] ?? reason;
    this.parts.message.dataset.shown = "";
  }

  hide() {
    clearTimeout(this.#sayTimer);
    this.#sayTimer = undefined;
    delete this.parts.message.dataset.shown;
    this.parts.sentence.textContent = "";
    this.parts.retry.hidden = true;
  }
}

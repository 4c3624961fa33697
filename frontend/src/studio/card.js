// One film on its way: its progress, its details, and the way to its page.
import { sendIndex, whenPrepared } from "./ahead.js";
import { keepDraft } from "./draft.js";
import { dropEarlier } from "./earlier.js";
import { clockTime, fill, percent, shownName, size, speed, wait } from "./figures.js";
import { announce, ask, giveUp, hearTabs, isLasting, sendFilm, tellTabs } from "./sending.js";

const AGAIN_MS = 15000;
const LOOK_MS = 1000;
const MOST_LOOKS = 60;

// `page` is what all films of the page share: says, queue, tell(sentence), changed(),
// published(card, told), canceled(card), nothingChosen().
export function makeCard(form, page) {
  const { says, queue } = page;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const bar = form.querySelector("progress");
  const draft = keepDraft(form, showSaved);
  let film = null;
  let place = null; // where it is on the portal: {id, address}
  let sending = null;
  let timer = 0;
  let isWhole = false;
  let isPrepared = false; // while it is sent
  let stopLooking = () => {};
  let isPaused = false;
  let isPublishing = false; // asked for, perhaps before all of the film is there
  const figures = { sent: 0, total: 0 };

  const card = { form, figures, take, adopt, go, publish: submit, isEmpty, isBusy, isOpen: true };

  function isEmpty() {
    return card.isOpen && !film && !form.elements.upload.value;
  }

  // Whether something would be lost, or stop, if the page were left now.
  function isBusy() {
    return card.isOpen && ((film !== null && !isWhole) || draft.isDirty());
  }

  // -- what is seen of it

  function showSaved(at, reason) {
    if (at) part("saved-at").textContent = fill(says.saved, { time: clockTime(at) });
    else if (reason === null) part("saved-at").textContent = "";
    else part("saved-at").textContent = fill(says.notSaved, { reason: reason || says.noAnswer });
  }

  function show(fraction, detail) {
    bar.value = fraction;
    part("percent").textContent = percent(fraction);
    part("detail").textContent = detail;
    page.changed();
  }

  function showProgress(sent, rate) {
    figures.sent = sent;
    const fraction = sent / figures.total;
    const facts = [fill(says.sent, { sent: size(sent), total: size(figures.total) })];
    if (rate > 0 && fraction < 1) {
      facts.push(speed(rate), fill(says.left, { time: wait((figures.total - sent) / rate) }));
    }
    if (isPrepared && fraction < 1) facts.push(says.prepared);
    show(fraction, facts.join(" · "));
    // A screen reader hears every tenth, not every event.
    page.tell(`${shownName(film?.name ?? "")} ${percent(Math.floor(fraction * 10) / 10)}`);
  }

  function showPaused(is) {
    isPaused = is;
    part("pause").hidden = is;
    part("resume").hidden = !is;
  }

  function say(sentence) {
    part("detail").textContent = sentence;
    page.tell(sentence);
  }

  function refuse(sentence, fields = {}) {
    isPublishing = false;
    part("panel").hidden = false;
    part("known").hidden = true;
    part("sentence").textContent = sentence;
    part("problem").hidden = false;
    part("problem").focus();
    for (const [name, sentences] of Object.entries(fields)) mark(name, sentences.join(" "));
  }

  function mark(name, sentence) {
    const field = form.elements[name];
    const control = field instanceof RadioNodeList ? field[0] : field;
    const box = control?.closest(".field");
    if (!box) return;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `${control.id}_upload_error`;
    note.textContent = sentence;
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
    box.append(note);
    const folded = box.closest("details");
    if (folded) folded.open = true;
  }

  function unmark() {
    part("problem").hidden = true;
    for (const note of form.querySelectorAll("[id$=_upload_error]")) {
      const control = form.querySelector(`[aria-describedby~="${note.id}"]`);
      control?.removeAttribute("aria-invalid");
      control?.setAttribute("aria-describedby", control.getAttribute("aria-describedby").replace(note.id, "").trim());
      note.remove();
    }
  }

  // -- sending

  // A film that was chosen.
  function take(file) {
    film = file;
    figures.total = file.size;
    begin(shownName(file.name));
    // Its place in the line is the one it was chosen at, whoever is announced first.
    queue.join(card);
    settle();
  }

  // A film that is all there.
  function adopt(upload) {
    place = upload;
    figures.total = upload.size;
    begin(upload.name);
    form.elements.upload.value = upload.id;
    draft.at(`${says.announce}/${upload.id}/draft`, upload.draft, upload.saved);
    whole();
    page.changed();
  }

  function begin(name) {
    part("name").textContent = name;
    form.setAttribute("aria-label", name);
    part("sign-in").hidden = true;
    part("buttons").hidden = false;
    part("panel").hidden = false;
    unmark();
    showPaused(false);
    show(0, "");
  }

  async function settle() {
    clearTimeout(timer);
    try {
      place = await announce(film, form, says.announce);
    } catch ({ status, sentence }) {
      if (status === 401) return signedOut();
      if (isLasting(status)) return refused(sentence);
      say(says.waiting);
      timer = setTimeout(settle, AGAIN_MS);
      return;
    }
    if (!card.isOpen) return giveUp(place.address);
    dropEarlier(place.id);
    draft.at(`${says.announce}/${place.id}/draft`, place.draft, place.saved);
    showProgress(place.received, 0);
    if (place.complete) return whole();
    if (isPaused) return;
    if (queue.isRunning(card)) go();
    else say(says.turn);
  }

  function go() {
    if (!place) return; // it goes when the portal has given it one
    if (sending) return sending.resume();
    sendIndex(film, place.address);
    stopLooking = whenPrepared(`${says.announce}/${place.id}`, {
      isSending: () => !isPaused,
      tell: () => (isPrepared = true),
    });
    sending = sendFilm(film, place, {
      progress: showProgress,
      whole,
      waiting: () => say(says.waiting),
      elsewhere: () => say(says.elsewhere),
      signedOut,
      refused,
    });
  }

  function signedOut() {
    queue.leave(card);
    showPaused(true);
    part("sign-in").hidden = false;
    say(says.signedOut);
  }

  function refused(sentence) {
    stop();
    part("buttons").hidden = true;
    film = null;
    place = null;
    refuse(sentence || fill(says.failed, { status: "" }));
    page.changed();
  }

  function stop() {
    clearTimeout(timer);
    stopLooking();
    sending?.end();
    sending = null;
    queue.leave(card);
  }

  function whole() {
    isWhole = true;
    form.elements.upload.value = place.id;
    figures.sent = figures.total;
    part("buttons").hidden = true;
    show(1, says.arrived);
    page.tell(says.arrived);
    stop();
    if (isPublishing) publish();
  }

  hearTabs(({ id, sent, told }) => {
    if (!card.isOpen || id !== place?.id) return;
    if (told) finish(told);
    else if (!isWhole) {
      figures.sent = sent;
      show(sent / figures.total, says.elsewhere);
    }
  });

  // -- publishing

  function submit() {
    if (isPublishing || !card.isOpen) return;
    unmark();
    isPublishing = true;
    if (isWhole) publish();
    else say(says.soon);
    part("panel").focus();
  }

  async function publish(looks = 0) {
    bar.removeAttribute("value");
    say(looks ? says.comparing : says.looking);
    await draft.hold();
    const fields = new FormData(form);
    fields.delete("film");
    let told;
    try {
      told = await ask(form.action, { method: "POST", headers: { Accept: "application/json" }, body: fields });
    } catch (answer) {
      draft.release();
      show(1, says.arrived);
      const { status, sentence } = answer;
      refuse(sentence || (status ? fill(says.failed, { status }) : says.lost), answer.fields);
      if (answer.known?.address) offer(answer.known);
      return;
    }
    if (told.wait) {
      // Nobody is kept waiting for ever: then it is there twice.
      if (looks >= MOST_LOOKS) form.elements.anyway.value = "1";
      timer = setTimeout(() => publish(looks + 1), LOOK_MS);
      return;
    }
    tellTabs({ id: place.id, told });
    finish(told);
  }

  function offer({ title, address }) {
    const link = part("known-link");
    link.href = address;
    link.textContent = title;
    part("known").hidden = false;
  }

  function finish(told) {
    stop();
    draft.end();
    card.isOpen = false;
    page.published(card, told);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isEmpty()) page.nothingChosen();
    else submit();
  });
  part("anyway").addEventListener("click", () => {
    form.elements.anyway.value = "1";
    submit();
  });
  part("pause").addEventListener("click", async () => {
    showPaused(true);
    part("resume").focus();
    clearTimeout(timer);
    queue.leave(card);
    await sending?.pause();
    say(says.paused);
  });
  part("resume").addEventListener("click", () => {
    showPaused(false);
    part("sign-in").hidden = true;
    part("pause").focus();
    say(says.turn);
    queue.join(card);
    if (!place) settle();
  });
  part("cancel").addEventListener("click", async () => {
    const given = place;
    stop();
    draft.end();
    card.isOpen = false;
    page.canceled(card);
    if (given) await giveUp(given.address);
  });
  return card;
}

// Sends another file for a film in parts, then says whose place it takes.
import { fill, percent, size, wait } from "./figures.js";
import { announce, ask, sendFilm } from "./sending.js";

const AGAIN_MS = 5000;

export function replaceFilm(form) {
  const says = form.dataset;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const input = form.elements.film;
  const button = form.querySelector("button");
  const status = document.getElementById("replace-status");
  const pageTitle = document.title;
  let sending = null;
  let isBusy = false;

  function tell(sentence) {
    part("detail").textContent = sentence;
    status.textContent = sentence;
  }

  function show(sent, total, rate) {
    const facts = [fill(says.sent, { sent: size(sent), total: size(total) })];
    if (rate > 0 && sent < total) facts.push(fill(says.left, { time: wait((total - sent) / rate) }));
    part("detail").textContent = facts.join(" · ");
    part("percent").textContent = percent(sent / total);
    form.querySelector("progress").value = sent / total;
    document.title = sent < total ? `${percent(sent / total)} – ${pageTitle}` : pageTitle;
  }

  function stop(sentence) {
    sending?.end();
    sending = null;
    isBusy = false;
    document.title = pageTitle;
    part("panel").hidden = true;
    part("problem").hidden = false;
    part("sentence").textContent = sentence;
    part("problem").focus();
    button.removeAttribute("aria-disabled");
  }

  async function take(upload) {
    tell(says.looking);
    const fields = new FormData(form);
    fields.delete("film");
    fields.set("upload", upload.id);
    try {
      const { location: page } = await ask(form.action, { method: "POST", body: fields });
      isBusy = false;
      location.assign(page);
    } catch ({ status: code, sentence }) {
      if (code) return stop(sentence || fill(says.failed, { status: code }));
      tell(says.lost);
      setTimeout(() => take(upload), AGAIN_MS);
    }
  }

  form.addEventListener("submit", async (event) => {
    const film = input.files[0];
    if (isBusy) return event.preventDefault();
    if (!film || !film.size) return; // the portal says why not
    event.preventDefault();
    isBusy = true;
    button.setAttribute("aria-disabled", "true");
    part("problem").hidden = true;
    part("panel").hidden = false;
    show(0, film.size, 0);
    let upload;
    try {
      upload = await announce(film, form, says.announce);
    } catch ({ status: code, sentence }) {
      return stop(sentence || (code ? fill(says.failed, { status: code }) : says.waiting));
    }
    if (upload.complete) return take(upload);
    sending = sendFilm(film, upload, {
      progress: (sent, rate) => show(sent, film.size, rate),
      whole: () => take(upload),
      waiting: () => tell(says.waiting),
      elsewhere: () => tell(says.elsewhere),
      signedOut: () => stop(says.signedOut),
      refused: (sentence) => stop(sentence || fill(says.failed, { status: "" })),
    });
  });

  addEventListener("beforeunload", (event) => {
    if (isBusy) event.preventDefault();
  });
}

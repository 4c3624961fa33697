// Sends the film with progress, speed and time left. Without this the form sends itself.
import { fill, percent, shownName, size, speed, wait } from "./figures.js";

export function takeUpload(form) {
  const says = form.dataset;
  const input = form.elements.film;
  const panel = document.getElementById("upload-panel");
  const problem = document.getElementById("upload-error");
  const status = document.getElementById("upload-status");
  const bar = panel.querySelector("progress");
  const part = (name) => panel.querySelector(`[data-${name}]`);
  const pageTitle = document.title;
  let request = null;

  const stay = (event) => event.preventDefault();

  function refuse(sentence, fields = {}) {
    problem.querySelector("[data-sentence]").textContent = sentence;
    problem.hidden = false;
    problem.focus();
    for (const [name, sentences] of Object.entries(fields)) mark(name, sentences.join(" "));
  }

  function mark(name, sentence) {
    const field = form.elements[name];
    const control = field instanceof RadioNodeList ? field[0] : field;
    if (!control) return;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `${control.id}_upload_error`;
    note.textContent = sentence;
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
    control.closest(".field").append(note);
  }

  function forget() {
    problem.hidden = true;
    for (const note of form.querySelectorAll("[id$=_upload_error]")) {
      const control = form.querySelector(`[aria-describedby~="${note.id}"]`);
      control?.removeAttribute("aria-invalid");
      control?.setAttribute("aria-describedby", control.getAttribute("aria-describedby").replace(note.id, "").trim());
      note.remove();
    }
  }

  // What the portal would refuse anyway is refused before a byte is sent.
  function objection(film) {
    if (!film) return says.none;
    const name = shownName(film.name);
    if (film.size === 0) return fill(says.empty, { name });
    if (film.size > Number(says.maxBytes)) {
      return fill(says.tooLarge, { name, size: size(film.size), limit: size(Number(says.maxBytes)) });
    }
    if (film.size > Number(says.freeBytes)) return fill(says.noSpace, { name });
    return "";
  }

  function showProgress(started) {
    let told = -1;
    return (event) => {
      const fraction = event.total ? event.loaded / event.total : 0;
      const seconds = (performance.now() - started) / 1000;
      const rate = seconds > 0 ? event.loaded / seconds : 0;
      bar.value = fraction;
      part("percent").textContent = percent(fraction);
      const facts = [fill(says.sent, { sent: size(event.loaded), total: size(event.total) })];
      if (seconds > 1 && rate > 0 && fraction < 1) {
        facts.push(speed(rate), fill(says.left, { time: wait((event.total - event.loaded) / rate) }));
      }
      part("detail").textContent = facts.join(" · ");
      document.title = `${percent(fraction)} – ${pageTitle}`;
      // A screen reader hears every tenth, not every event.
      const tenth = Math.floor(fraction * 10);
      if (tenth !== told) {
        told = tenth;
        status.textContent = percent(fraction);
      }
      if (fraction >= 1) look();
    };
  }

  function look() {
    bar.removeAttribute("value");
    part("detail").textContent = "";
    part("percent").textContent = status.textContent = says.looking;
    part("cancel").hidden = true;
    document.title = pageTitle;
  }

  function end() {
    removeEventListener("beforeunload", stay);
    request = null;
    document.title = pageTitle;
    panel.hidden = true;
    form.hidden = false;
  }

  function answered() {
    const { status: code, response } = request;
    if (code === 201 && response?.location) {
      removeEventListener("beforeunload", stay);
      location.assign(response.location);
      return;
    }
    end();
    refuse(response?.error ?? fill(says.failed, { status: code }), response?.fields);
  }

  function send(film) {
    request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action") || location.href);
    request.responseType = "json";
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Film-Name", encodeURIComponent(film.name.toWellFormed?.() ?? shownName(film.name)));
    request.upload.addEventListener("progress", showProgress(performance.now()));
    request.upload.addEventListener("load", look);
    request.addEventListener("load", answered);
    request.addEventListener("error", () => {
      end();
      refuse(says.lost);
    });
    request.addEventListener("abort", () => {
      end();
      refuse(says.canceled);
    });
    addEventListener("beforeunload", stay);
    part("name").textContent = shownName(film.name);
    part("percent").textContent = percent(0);
    part("detail").textContent = "";
    part("cancel").hidden = false;
    bar.value = 0;
    form.hidden = true;
    panel.hidden = false;
    panel.focus();
    // Read the fields before anything is disabled; the film is one of them.
    request.send(new FormData(form));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (request) return;
    forget();
    const film = input.files[0];
    const sentence = objection(film);
    if (sentence) {
      refuse(sentence);
      mark("film", sentence);
    } else {
      send(film);
    }
  });
  part("cancel").addEventListener("click", () => request?.abort());
  input.addEventListener("change", forget);
  takeDrops(form, input);
}

function takeDrops(form, input) {
  const zone = form.querySelector("[data-drop]");
  const chosen = zone.querySelector("[data-chosen]");

  const show = () => {
    const film = input.files[0];
    chosen.hidden = !film;
    if (film) chosen.textContent = `${shownName(film.name)} – ${size(film.size)}`;
  };
  const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  input.addEventListener("change", show);
  show();
  // Anywhere on the page: who misses the zone must not lose the page to the film.
  addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("is-over");
  });
  addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    if (form.hidden) return;
    const films = new DataTransfer();
    for (const film of [...event.dataTransfer.files].slice(0, 1)) films.items.add(film);
    input.files = films.files;
    input.dispatchEvent(new Event("change"));
  });
}

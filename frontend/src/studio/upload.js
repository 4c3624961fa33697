// A film is sent as soon as it is chosen, while its details are written. Without this
// the form sends itself.
import { fill, percent, shownName, size, speed, wait } from "./figures.js";
import { forget, noteOf, sendFilm } from "./sending.js";

export function takeUpload(form) {
  const says = form.dataset;
  const input = form.elements.film;
  const panel = document.getElementById("upload-panel");
  const problem = document.getElementById("upload-error");
  const status = document.getElementById("upload-status");
  const bar = panel.querySelector("progress");
  const part = (name) => panel.querySelector(`[data-${name}]`);
  const pageTitle = document.title;
  let film = null;
  let sending = null;
  let isPaused = false;
  let isPublishing = false; // asked for, perhaps before all of the film is there

  const stay = (event) => event.preventDefault();

  function refuse(sentence, fields = {}) {
    isPublishing = false;
    problem.querySelector("[data-sentence]").textContent = sentence;
    problem.hidden = false;
    problem.focus();
    for (const [name, sentences] of Object.entries(fields)) mark(name, sentences.join(" "));
  }

  function mark(name, sentence) {
    const field = form.elements[name];
    const control = field instanceof RadioNodeList ? field[0] : field;
    if (!control?.closest(".field")) return;
    const note = document.createElement("p");
    note.className = "field-error";
    note.id = `${control.id}_upload_error`;
    note.textContent = sentence;
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") ?? ""} ${note.id}`.trim());
    control.closest(".field").append(note);
  }

  function unmark() {
    problem.hidden = true;
    for (const note of form.querySelectorAll("[id$=_upload_error]")) {
      const control = form.querySelector(`[aria-describedby~="${note.id}"]`);
      control?.removeAttribute("aria-invalid");
      control?.setAttribute("aria-describedby", control.getAttribute("aria-describedby").replace(note.id, "").trim());
      note.remove();
    }
  }

  // What the portal would refuse anyway is refused before a byte is sent.
  function objection(file) {
    if (!file) return says.none;
    const name = shownName(file.name);
    if (file.size === 0) return fill(says.empty, { name });
    if (file.size > Number(says.maxBytes)) {
      return fill(says.tooLarge, { name, size: size(file.size), limit: size(Number(says.maxBytes)) });
    }
    if (file.size > Number(says.freeBytes)) return fill(says.noSpace, { name });
    return "";
  }

  // -- what is seen of it

  let told = "";
  function announce(sentence) {
    if (sentence !== told) status.textContent = told = sentence;
  }

  function show(fraction, detail) {
    bar.value = fraction;
    part("percent").textContent = percent(fraction);
    part("detail").textContent = detail;
    document.title = `${percent(fraction)} – ${pageTitle}`;
  }

  function showProgress(sent, rate) {
    const fraction = film.size ? sent / film.size : 1;
    const facts = [fill(says.sent, { sent: size(sent), total: size(film.size) })];
    if (rate > 0 && fraction < 1) {
      facts.push(speed(rate), fill(says.left, { time: wait((film.size - sent) / rate) }));
    }
    show(fraction, facts.join(" · "));
    // A screen reader hears every tenth, not every event.
    announce(percent(Math.floor(fraction * 10) / 10));
  }

  function showPaused(is) {
    isPaused = is;
    part("pause").hidden = is;
    part("resume").hidden = !is;
  }

  function say(sentence) {
    part("detail").textContent = sentence;
    announce(sentence);
  }

  // -- sending

  function begin(file) {
    film = file;
    form.elements.upload.value = "";
    part("name").textContent = shownName(film.name);
    part("sign-in").hidden = true;
    part("buttons").hidden = false;
    showPaused(false);
    show(0, "");
    panel.hidden = false;
    addEventListener("beforeunload", stay);
    sending = sendFilm(film, says.uploads, takeKnown(film, says.uploads), {
      progress: showProgress,
      whole,
      waiting: () => say(says.waiting),
      signedOut() {
        showPaused(true);
        part("sign-in").hidden = false;
        say(says.signedOut);
      },
      refused(sentence) {
        stop();
        refuse(sentence || fill(says.failed, { status: "" }));
        mark("film", sentence);
      },
    });
  }

  function stop() {
    sending?.end();
    sending = null;
    panel.hidden = true;
    document.title = pageTitle;
    removeEventListener("beforeunload", stay);
  }

  function whole(id) {
    form.elements.upload.value = id;
    removeEventListener("beforeunload", stay);
    part("buttons").hidden = true;
    show(1, says.arrived);
    document.title = pageTitle;
    announce(says.arrived);
    sending?.end();
    if (isPublishing) publish();
  }

  async function publish() {
    bar.removeAttribute("value");
    say(says.looking);
    const fields = new FormData(form);
    fields.delete("film");
    let answer = null;
    let told = {};
    try {
      answer = await fetch(form.getAttribute("action") || location.href, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: fields,
      });
      told = await answer.json();
    } catch {
      // No answer, or one that is none of ours.
    }
    if (answer?.status === 201 && told.location) {
      if (film) await forget(film, says.uploads);
      location.assign(told.location);
      return;
    }
    show(1, says.arrived);
    document.title = pageTitle;
    refuse(told.error ?? (answer ? fill(says.failed, { status: answer.status }) : says.lost), told.fields);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isPublishing) return;
    unmark();
    if (form.elements.upload.value) {
      isPublishing = true;
      publish();
    } else if (sending) {
      isPublishing = true;
      say(says.soon);
      panel.focus();
    } else {
      const sentence = objection(input.files[0]);
      if (sentence) {
        refuse(sentence);
        mark("film", sentence);
      } else {
        isPublishing = true;
        begin(input.files[0]);
        panel.focus();
      }
    }
  });

  input.addEventListener("change", async () => {
    unmark();
    isPublishing = false;
    const before = sending;
    stop();
    form.elements.upload.value = "";
    await before?.pause();
    const [file] = input.files;
    if (!file) return;
    const sentence = objection(file);
    if (!sentence) return begin(file);
    refuse(sentence);
    mark("film", sentence);
  });

  part("pause").addEventListener("click", async () => {
    showPaused(true);
    part("resume").focus();
    await sending?.pause();
    say(says.paused);
  });
  part("resume").addEventListener("click", () => {
    showPaused(false);
    part("sign-in").hidden = true;
    part("pause").focus();
    sending?.resume();
  });
  part("cancel").addEventListener("click", async () => {
    const ended = sending;
    stop();
    isPublishing = false;
    input.value = "";
    input.dispatchEvent(new Event("input"));
    refuse(says.canceled);
    await ended?.drop();
  });

  takeDrops(form, input);
  // Chosen before this script was here.
  if (input.files.length) input.dispatchEvent(new Event("change"));
  takeEarlier(form, panel, () => {
    part("buttons").hidden = true;
    panel.hidden = false;
    show(1, says.arrived);
    document.title = pageTitle;
    form.elements.title.focus();
  });
}

// What was sent before and not published: whole ones can be published as they are.
function takeEarlier(form, panel, chosen) {
  const list = document.getElementById("earlier");
  if (!list) return;
  list.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const row = button.closest("li");
    const { upload, name } = row.dataset;
    if (button.matches("[data-use]")) {
      form.elements.upload.value = upload;
      panel.querySelector("[data-name]").textContent = name;
      chosen();
    } else {
      await fetch(`${form.dataset.uploads}${upload}`, {
        method: "DELETE",
        headers: { "Tus-Resumable": "1.0.0" },
      });
    }
    hide(row);
  });
}

// Where this very file was sent to before, perhaps from another browser.
function takeKnown(film, address) {
  const { modified } = noteOf(film);
  const same = [...document.querySelectorAll("#earlier li")].find(
    ({ dataset }) =>
      dataset.size === String(film.size) &&
      dataset.name === shownName(film.name) &&
      dataset.metadata.split(",").includes(`modified ${btoa(modified)}`),
  );
  if (!same) return "";
  hide(same);
  return `${address}${same.dataset.upload}`;
}

function hide(row) {
  const list = document.getElementById("earlier");
  row.remove();
  if (!list.querySelector("li")) list.hidden = true;
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
  input.addEventListener("input", show);
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
    const films = new DataTransfer();
    for (const film of [...event.dataTransfer.files].slice(0, 1)) films.items.add(film);
    input.files = films.files;
    input.dispatchEvent(new Event("change"));
  });
}

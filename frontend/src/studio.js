// What only the workspace needs. Every form works without it.
import { chooseFilms } from "./studio/films.js";
import { followRows, followWork } from "./studio/work.js";

// On a phone it is a line that is longer than the screen: show the part where one is.
const nav = document.querySelector(".side-nav");
const here = nav?.querySelector("[aria-current]");
if (here) nav.scrollLeft = here.offsetLeft - (nav.clientWidth - here.offsetWidth) / 2;

// The first visit speaks the language that is chosen in it.
for (const group of document.querySelectorAll("[data-follows]")) {
  const button = group.querySelector("button");
  button.hidden = true;
  group.addEventListener("change", () => button.form.requestSubmit(button));
}

// A button whose answer takes a while is pressed once.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "1";
    const button = form.querySelector("button");
    button.setAttribute("aria-disabled", "true");
    button.textContent = form.dataset.once;
  });
}
// Coming back by the history shows the page as it was left: let it be pressed again.
addEventListener("pageshow", (event) => {
  if (event.persisted && document.querySelector("form[data-sent]")) location.reload();
});

// Whoever sends a form before the script that takes it over is here would send it twice:
// it waits for the script, and goes as it is where that does not come.
async function takeOver(root, take) {
  let early = null;
  const hold = (event) => {
    event.preventDefault();
    early = event;
  };
  root.addEventListener("submit", hold, { capture: true });
  try {
    await take(root);
  } finally {
    root.removeEventListener("submit", hold, { capture: true });
    if (early) early.target.requestSubmit(early.submitter);
  }
}

const uploads = document.getElementById("uploads");
if (uploads) {
  takeOver(uploads, async (root) => (await import("./studio/upload.js")).takeUploads(root));
}

const films = document.querySelector("form[data-films]");
// Whoever may change nothing has nothing to choose.
if (films?.querySelector("[data-chosen]")) chooseFilms(films);
if (films?.dataset.follow) followRows(films);

const work = document.getElementById("work");
if (work) followWork();

const moment = document.querySelector("form[data-moment]");
if (moment) import("./studio/moment.js").then(({ chooseMoment }) => chooseMoment(moment));

const replacing = document.querySelector("form[data-replace]");
if (replacing) {
  takeOver(replacing, async (form) => (await import("./studio/replace.js")).replaceFilm(form));
}

const crop = document.querySelector("form[data-crop]");
if (crop) import("./studio/crop.js").then(({ cropPicture }) => cropPicture(crop));

const details = document.querySelector("form[data-autosave]");
if (details) {
  import("./studio/autosave.js").then(({ autosave, copies }) => {
    autosave(details);
    for (const button of document.querySelectorAll("[data-copies]")) copies(button);
  });
}

// Films are sent as soon as they are chosen or dropped, several at once, while their
// details are written. Without this the form sends one film itself.
import { makeCard } from "./card.js";
import { takeEarlier } from "./earlier.js";
import { fill, percent, shownName, size } from "./figures.js";
import { makeQueue } from "./queue.js";

// Two share the line: the second one fills the pauses of the first.
const AT_ONCE = 2;

export function takeUploads(root) {
  const problem = document.getElementById("upload-error");
  const status = document.getElementById("upload-status");
  const everything = document.getElementById("publish-all");
  const list = root.querySelector("[data-cards]");
  const says = list.dataset;
  const template = document.getElementById("film-card");
  const pageTitle = document.title;
  const cards = [];
  let made = 0;
  let told = "";

  const page = {
    says,
    queue: makeQueue(AT_ONCE),
    tell(sentence) {
      if (sentence !== told) status.textContent = told = sentence;
    },
    changed: showTitle,
    nothingChosen: () => refuse([says.none]),
    published(card, told) {
      if (cards.length === 1) return window.location.assign(told.location);
      replace(card, told);
    },
    canceled(card) {
      remove(card);
      card.form.remove();
      if (!cards.length) addCard();
      root.querySelector("input[type=file]")?.focus();
      page.tell(says.canceled);
      changedCards();
    },
  };

  // -- the films

  function addCard(form = copy()) {
    if (!form.isConnected) list.append(form);
    const card = makeCard(form, page);
    cards.push(card);
    return card;
  }

  // Ids are made unique: a page has as many forms as films.
  function copy() {
    const form = template.content.firstElementChild.cloneNode(true);
    made += 1;
    for (const name of ["id", "for", "aria-describedby", "aria-labelledby"]) {
      for (const one of form.querySelectorAll(`[${name}]`)) {
        const ids = one.getAttribute(name).split(/\s+/);
        one.setAttribute(name, ids.map((id) => `${id}_${made}`).join(" "));
      }
    }
    return form;
  }

  function emptyCard() {
    return cards.find((card) => card.isEmpty()) ?? addCard();
  }

  function remove(card) {
    cards.splice(cards.indexOf(card), 1);
  }

  // What became of a film stands in its place; `told` is what the portal answered.
  function replace(card, told) {
    const note = document.createElement("div");
    note.className = `notice notice--${told.is_failed ? "error" : "good"}`;
    const sentence = document.createElement("p");
    const link = document.createElement("a");
    link.href = told.location;
    link.textContent = told.sentence;
    const title = document.createElement("strong");
    title.append(link);
    sentence.append(title, ` ${told.reason}`);
    note.append(sentence);
    card.form.replaceWith(note);
    page.tell(sentence.textContent.trim());
    link.focus();
    changedCards();
  }

  function changedCards() {
    everything.hidden = cards.filter((card) => card.isOpen && !card.isEmpty()).length < 2;
    showTitle();
  }

  // How far all of them are, where one sees it from another tab.
  function showTitle() {
    const open = cards.filter((card) => card.isOpen && card.isBusy() && card.figures.total);
    const total = open.reduce((sum, card) => sum + card.figures.total, 0);
    const sent = open.reduce((sum, card) => sum + card.figures.sent, 0);
    document.title = total && sent < total ? `${percent(sent / total)} – ${pageTitle}` : pageTitle;
  }

  // -- choosing

  function take(files) {
    const sentences = [];
    problem.hidden = true;
    for (const file of files) {
      const sentence = objection(file);
      if (sentence) sentences.push(sentence);
      else emptyCard().take(file);
    }
    if (sentences.length) refuse(sentences);
    changedCards();
  }

  // What the portal would refuse anyway is refused before a byte is sent.
  function objection(file) {
    const name = shownName(file.name);
    if (file.size === 0) return fill(says.empty, { name });
    if (file.size > Number(says.maxBytes)) {
      return fill(says.tooLarge, { name, size: size(file.size), limit: size(Number(says.maxBytes)) });
    }
    if (file.size > Number(says.freeBytes)) return fill(says.noSpace, { name });
    return "";
  }

  function refuse(sentences) {
    const items = sentences.map((sentence) => {
      const item = document.createElement("li");
      item.textContent = sentence;
      return item;
    });
    problem.querySelector("[data-sentences]").replaceChildren(...items);
    problem.hidden = false;
    problem.focus();
  }

  const first = document.getElementById("publish");
  const card = addCard(first);
  const input = root.querySelector("input[type=file]");
  if (input) {
    input.multiple = true;
    input.addEventListener("change", () => {
      const files = [...input.files];
      // Sent from here on, and the same file may be chosen once more.
      input.value = "";
      take(files);
    });
    // Chosen before this script was here.
    if (input.files.length) input.dispatchEvent(new Event("change"));
  }
  takeDrops(root.querySelector("[data-drop]"), take);
  const adopt = (upload) => {
    const one = emptyCard();
    one.adopt(upload);
    changedCards();
    one.form.elements.title.focus();
  };
  takeEarlier(says.announce, adopt, page.tell);
  if (first.dataset.kept) {
    fetch(`${says.announce}/${first.dataset.kept}`)
      .then((answer) => (answer.ok ? answer.json() : null))
      .then((upload) => {
        first.elements.upload.value = "";
        // The form shows its details as they are.
        if (upload) card.adopt({ ...upload, saved: "" });
      });
  }

  everything.querySelector("button").addEventListener("click", () => {
    for (const one of [...cards]) if (one.isOpen && !one.isEmpty()) one.publish();
  });
  addEventListener("beforeunload", (event) => {
    if (cards.some((one) => one.isBusy())) event.preventDefault();
  });
}

function takeDrops(zone, take) {
  const carriesFile = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  // Anywhere on the page: who misses the zone must not lose the page to the film.
  addEventListener("dragover", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone?.classList.add("is-over");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone?.classList.remove("is-over");
  });
  addEventListener("drop", (event) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    zone?.classList.remove("is-over");
    take([...event.dataTransfer.files]);
  });
}

// What is written about a film is kept with its upload, a moment after it was typed.
import { ask } from "./sending.js";

const SOON_MS = 700;
const AGAIN_MS = 5000;
const FIELDS = ["title", "channel", "description", "visibility"];

// `says(savedAt, reason)` shows when it was saved, or why it was not; neither of them
// once something was typed that is not saved yet.
export function keepDraft(form, says) {
  let address = "";
  let timer = 0;
  // Counts what was typed, perhaps while this script was on its way …
  let written = ["title", "description"].some((name) => isTyped(form.elements[name])) ? 1 : 0;
  let kept = 0; // … and how much of it the portal has
  let running = Promise.resolve();
  let isHeld = false;

  function save() {
    clearTimeout(timer);
    if (address && !isHeld && kept < written) running = send();
  }

  async function send() {
    const upTo = written;
    const fields = new FormData(form);
    fields.delete("film");
    try {
      const { saved } = await ask(address, { method: "POST", body: fields });
      kept = upTo;
      says(new Date(saved), "");
      if (kept < written) later(SOON_MS);
    } catch ({ status, sentence }) {
      says(null, sentence);
      if (status === 0 || status >= 500 || status === 401) later(AGAIN_MS);
    }
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(save, ms);
  }

  function typed({ target }) {
    // To choose the file is not to write about it: what was kept before would be lost.
    if (target.type === "file") return;
    written += 1;
    if (address) says(null, null);
    later(SOON_MS);
  }
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);

  return {
    isDirty: () => address !== "" && kept < written,
    // Where it is kept from now on. `draft` is what was kept there before: taken over
    // into a form that nobody wrote in.
    at(upload, draft, saved) {
      address = upload;
      if (written > 0) later(0);
      else if (saved) {
        for (const name of FIELDS) if (draft[name]) set(form.elements[name], draft[name]);
        says(new Date(saved), "");
      }
    },
    // While it is published nothing is written: all of it is sent along.
    async hold() {
      isHeld = true;
      clearTimeout(timer);
      await running;
    },
    release() {
      isHeld = false;
      save();
    },
    end() {
      clearTimeout(timer);
      address = "";
    },
  };
}

function isTyped(field) {
  return field.value !== field.defaultValue;
}

function set(field, value) {
  if (field instanceof RadioNodeList || [...(field.options ?? [])].length === 0) field.value = value;
  else if ([...field.options].some((option) => option.value === value)) field.value = value;
}

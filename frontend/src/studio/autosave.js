// A film's details are saved while they are typed. Without this the form has its button.
import { fill } from "./figures.js";

const PAUSE_MS = 900;
const AGAIN_MS = 4000;

export function autosave(form) {
  const says = form.dataset;
  const key = `lucarne.film.${says.autosave}`;
  const state = form.querySelector("[data-state]");
  const announced = form.querySelector("[data-announce]");
  const signIn = form.querySelector("[data-sign-in]");
  const clash = document.getElementById("film-clash");
  const names = Object.keys(JSON.parse(form.elements.seen.value || "{}"));
  let timer = 0;
  let isSaving = false;
  let isAgain = false; // something was typed while it was being saved
  let isStopped = false; // somebody has to choose first
  const spelled = {}; // how the portal writes what stands in a field that has focus

  const seen = () => JSON.parse(form.elements.seen.value || "{}");
  const typed = () => Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
  const differs = (a, b) => names.some((name) => a[name] !== b[name]);
  const stay = (event) => event.preventDefault();

  function show(sentence, { isLoud = false, isBad = false } = {}) {
    state.textContent = sentence;
    state.classList.toggle("is-bad", isBad);
    if (isLoud && announced.textContent !== sentence) announced.textContent = sentence;
  }

  function later(wait = PAUSE_MS) {
    clearTimeout(timer);
    timer = setTimeout(save, wait);
  }

  function changed() {
    keep({ fields: typed(), seen: form.elements.seen.value });
    addEventListener("beforeunload", stay);
    if (isSaving) isAgain = true;
    else if (!isStopped) {
      show(says.unsaved);
      later();
    }
  }

  async function save({ isAsked = false } = {}) {
    clearTimeout(timer);
    if (isSaving || isStopped) return;
    isSaving = true;
    isAgain = false;
    show(says.saving);
    const sent = typed();
    let answer = null;
    let told = {};
    try {
      answer = await fetch(form.action, {
        method: "POST",
        headers: { Accept: "application/json" },
        body: new FormData(form),
      });
      told = await answer.json();
    } catch {
      // No answer, or one that is none of ours.
    }
    isSaving = false;
    signIn.hidden = answer?.status !== 401;
    if (answer?.status === 200 && told.seen) return saved(sent, told, isAsked);
    if (told.token) form.elements.csrfmiddlewaretoken.value = told.token;
    // A new sign-in has another token, which came with the refusal.
    if (answer?.status === 403 && told.token && !isAsked) return save({ isAsked: true });
    if (answer?.status === 409) return ask(told);
    // Deleted; or no longer to be changed by her: asking again would change nothing.
    if (answer?.status === 404 || (answer?.status === 403 && told.error && !told.token)) {
      isStopped = true;
      return show(told.error ?? says.gone, { isLoud: true, isBad: true });
    }
    const sentence = told.error ?? (answer ? fill(says.failed, { status: answer.status }) : says.lost);
    show(sentence, { isLoud: true, isBad: true });
    later(AGAIN_MS);
  }

  function saved(sent, told, isAsked) {
    const before = seen();
    const now = { ...before };
    for (const name of names) {
      const field = form.elements[name];
      if (told.errors[name]) continue;
      const isMine = sent[name] !== before[name];
      // The portal's spelling, and what others wrote; never under somebody's fingers.
      if (field.value === sent[name] && field !== document.activeElement) field.value = told.seen[name];
      else if (!isMine) continue;
      else spelled[name] = { typed: sent[name], text: told.seen[name] };
      now[name] = told.seen[name];
    }
    form.elements.seen.value = JSON.stringify(now);
    mark(told.errors);
    if (told.checks) advise(told.checks);
    const isPartly = Object.keys(told.errors).length > 0;
    if (isAgain) {
      keep({ fields: typed(), seen: form.elements.seen.value });
      return later();
    }
    if (!isPartly) {
      forget();
      removeEventListener("beforeunload", stay);
      const title = form.elements.title.value;
      document.querySelector("h1 bdi").textContent = title;
    }
    show(isPartly ? says.partly : told.saved, { isLoud: isAsked || isPartly, isBad: isPartly });
  }

  // What is worth a look may just have been mended. Our own page, as it is now.
  function advise(page) {
    const now = new DOMParser().parseFromString(page, "text/html").getElementById("film-checks");
    document.getElementById("film-checks")?.replaceWith(now);
  }

  // -- sentences beside fields

  function mark(errors) {
    for (const name of names) {
      const field = form.elements[name];
      const box = field.closest(".field");
      const id = `${field.id}_error`;
      box.querySelector(".field-error")?.remove();
      const others = (field.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
      field.removeAttribute("aria-invalid");
      if (errors[name]) {
        const note = document.createElement("p");
        note.className = "field-error";
        note.id = id;
        note.textContent = errors[name];
        box.append(note);
        field.setAttribute("aria-invalid", "true");
        others.push(id);
      }
      if (others.length) field.setAttribute("aria-describedby", others.join(" "));
      else field.removeAttribute("aria-describedby");
    }
  }

  // -- somebody else has changed the same

  function ask(told) {
    isStopped = true;
    clash.querySelector("[data-sentence]").textContent = told.error;
    clash.querySelector("[data-theirs]").replaceChildren(
      ...told.theirs.flatMap(({ label, text }) => {
        const [term, words] = [document.createElement("dt"), document.createElement("dd")];
        term.textContent = label;
        words.className = "as-typed";
        words.textContent = text || says.empty;
        return [term, words];
      }),
    );
    show(says.unsaved, { isBad: true });
    clash.hidden = false;
    clash.focus();
    clash.onclick = (event) => {
      const isMine = event.target.closest("[data-mine]");
      if (!isMine && !event.target.closest("[data-take]")) return;
      const now = seen();
      for (const { name, value } of told.theirs) {
        now[name] = value;
        if (!isMine) form.elements[name].value = value;
      }
      form.elements.seen.value = JSON.stringify(now);
      clash.hidden = true;
      isStopped = false;
      form.elements[told.theirs[0].name].focus();
      save({ isAsked: true });
    };
  }

  // -- what was typed and never arrived

  function keep(draft) {
    try {
      localStorage.setItem(key, JSON.stringify(draft));
    } catch {
      // Without storage what is typed lasts as long as the page.
    }
  }

  function forget() {
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
  }

  function offerDraft() {
    let draft = null;
    try {
      draft = JSON.parse(localStorage.getItem(key));
    } catch {
      // Nothing, or nothing that we wrote.
    }
    if (!draft?.fields || !differs({ ...typed(), ...draft.fields }, typed())) return forget();
    const notice = document.getElementById("film-draft");
    notice.hidden = false;
    notice.addEventListener("click", (event) => {
      const isWanted = event.target.closest("[data-restore]");
      if (!isWanted && !event.target.closest("[data-forget]")) return;
      notice.hidden = true;
      form.elements.title.focus();
      if (!isWanted) return forget();
      for (const name of names) form.elements[name].value = draft.fields[name] ?? form.elements[name].value;
      form.elements.seen.value = draft.seen;
      save({ isAsked: true });
    });
  }

  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  form.addEventListener("focusout", ({ target }) => {
    const known = spelled[target.name];
    if (known?.typed === target.value) target.value = known.text;
    delete spelled[target.name];
    if (differs(typed(), seen()) && !isStopped) later(0);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save({ isAsked: true });
  });
  addEventListener("online", () => differs(typed(), seen()) && save());
  // What the server refused is marked already, and shown as it was typed.
  if (document.querySelector("main [data-takes-focus]")) return;
  offerDraft();
  // Typed while this script was on its way.
  if (differs(typed(), seen())) changed();
}

// A button that copies what stands in a field.
export function copies(button) {
  const words = button.querySelector("span");
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      field.select();
      if (!document.execCommand("copy")) return;
    }
    words.textContent = button.dataset.done;
  });
}

// The page of a film that is being worked on, and the lines of such films in the list of all.
import { follow } from "./follow.js";

export function followWork() {
  const status = document.getElementById("film-status");
  const title = document.title;
  const node = () => document.getElementById("work");
  let said = node().dataset.summary;

  // The part is swapped by htmx, which keeps what has the focus, and follows a redirect of the whole page.
  function renew() {
    return new Promise((done) => {
      const after = () => {
        document.removeEventListener("htmx:finally:request", after);
        clearTimeout(patience);
        done();
      };
      const patience = setTimeout(after, 20000);
      document.addEventListener("htmx:finally:request", after);
      // Of a short film the first news is here before htmx has gone through the page, and would not be heard.
      window.htmx?.process(node());
      node().dispatchEvent(new CustomEvent("renew"));
    });
  }

  function changed() {
    const { summary, percent, state } = node().dataset;
    document.title = state === "working" ? `${percent} % – ${title}` : title;
    // Only a new sentence is announced: figures that change every second are not.
    if (summary !== said) status.textContent = said = summary;
  }

  // By then htmx, whose script is deferred as this one is, has been run.
  const begin = () => follow({ node, renew, changed });
  if (document.readyState === "complete") begin();
  else document.addEventListener("DOMContentLoaded", begin, { once: true });
}

// The rows of films that are worked on take their state from the same page, asked for once more.
export function followRows(form) {
  const node = () => form;

  async function renew() {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("form[data-films]");
    if (!fresh) return;
    for (const line of form.querySelectorAll("[data-work]")) {
      const theirs = fresh.querySelector(`#${CSS.escape(line.id)}`);
      swap(line.closest("tr").querySelector(".cell-state"), fresh, line.dataset.work);
      if (theirs) {
        // What was told last stays until it is told anew.
        theirs.firstElementChild.textContent = line.firstElementChild.textContent;
        line.replaceWith(theirs);
      } else line.remove();
    }
    for (const name of ["follow", "version"]) {
      if (fresh.dataset[name]) form.dataset[name] = fresh.dataset[name];
      else delete form.dataset[name];
    }
  }

  follow({ node, renew, pollMs: 10000 });
}

function swap(cell, fresh, video) {
  const theirs = fresh.querySelector(`#${CSS.escape(video)}`)?.closest("tr").querySelector(".cell-state");
  if (cell && theirs) cell.replaceWith(theirs);
}

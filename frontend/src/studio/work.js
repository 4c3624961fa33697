// The page of a film that is being worked on: htmx swaps the figures, this says what changed.
export function followWork() {
  const status = document.getElementById("film-status");
  const title = document.title;
  let said = document.getElementById("work").dataset.summary;

  const look = () => {
    const work = document.getElementById("work");
    if (!work) return;
    const { summary, percent, state } = work.dataset;
    document.title = state === "working" ? `${percent} % – ${title}` : title;
    // Only a new sentence is announced: figures that change every second are not.
    if (summary !== said) status.textContent = said = summary;
  };

  look();
  document.addEventListener("htmx:after:swap", look);
}

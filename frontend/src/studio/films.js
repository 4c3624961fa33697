// The table of films: choosing rows by keyboard, ranges with Shift. Every box works without it.
export function chooseFilms(form) {
  const boxes = [...form.querySelectorAll("input[name=film]")];
  const all = form.querySelector("[data-choose-all]");
  const label = form.querySelector("[data-chosen]");
  const status = form.querySelector("[data-chosen-status]");
  const button = label.closest("button");
  let anchor = 0; // where a range begins: the row that was chosen, or left, last

  const words = (count) => {
    if (!count) return label.dataset.chosenNone;
    return count === 1 ? label.dataset.chosenOne : label.dataset.chosen.replace("%s", count);
  };

  const show = () => {
    const count = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr").classList.toggle("is-chosen", box.checked);
    all.checked = count === boxes.length;
    all.indeterminate = count > 0 && count < boxes.length;
    button.setAttribute("aria-disabled", count ? "false" : "true");
    if (label.textContent !== words(count)) label.textContent = status.textContent = words(count);
  };

  const chooseBetween = (from, to, checked) => {
    const [first, last] = from < to ? [from, to] : [to, from];
    for (const box of boxes.slice(first, last + 1)) box.checked = checked;
  };

  const chooseAll = (checked) => {
    chooseBetween(0, boxes.length - 1, checked);
    show();
  };

  all.addEventListener("change", () => chooseAll(all.checked));

  for (const [place, box] of boxes.entries()) {
    // A click also comes from the space bar; the box has changed already.
    box.addEventListener("click", (event) => {
      if (event.shiftKey) chooseBetween(anchor, place, box.checked);
      anchor = place;
      show();
    });
    box.closest("tr").addEventListener("mousedown", (event) => {
      // Shift with a click would mark the text of the rows.
      if (event.shiftKey && event.target.closest(".cell-choice")) event.preventDefault();
    });
  }

  form.addEventListener("keydown", (event) => {
    const place = boxes.indexOf(event.target);
    if (place < 0 && event.target !== all) return;
    if (event.key === "a" && (event.ctrlKey || event.metaKey)) chooseAll(true);
    else if (event.key === "Escape") chooseAll(false);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = place + (event.key === "ArrowDown" ? 1 : -1);
      if (!boxes[next]) return;
      if (event.shiftKey) {
        boxes[anchor].checked = true;
        chooseBetween(anchor, place, false);
        chooseBetween(anchor, next, true);
      } else anchor = next;
      boxes[next].focus();
      show();
    } else return;
    event.preventDefault();
  });

  form.addEventListener("submit", (event) => {
    if (event.submitter === button && button.getAttribute("aria-disabled") === "true") {
      event.preventDefault();
      status.textContent = words(0);
      boxes[0].focus();
    }
  });

  show();
  // Coming back by the history, a browser restores the boxes after this has run.
  addEventListener("pageshow", show);
}

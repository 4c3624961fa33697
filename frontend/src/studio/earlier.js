// What is here and not published: whole films can be, those being fetched grow.
import { fill, size } from "./figures.js";
import { ask, giveUp } from "./sending.js";

const LOOK_MS = 2000;

// A film that has a card, because its file was chosen again, is offered only once.
export function dropEarlier(id) {
  const list = document.getElementById("earlier");
  const row = [...(list?.querySelectorAll("li") ?? [])].find((one) => one.dataset.upload === id);
  row?.remove();
  if (list && !list.querySelector("li")) list.hidden = true;
}

export function takeEarlier(address, adopt, tell) {
  const list = document.getElementById("earlier");
  if (!list) return;
  list.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-use]");
    if (!link) return;
    event.preventDefault();
    const row = link.closest("li");
    try {
      adopt(await ask(`${address}/${row.dataset.upload}`));
      dropEarlier(row.dataset.upload);
    } catch ({ sentence }) {
      tell(sentence);
    }
  });
  list.addEventListener("submit", async (event) => {
    if (!event.target.matches("[data-forget]")) return;
    event.preventDefault();
    const row = event.target.closest("li");
    await giveUp(`/uploads/${row.dataset.upload}`);
    dropEarlier(row.dataset.upload);
  });
  for (const row of list.querySelectorAll("[data-state]")) follow(row, tell);
}

// There is nothing to cancel any more.
function endWaiting(row) {
  row.querySelector("[data-going]").hidden = true;
  row.querySelector("[data-over]").hidden = false;
}

// Its figures, until it is here or cannot be fetched: then the page says what to do.
function follow(row, tell) {
  const progress = row.querySelector("[data-progress]");
  const look = async () => {
    if (!row.isConnected) return;
    let upload;
    try {
      upload = await ask(row.dataset.state);
    } catch ({ status }) {
      if (status !== 410) setTimeout(look, LOOK_MS);
      return;
    }
    if (upload.complete || upload.error) endWaiting(row);
    if (upload.complete) {
      progress.textContent = size(upload.size);
      row.querySelector("[data-use]").hidden = false;
      tell(`${upload.name} – ${progress.textContent}`);
      return;
    }
    if (upload.error) {
      progress.textContent = upload.error; // which names it
      row.querySelector("[data-said]").hidden = true;
      row.querySelector("[data-failed]").hidden = false;
      tell(upload.error);
      return;
    }
    const of = upload.size ? row.dataset.of : row.dataset.grown;
    progress.textContent = fill(of, { sent: size(upload.received), total: size(upload.size) });
    setTimeout(look, LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
}

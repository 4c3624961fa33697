// Work that goes on elsewhere. The server says what has changed (server-sent events); where that is refused, breaks
// off or is not known to the browser, the page asks again and again instead.
//
// An event holds figures, which are put in place here. When anything else would look different ("version"), the page
// asks for that part of itself, which also brings the next address to listen at.
// Nobody looks at it: its title is all that is seen. A connection of six that a browser has is worth more than that.
const HIDDEN_MS = 15000;
const POLLS_BEFORE_ANOTHER_TRY = 15;
const BREAKS = 3;

// `node()` is the part of the page that has data-follow while there is something to hear; `renew()` asks for it anew
// and promises to be done; `changed()` is told after each change.
export function follow({ node, renew, changed = () => {}, pollMs = 2000 }) {
  let source = null;
  let timer = 0;
  let polls = 0;
  let breaks = 0;
  let renewing = false;

  const address = () => node()?.dataset.follow;

  function close() {
    source?.close();
    source = null;
  }

  function stopPolling() {
    clearInterval(timer);
    timer = 0;
  }

  async function ask() {
    if (renewing) return;
    renewing = true;
    try {
      await renew();
    } catch {
      // The network is away: the next time is soon.
    } finally {
      renewing = false;
    }
    if (!address()) {
      close();
      stopPolling();
    }
    changed();
  }

  function poll(every) {
    close();
    stopPolling();
    polls = 0;
    timer = setInterval(async () => {
      await ask();
      polls += 1;
      if (timer && !document.hidden && polls % POLLS_BEFORE_ANOTHER_TRY === 0) listen();
    }, every);
  }

  function listen() {
    if (!address() || source) return;
    if (!window.EventSource) return poll(pollMs);
    const mine = (source = new EventSource(address()));
    mine.addEventListener("work", async (event) => {
      breaks = 0;
      stopPolling();
      const data = JSON.parse(event.data);
      place(data);
      if (data.version !== node()?.dataset.version) await ask();
      else changed();
    });
    for (const over of ["renew", "end"]) {
      mine.addEventListener(over, async () => {
        close();
        await ask();
        if (address()) listen();
      });
    }
    mine.addEventListener("error", async () => {
      breaks += 1;
      // A browser tries again by itself after a connection that broke, never after a refusal.
      if (mine.readyState !== EventSource.CLOSED && breaks < BREAKS) return;
      if (source === mine) close();
      if (timer) return;
      // The address may have run out: the first time a fresh one is asked for.
      if (breaks === 1) {
        await ask();
        listen();
      } else {
        poll(pollMs);
      }
    });
  }

  function place({ items, percent }) {
    for (const [id, { value, text, made }] of Object.entries(items)) {
      const item = document.getElementById(id);
      if (!item) continue;
      const meter = item.querySelector("progress");
      // A step that has begun has no value yet: its meter says "under way".
      if (meter && value) meter.value = value;
      write(item.querySelector("[data-step]") ?? (item.childElementCount ? null : item), text);
      write(item.querySelector("[data-made]"), made);
    }
    const shown = node();
    if (shown && percent !== undefined) shown.dataset.percent = percent;
  }

  document.addEventListener("visibilitychange", () => {
    if (!address()) return;
    if (document.hidden) return poll(HIDDEN_MS);
    stopPolling();
    breaks = 0;
    listen();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => {
    if (event.persisted) listen();
  });
  changed();
  if (document.hidden) poll(HIDDEN_MS);
  else listen();
}

function write(place, text) {
  if (place && text !== undefined && place.textContent !== text) place.textContent = text;
}

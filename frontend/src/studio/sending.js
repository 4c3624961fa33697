// Sends one film in parts that survive a reload, a lost network and a new sign-in.
import { Upload } from "tus-js-client";

// Well below what proxies in between let through at once (100 MB is common).
const PART_BYTES = 16 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000];
const AGAIN_MS = 15000;
const LASTING = [400, 401, 403, 404, 410, 413, 415, 422, 507];

// What tabs tell each other of the films they send: {id, sent} or {id, location}.
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("lucarne-uploads") : null;

export function tellTabs(news) {
  tabs?.postMessage(news);
}

export function hearTabs(listener) {
  tabs?.addEventListener("message", ({ data }) => listener(data));
}

// Tells the portal of a film. The same file has one upload, whichever tab or browser
// asks: what comes back may be partly, or all, there. Throws { status, sentence }.
export async function announce(film, form, address) {
  const fields = new FormData(form);
  fields.delete("film");
  fields.set("name", film.name);
  fields.set("size", film.size);
  fields.set("modified", film.lastModified);
  return ask(address, { method: "POST", body: fields });
}

export async function ask(address, how = {}, isAgain = false) {
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" }, ...how });
  } catch {
    throw { status: 0, sentence: "" };
  }
  const told = await answer.json().catch(() => ({}));
  // A new sign-in has another token, which comes with the refusal.
  if (answer.status === 403 && told.token && how.body && !isAgain) {
    how.body.set("csrfmiddlewaretoken", told.token);
    return ask(address, how, true);
  }
  if (!answer.ok) throw { status: answer.status, sentence: told.error ?? "", ...told };
  return told;
}

export function isLasting(status) {
  return LASTING.includes(status);
}

// `on` hears progress(sentBytes, bytesPerSecond), whole(), waiting(), elsewhere(),
// signedOut(), refused(sentence). After waiting() and elsewhere() it goes on by itself.
export function sendFilm(film, { id, address }, on) {
  let upload = null;
  let timer = 0;
  let began = null;
  let turn = null; // to abort waiting for another tab, or to let it go on

  function progress(sent) {
    began ??= { at: performance.now(), sent };
    const seconds = (performance.now() - began.at) / 1000;
    const rate = seconds > 0 ? (sent - began.sent) / seconds : 0;
    tellTabs({ id, sent });
    on.progress(sent, rate);
  }

  function failed(error) {
    const answer = error.originalResponse;
    const status = answer?.getStatus() ?? 0;
    if (status === 401 || isLasting(status)) letGo();
    if (status === 401) return on.signedOut();
    if (isLasting(status)) return on.refused(sentenceOf(answer));
    // No answer, or one that another try may change: the network, a proxy, a restart.
    on.waiting();
    timer = setTimeout(send, AGAIN_MS);
  }

  function send() {
    clearTimeout(timer);
    timer = 0;
    began = null;
    upload = new Upload(film, {
      uploadUrl: address,
      chunkSize: PART_BYTES,
      retryDelays: RETRY_MS,
      storeFingerprintForResuming: false,
      onProgress: progress,
      onShouldRetry: (error) => !isLasting(error.originalResponse?.getStatus()),
      onError: failed,
      onSuccess() {
        letGo();
        on.whole();
      },
    });
    upload.start();
  }

  function letGo() {
    turn?.();
    turn = null;
  }

  // One tab sends, the others wait for it. Where there are no locks (plain http), the
  // portal itself lets the last one win.
  async function start() {
    if (turn) return;
    if (!navigator.locks) return send();
    const name = `lucarne-upload-${id}`;
    const waiting = new AbortController();
    turn = () => waiting.abort();
    const hold = (lock) => {
      if (!lock) return false;
      send();
      return new Promise((resolve) => (turn = () => resolve(true)));
    };
    try {
      const had = await navigator.locks.request(name, { ifAvailable: true }, hold);
      if (had || waiting.signal.aborted) return;
      on.elsewhere();
      await navigator.locks.request(name, { signal: waiting.signal }, hold);
    } catch {
      // Nobody waits any more.
    }
  }

  const online = () => timer && send();
  addEventListener("online", online);
  start();

  return {
    async pause() {
      clearTimeout(timer);
      timer = 0;
      await upload?.abort();
      letGo();
    },
    resume: start,
    // What was sent stays on the portal.
    end() {
      clearTimeout(timer);
      removeEventListener("online", online);
      upload?.abort();
      letGo();
    },
  };
}

// Leaves nothing of it on the portal, even if the page is left meanwhile. What a busy
// portal or a lost network keeps from it is tried again.
export async function giveUp(address, again = [1000, 3000, 10000, 30000]) {
  const how = { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" }, keepalive: true };
  const status = await fetch(address, how).then((answer) => answer.status, () => 0);
  const isOver = (status > 0 && status < 300) || isLasting(status);
  if (isOver || !again.length) return;
  await new Promise((resolve) => setTimeout(resolve, again[0]));
  await giveUp(address, again.slice(1));
}

function sentenceOf(answer) {
  try {
    return JSON.parse(answer.getBody()).error;
  } catch {
    return "";
  }
}

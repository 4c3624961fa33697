// Sends one film in parts that survive a reload, a lost network and a new sign-in.
import { Upload, defaultOptions } from "tus-js-client";

// Well below what proxies in between let through at once (100 MB is common).
const PART_BYTES = 16 * 1024 * 1024;
const RETRY_MS = [0, 1000, 3000, 5000, 10000];
const AGAIN_MS = 15000;

// `on` hears progress(sentBytes, bytesPerSecond), whole(id), waiting(), signedOut(),
// refused(sentence). After waiting() it goes on by itself. `known` is where this film was
// sent to from another browser, if anywhere.
export function sendFilm(film, address, known, on) {
  let upload = null;
  let timer = 0;
  let began = null;
  let isEnded = false;

  function progress(sent) {
    began ??= { at: performance.now(), sent };
    const seconds = (performance.now() - began.at) / 1000;
    on.progress(sent, seconds > 0 ? (sent - began.sent) / seconds : 0);
  }

  function failed(error) {
    const answer = error.originalResponse;
    const status = answer?.getStatus() ?? 0;
    if (status === 401) return on.signedOut();
    const isLasting = [400, 403, 413, 415, 507].includes(status);
    if (isLasting) return on.refused(sentenceOf(answer));
    // No answer, or one that another try may change: the network, a proxy, a restart.
    on.waiting();
    timer = setTimeout(go, AGAIN_MS);
  }

  async function go() {
    clearTimeout(timer);
    if (isEnded) return;
    began = null;
    upload = new Upload(film, {
      endpoint: address,
      chunkSize: PART_BYTES,
      retryDelays: RETRY_MS,
      metadata: { filename: film.name, filetype: film.type, ...noteOf(film) },
      removeFingerprintOnSuccess: false,
      onProgress: progress,
      onShouldRetry: (error) => ![401, 403, 413, 415, 507].includes(error.originalResponse?.getStatus()),
      onError: failed,
      onSuccess: () => on.whole(idOf(upload.url)),
    });
    const [earlier] = await upload.findPreviousUploads();
    if (isEnded) return;
    if (earlier) upload.resumeFromPreviousUpload(earlier);
    else if (known) upload.resumeFromPreviousUpload({ uploadUrl: known });
    upload.start();
  }

  const online = () => timer && go();
  addEventListener("online", online);
  go();

  return {
    pause() {
      clearTimeout(timer);
      return upload?.abort();
    },
    resume: go,
    // Leaves nothing on the portal; `end` leaves what was sent.
    async drop() {
      this.end();
      const stopped = upload?.abort(true);
      await forget(film, address);
      await stopped?.catch(() => {});
    },
    end() {
      isEnded = true;
      clearTimeout(timer);
      removeEventListener("online", online);
    },
  };
}

// What tells the same file from another one of its name and size.
export function noteOf(film) {
  return { modified: String(film.lastModified) };
}

// The browser's note of where the film was sent to: of no use once it is published.
export async function forget(film, address) {
  const upload = new Upload(film, { endpoint: address });
  for (const { urlStorageKey } of await upload.findPreviousUploads()) {
    await defaultOptions.urlStorage.removeUpload(urlStorageKey);
  }
}

function idOf(url) {
  return url.split("/").filter(Boolean).at(-1);
}

function sentenceOf(answer) {
  try {
    return JSON.parse(answer.getBody()).error;
  } catch {
    return "";
  }
}

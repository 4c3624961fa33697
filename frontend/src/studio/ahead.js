// While a film is sent the portal prepares it: for that it needs the film's index, which
// most films have at their end. Whatever fails here, the film is sent all the same.
import { isMatroska, lastClusters } from "./matroska.js";
import { ask, isLasting } from "./sending.js";

const MOST_BOXES = 64;
const MOST_BYTES = 32 * 1024 * 1024;
const LOOK_MS = 3000;

// Sends the index before its turn comes.
export async function sendIndex(film, address) {
  try {
    const found = await findIndex(film);
    if (!found) return;
    await fetch(`${address}/index`, {
      method: "PUT",
      headers: { "Tus-Resumable": "1.0.0", "Upload-Offset": String(found.begin) },
      body: film.slice(found.begin, found.end),
    });
  } catch {
    // A file that cannot be read, or no network: the upload itself will say so.
  }
}

// The outermost boxes of an MP4 (ISO/IEC 14496-12, 4.2): length, kind, content. An index
// in front of the pictures comes soon enough by itself.
async function findIndex(film) {
  if (await isMatroska(film)) return lastClusters(film, MOST_BYTES);
  let isBehind = false;
  for (let begin = 0, n = 0; n < MOST_BOXES && begin + 16 <= film.size; n += 1) {
    const head = new DataView(await film.slice(begin, begin + 16).arrayBuffer());
    const kind = String.fromCharCode(...[4, 5, 6, 7].map((at) => head.getUint8(at)));
    let length = head.getUint32(0);
    if (length === 1) length = Number(head.getBigUint64(8));
    if (length < 8 || (begin === 0 && !["ftyp", "wide", "free", "skip", "mdat"].includes(kind))) return null;
    const end = begin + length;
    if (kind === "moov") return isBehind && length <= MOST_BYTES && end <= film.size ? { begin, end } : null;
    isBehind ||= kind === "mdat";
    begin = end;
  }
  return null;
}

// Calls back once when the portal has begun with the film; asks only while it is sent.
// Returns how to stop asking.
export function whenPrepared(address, { isSending, tell }) {
  const leaving = new AbortController();
  let timer = setTimeout(look, LOOK_MS);
  async function look() {
    let isOver = false;
    if (isSending()) {
      try {
        isOver = (await ask(address, { signal: leaving.signal })).prepared;
        if (isOver) tell();
      } catch ({ status }) {
        isOver = isLasting(status); // signed out, or gone: published elsewhere
      }
    }
    if (!isOver && !leaving.signal.aborted) timer = setTimeout(look, LOOK_MS);
  }
  return () => {
    clearTimeout(timer);
    leaving.abort();
  };
}

// The index of a Matroska or WebM film: its last clusters, and all that follows them.
// Elements are those of RFC 8794: kind, length, content. What is wrong is an error.
const HEADER = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const SEEK_HEAD = 0x114d9b74;
const CUES = 0x1c53bb6b;
const CLUSTER = 0x1f43b675;
const MOST_ELEMENTS = 64;
const MOST_CUES = 8 * 1024 * 1024;
// With fewer clusters that begin with a key frame there is nothing to gain.
const FEWEST = 4;

export async function isMatroska(film) {
  const data = new DataView(await film.slice(0, 4).arrayBuffer());
  return data.byteLength === 4 && data.getUint32(0) === HEADER;
}

// Where the index begins and ends, "most" bytes of it; null where no cues name the clusters.
export async function lastClusters(film, most) {
  const header = await elementAt(film, 0, film.size);
  const segment = await elementAt(film, header.end, film.size);
  const cues = segment.kind === SEGMENT && (await findCues(film, segment));
  if (!cues || cues.end - cues.body > MOST_CUES) return null;
  const data = await contentOf(film, cues);
  const named = new Set();
  for (const point of within(data, 0, data.byteLength, 0xbb))
    for (const places of within(data, point.body, point.end, 0xb7))
      for (const place of within(data, places.body, places.end, 0xf1)) named.add(number(data, place));
  const clusters = [...named].sort((a, b) => a - b);
  if (clusters.length < FEWEST) return null;
  // The last but one: of sound there may be nothing behind the last key frame.
  for (const cluster of clusters.slice(-2)) {
    const begin = segment.body + cluster;
    if (begin < film.size && film.size - begin <= most) return { begin, end: film.size };
  }
  return null;
}

async function findCues(film, segment) {
  let at = segment.body;
  for (let n = 0; n < MOST_ELEMENTS && at < segment.end; n += 1) {
    const one = await elementAt(film, at, segment.end);
    if (one.kind === CUES) return one;
    if (one.kind === CLUSTER) return null;
    if (one.kind === SEEK_HEAD) {
      const data = await contentOf(film, one);
      for (const seek of within(data, 0, data.byteLength, 0x4dbb)) {
        const [kind] = within(data, seek.body, seek.end, 0x53ab);
        const [place] = within(data, seek.body, seek.end, 0x53ac);
        if (!kind || !place || number(data, kind) !== CUES) continue;
        const found = await elementAt(film, segment.body + number(data, place), segment.end);
        return found.kind === CUES ? found : null;
      }
    }
    at = one.end;
  }
  return null;
}

async function elementAt(film, at, end) {
  const data = new DataView(await film.slice(at, Math.min(at + 12, end)).arrayBuffer());
  const { kind, body, size } = headerAt(data, 0);
  if (at + body + size > end) throw new RangeError(`the element at ${at} has no end`);
  return { kind, begin: at, body: at + body, end: at + body + size };
}

async function contentOf(film, element) {
  if (element.end - element.body > MOST_CUES) throw new RangeError("too large");
  return new DataView(await film.slice(element.body, element.end).arrayBuffer());
}

// The elements of one kind between two places of what was read.
function* within(data, begin, end, kind) {
  for (let at = begin; at < end; ) {
    const header = headerAt(data, at);
    const after = header.body + header.size;
    if (after > end) throw new RangeError(`the element at ${at} has no end`);
    if (header.kind === kind) yield { body: header.body, end: after };
    at = after;
  }
}

// A kind and a length begin with as many zeros as bytes follow; those of a kind stay.
function headerAt(data, at) {
  const width = Math.clz32(data.getUint8(at)) - 23;
  const first = data.getUint8(at + width);
  const sizeWidth = Math.clz32(first) - 23;
  const body = at + width + sizeWidth;
  const size = number(data, { body: at + width + 1, end: body }, first & (0xff >> sizeWidth));
  return { kind: number(data, { body: at, end: at + width }), body, size };
}

function number(data, { body, end }, found = 0) {
  for (let at = body; at < end; at += 1) found = found * 256 + data.getUint8(at);
  return found;
}

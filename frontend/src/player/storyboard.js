// Pictures of the film for the bar: a WebVTT file whose cues are addresses with #xywh= (Media Fragments URI 1.0, 4.2.2).
const seconds = (time) => time.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

export async function loadStoryboard(url) {
  const answer = await fetch(url);
  if (!answer.ok) return [];
  const cues = [];
  for (const block of (await answer.text()).split(/\r?\n\r?\n/)) {
    const match = block.match(/([\d:.]+) --> ([\d:.]+)[^\n]*\n(\S+?)#xywh=(\d+),(\d+),(\d+),(\d+)/);
    if (!match) continue;
    const [, from, to, file, ...box] = match;
    const [x, y, width, height] = box.map(Number);
    const address = new URL(file, new URL(url, location.href)).href;
    cues.push({ from: seconds(from), to: seconds(to), address, x, y, width, height });
  }
  return cues;
}

/** Draw the picture of a time into an element; false where there is none. */
export function drawPicture(element, cues, at) {
  const cue = cues.findLast((one) => one.from <= at);
  if (!cue) return false;
  element.style.inlineSize = `${cue.width}px`;
  element.style.blockSize = `${cue.height}px`;
  element.style.backgroundImage = `url("${cue.address}")`;
  element.style.backgroundPosition = `-${cue.x}px -${cue.y}px`;
  return true;
}

// Reads an MPD from standard input with mpd-parser, as if it came from the address given; writes what it found.
import { readFileSync } from "node:fs";
import { parse } from "mpd-parser";

const manifestUri = process.argv[2];
const problems = [];
const eventHandler = ({ message }) => problems.push(message);
const told = parse(readFileSync(0, "utf8"), { manifestUri, eventHandler });

const track = ({ attributes, segments, endList, targetDuration }, language = "") => ({
  name: attributes.NAME,
  codecs: attributes.CODECS,
  bandwidth: attributes.BANDWIDTH,
  width: attributes.RESOLUTION?.width ?? 0,
  height: attributes.RESOLUTION?.height ?? 0,
  language,
  isComplete: endList,
  targetDuration,
  init: segments[0].map.resolvedUri,
  segments: segments.map((one) => ({
    number: one.number,
    url: one.resolvedUri,
    seconds: one.duration,
    start: one.presentationTime,
  })),
});
const sounds = Object.values(told.mediaGroups.AUDIO.audio ?? {});
process.stdout.write(
  JSON.stringify({
    problems,
    seconds: told.duration,
    video: told.playlists.map((one) => track(one)),
    audio: sounds.flatMap(({ language, playlists }) => playlists.map((one) => track(one, language))),
  }),
);

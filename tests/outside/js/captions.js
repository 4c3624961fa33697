// Each player lists the captions of a film, shows one of them, and tells which cues the video element then has.
// tests/outside/test_captions.py judges it.
/* global Hls, shaka, dashjs */
const PATIENCE_MS = 60_000;

async function hlsJs(video, url, language, tell) {
  const hls = new Hls({ enableWorker: false });
  hls.on(Hls.Events.ERROR, (_name, { details, fatal }) => fatal && tell(details));
  hls.loadSource(url);
  hls.attachMedia(video);
  await until("list captions", () => hls.subtitleTracks.length > 0);
  const listed = hls.subtitleTracks.map(({ lang, name, attrs }) => ({
    language: lang,
    name,
    isForDeaf: /describes-music-and-sound/.test(attrs.CHARACTERISTICS ?? ""),
  }));
  hls.subtitleTrack = hls.subtitleTracks.findIndex(({ lang }) => lang === language);
  hls.subtitleDisplay = true;
  return listed;
}

async function shakaPlayer(video, url, language, tell) {
  const player = new shaka.Player();
  player.addEventListener("error", ({ detail }) => tell(`${detail.code} ${detail.message}`));
  await player.attach(video);
  await player.load(url);
  const tracks = player.getTextTracks();
  const listed = tracks.map((track) => ({
    language: track.language,
    name: track.label,
    isForDeaf: track.roles.includes("caption") || track.kind === "caption" ||
      track.accessibilityPurpose === "hard of hearing" ||
      track.roles.some((role) => /describes-music-and-sound/.test(role)),
  }));
  player.selectTextTrack(tracks.find((track) => track.language === language));
  await player.setTextTrackVisibility?.(true);
  return listed;
}

async function dashJs(video, url, language, tell) {
  const player = dashjs.MediaPlayer().create();
  const { ERROR, STREAM_INITIALIZED } = dashjs.MediaPlayer.events;
  player.updateSettings({ debug: { logLevel: 0 } });
  player.on(ERROR, ({ error }) => tell(`${error.code ?? error} ${error.message ?? ""}`));
  const begun = new Promise((resolve) => player.on(STREAM_INITIALIZED, resolve));
  player.initialize(video, url, false);
  await begun;
  const tracks = player.getTracksFor("text");
  const listed = tracks.map(({ lang, labels, roles, accessibility }) => ({
    language: lang,
    name: labels[0]?.text,
    isForDeaf: roles.some(({ value }) => value === "caption") && accessibility.some(({ value }) => value === "2"),
  }));
  player.enableText(true);
  player.setCurrentTrack(tracks.find(({ lang }) => lang === language));
  return listed;
}

const PLAYERS = { "hls.js": hlsJs, shaka: shakaPlayer, "dash.js": dashJs };

/** Every cue that the element has now. */
function cuesOf(video) {
  const cues = [...video.textTracks].flatMap(({ mode, cues }) => (mode === "disabled" ? [] : [...(cues ?? [])]));
  return cues.map(({ startTime, endTime, text }) => [Math.round(startTime * 1000), Math.round(endTime * 1000), text]);
}

function until(what, condition) {
  const end = performance.now() + PATIENCE_MS;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (condition()) resolve();
      else if (performance.now() > end) reject(new Error(`did not ${what}`));
      else setTimeout(look, 50);
    };
    look();
  });
}

async function look([name, url, language]) {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, width: 160, height: 90 });
  document.body.append(video);
  const seen = { problems: [], listed: [], cues: [] };
  try {
    seen.listed = await PLAYERS[name](video, url, language, (problem) => seen.problems.push(problem));
    await video.play();
    await until("show cues", () => cuesOf(video).length > 0);
    seen.cues = cuesOf(video);
  } catch (error) {
    seen.problems.push(String(error?.message ?? error?.code ?? error));
  }
  return seen;
}

shaka.polyfill.installAll();
/** `asked`: [player, address, language] each; all look at once. */
window.lookAll = (asked) => Promise.all(asked.map(look));

// Three players that we did not write behind one interface, and one way of watching a film with them.
// `watch` tells what was seen; tests/outside/test_players.py judges it.
/* global Hls, shaka, dashjs */
const PATIENCE_MS = 40_000;
// Little is loaded ahead, so that a change of rung is seen soon, at the next segment.
const AHEAD_S = 2;
// A film without a segment for each rung is asked to change at once, and may then wait.
const SEGMENT_S = 4;
const REDRAW_MS = 500;
// Who climbs changes no more when less than this is left, and waits before this share of the film is over.
const TURN_S = 5;
const HALT_SHARE = 0.4;

class HlsJs {
  constructor(video, tell) {
    this.hls = new Hls({ maxBufferLength: AHEAD_S, maxMaxBufferLength: 2 * AHEAD_S, enableWorker: false });
    // Also errors that it could mend: a gap, a nudge. Stalls are looked for below, with all players alike (so
    // an empty segment is found); a rung that is loaded over another one covers nothing new.
    // What it gives up itself for another rung it may report, too.
    const { BUFFER_STALLED_ERROR, BUFFER_APPEND_NO_PROGRESS, INTERNAL_ABORTED } = Hls.ErrorDetails;
    const isHarmless = new Set([BUFFER_STALLED_ERROR, BUFFER_APPEND_NO_PROGRESS, INTERNAL_ABORTED]);
    this.hls.on(Hls.Events.ERROR, (_name, { details, error, fatal, frag }) => {
      const what = `${details} ${error?.message ?? ""} ${frag ? `${frag.type} ${frag.level}/${frag.sn}` : ""}`;
      if (fatal || !isHarmless.has(details)) tell(what);
    });
    this.video = video;
  }

  load(url) {
    return new Promise((resolve) => {
      this.hls.on(Hls.Events.MANIFEST_PARSED, resolve);
      this.hls.loadSource(url);
      this.hls.attachMedia(this.video);
    });
  }

  get rungs() {
    return this.hls.levels.filter((one) => one.height).map(size);
  }

  choose(rung, atOnce) {
    const index = this.hls.levels.findIndex((one) => one.height === rung.height);
    if (atOnce) this.hls.currentLevel = index;
    else this.hls.nextLevel = index;
  }

  /** All rungs of the codecs that it plays, the switch to one, and whether it is made. */
  get ladder() {
    return this.hls.levels.map(({ height, videoCodec }, id) => ({ id, height, codec: videoCodec }));
  }

  take({ id }) {
    this.hls.nextLevel = id;
  }

  has({ id }) {
    return this.hls.currentLevel === id;
  }

  get sounds() {
    return this.hls.audioTracks.map((one) => sound(one.lang, one.channels));
  }

  hear(wanted) {
    this.hls.audioTrack = this.sounds.indexOf(wanted);
  }

  get heard() {
    return this.sounds[this.hls.audioTrack] ?? "";
  }

  end() {
    this.hls.destroy();
  }
}

class Shaka {
  constructor(video, tell) {
    this.player = new shaka.Player();
    this.player.addEventListener("error", ({ detail }) => tell(`error ${detail.code} ${detail.data}`));
    // Gaps are told in the statistics only.
    this.player.configure({ streaming: { bufferingGoal: AHEAD_S, rebufferingGoal: 0.5 } });
    this.tell = tell;
    this.video = video;
  }

  only(codec) {
    this.player.configure({ preferredVideo: [{ codec }] });
  }

  async load(url) {
    this.url = url;
    await this.player.attach(this.video);
    await this.player.load(url);
  }

  get rungs() {
    return unique(this.player.getVariantTracks().filter((one) => one.height).map(size));
  }

  /**
   * At once means anew, with nothing but the rung: throwing away what is loaded soon after a change of sound leaves
   * it waiting for ever, once in fifteen on a busy machine.
   */
  choose(rung, atOnce) {
    if (atOnce) {
      this.player.configure({ abr: { restrictions: { minHeight: rung.height, maxHeight: rung.height } } });
      return this.player.load(this.url);
    }
    this.player.configure({ abr: { enabled: false } });
    const tracks = this.player.getVariantTracks();
    const { language, channelsCount } = tracks.find((one) => one.active);
    const isSound = (one) => one.language === language && one.channelsCount === channelsCount;
    const track = tracks.find((one) => one.height === rung.height && isSound(one));
    this.player.selectVariantTrack(track, false);
  }

  get ladder() {
    const tracks = this.player.getVariantTracks();
    const sound = tracks.find((one) => one.active)?.language;
    const own = tracks.filter((one) => one.language === sound);
    return own.map(({ id, height, videoCodec }) => ({ id, height, codec: videoCodec }));
  }

  take({ id }) {
    this.player.configure({ abr: { enabled: false } });
    this.player.selectVariantTrack(this.player.getVariantTracks().find((one) => one.id === id), false);
  }

  has({ id }) {
    return this.player.getVariantTracks().find((one) => one.active)?.id === id;
  }

  get sounds() {
    return this.player.getAudioTracks().map((one) => sound(one.language, one.channelsCount));
  }

  hear(wanted) {
    // When its own choice of a rung meets a change of sound, it may never fetch the sound again
    // (shaka-project/shaka-player#10569); all rungs are chosen below anyway.
    this.player.configure({ abr: { enabled: false } });
    this.player.selectAudioTrack(this.player.getAudioTracks()[this.sounds.indexOf(wanted)]);
  }

  get heard() {
    return this.sounds[this.player.getAudioTracks().findIndex((one) => one.active)] ?? "";
  }

  end() {
    const { gapsJumped, nonFatalErrorCount } = this.player.getStats();
    if (gapsJumped) this.tell(`jumped over ${gapsJumped} gaps`);
    if (nonFatalErrorCount) this.tell(`${nonFatalErrorCount} errors that it mended`);
    return this.player.destroy();
  }
}

class DashJs {
  constructor(video, tell) {
    this.player = dashjs.MediaPlayer().create();
    this.player.updateSettings({
      debug: { logLevel: dashjs.Debug.LOG_LEVEL_NONE },
      streaming: { buffer: { bufferTimeDefault: AHEAD_S, bufferTimeAtTopQuality: AHEAD_S } },
    });
    const { ERROR, PLAYBACK_ERROR } = dashjs.MediaPlayer.events;
    this.player.on(ERROR, ({ error }) => tell(`error ${error.code ?? error} ${error.message ?? ""}`));
    this.player.on(PLAYBACK_ERROR, ({ error }) => tell(`playback ${error?.code ?? ""}`));
    this.video = video;
  }

  load(url) {
    return new Promise((resolve) => {
      this.player.on(dashjs.MediaPlayer.events.STREAM_INITIALIZED, resolve);
      this.player.initialize(this.video, url, false);
    });
  }

  only(codec) {
    this.player.setInitialMediaSettingsFor("video", { codec });
  }

  get ladder() {
    const own = this.player.getRepresentationsByType("video");
    return own.map(({ id, height, codecs }) => ({ id, height, codec: codecs }));
  }

  take({ id }) {
    this.player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
    this.player.setRepresentationForTypeById("video", id, false);
  }

  has({ id }) {
    return this.player.getCurrentRepresentationForType("video")?.id === id;
  }

  get rungs() {
    return this.player.getRepresentationsByType("video").map(size);
  }

  choose(rung, atOnce) {
    this.player.updateSettings({ streaming: { abr: { autoSwitchBitrate: { video: false } } } });
    const { id } = this.player.getRepresentationsByType("video").find((one) => one.height === rung.height);
    this.player.setRepresentationForTypeById("video", id, atOnce);
  }

  get sounds() {
    return this.player.getTracksFor("audio").map(DashJs.#sound);
  }

  hear(wanted) {
    this.player.setCurrentTrack(this.player.getTracksFor("audio")[this.sounds.indexOf(wanted)]);
  }

  get heard() {
    const track = this.player.getCurrentTrackFor("audio");
    return track ? DashJs.#sound(track) : "";
  }

  end() {
    this.player.destroy();
  }

  static #sound({ lang, audioChannelConfiguration: [channels] }) {
    return sound(lang, channels?.value);
  }
}

const PLAYERS = { "hls.js": HlsJs, shaka: Shaka, "dash.js": DashJs };
const size = ({ width, height }) => ({ width, height });
/** Name a sound by its language and, beside stereo, its layout: "fr", "fr 5.1", "" when nothing is known. */
const sound = (language, channels) =>
  [language === "und" ? "" : language, channels > 2 ? "5.1" : ""].filter(Boolean).join(" ");

/** From the least to the best, each once. */
function unique(sizes) {
  const seen = new Map(sizes.map((one) => [one.height, one]));
  return [...seen.values()].sort((a, b) => a.height - b.height);
}

/** Watch a film at `url` with a player, in the way of `act`; tell what was seen. */
async function watch(name, url, act = follow, codec = "") {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, playsInline: true, width: 160, height: 90 });
  document.body.append(video);
  const seen = { problems: [], shown: [], heard: [], pictures: [], switches: [], mayWait: false };
  const tell = (problem) => seen.problems.push(`${problem} at ${video.currentTime.toFixed(2)} s`);
  video.addEventListener("error", () => tell(`video: ${video.error?.message}`));
  watchForStalls(video, seen, tell);
  const player = new PLAYERS[name](video, tell);
  try {
    if (codec) player.only(codec);
    await withPatience("load", player.load(url));
    await act(video, player, seen);
  } catch (error) {
    tell(String(error?.message ?? error?.code ?? error));
  }
  // It tells what it kept to itself, and leaves nothing that goes on: the page may see another film.
  await player.end();
  video.remove();
  return seen;
}

/** All rungs, all sounds, two jumps, the end. */
async function follow(video, player, seen) {
  await until("begin", video, () => video.readyState >= 2);
  seen.begins = video.currentTime;
  seen.duration = video.duration;
  seen.rungs = unique(player.rungs);
  seen.sounds = player.sounds;
  await video.play();
  await moves(video, seen);
  seen.heard.push(player.heard);
  for (const other of player.sounds.slice(1)) {
    seen.mayWait = true; // players throw away at once what was loaded of the other sound
    player.hear(other);
    await until(`hear ${other}`, video, () => player.heard === other);
    await moves(video, seen);
    seen.heard.push(player.heard);
    seen.mayWait = false;
  }
  // The best first: nothing of it may be left when the least is asked for.
  const atOnce = video.duration < (seen.rungs.length + 1) * SEGMENT_S;
  for (const rung of seen.rungs.toReversed()) {
    seen.mayWait = atOnce;
    if (atOnce) video.pause();
    await player.choose(rung, atOnce);
    let next = performance.now() + REDRAW_MS;
    await until(`show ${rung.height}`, video, () => {
      if (video.videoHeight === rung.height) return video.readyState >= 3;
      // What stands still is drawn anew only when it is asked for again: once something is there, and not at every
      // look, since jump upon jump in the midst of its change leaves Shaka waiting for what it has thrown away.
      if (video.paused && !video.seeking && video.readyState >= 2 && performance.now() > next) {
        video.currentTime = 0;
        next = performance.now() + REDRAW_MS;
      }
      return false;
    });
    if (video.paused) await video.play();
    await moves(video, seen);
    seen.shown.push({ width: video.videoWidth, height: video.videoHeight });
    seen.mayWait = false;
  }
  for (const share of [0.1, 0.7]) {
    await jump(video, video.duration * share);
    await moves(video, seen);
  }
  if (video.duration - video.currentTime > 4) await jump(video, video.duration - 1.5);
  await untilTheEnd(video);
  seen.ends = video.currentTime;
}

/**
 * The whole film without a jump, from rung to rung, up and down again. Somewhere in its first half it waits until
 * the page says that it may go on.
 */
async function climb(video, player, seen) {
  await until("begin", video, () => video.readyState >= 2);
  seen.begins = video.currentTime;
  seen.sounds = player.sounds;
  seen.ladder = player.ladder;
  const kind = ({ height, codec }) => `${height} ${codec.slice(0, 4)}`;
  const turns = new Map(seen.ladder.flatMap((one) => [[one, 0], [kind(one), 0]]));
  const before = (one, other) =>
    turns.get(kind(one)) - turns.get(kind(other)) || turns.get(one) - turns.get(other);
  await video.play();
  while (video.duration - video.currentTime > TURN_S) {
    // Of another height, so that it can be seen; of the kind that was seen least.
    const others = seen.ladder.filter((one) => one.height !== video.videoHeight);
    const [rung] = others.sort(before);
    if (!rung) throw new Error("there is one height only");
    if (!isAllowedOn && video.currentTime > video.duration * HALT_SHARE) {
      video.pause();
      await allowed;
      await video.play();
    }
    player.take(rung);
    await until(`show ${rung.id}`, video, () => {
      return video.ended || (player.has(rung) && video.videoHeight === rung.height);
    });
    if (video.ended) break;
    await moves(video, seen);
    for (const one of [rung, kind(rung)]) turns.set(one, turns.get(one) + 1);
    seen.switches.push({ ...rung, shown: video.videoHeight, at: video.currentTime, isLate: isAllowedOn });
  }
  await untilTheEnd(video);
  seen.ends = video.currentTime;
}

async function untilTheEnd(video) {
  // dash.js may stop at the last picture without the element's own "ended".
  const isOver = () => video.paused && video.duration - video.currentTime < 0.1;
  await until("end", video, () => video.ended || isOver());
}

async function jump(video, seconds) {
  video.currentTime = seconds;
  await until(`jump to ${seconds}`, video, () => !video.seeking && video.readyState >= 3);
  if (video.paused) await video.play(); // it had come to its end
}

/** Wait until the film has run on, and keep what was to be seen. */
async function moves(video, seen) {
  const from = video.currentTime;
  await until("move", video, () => video.ended || (!video.seeking && video.currentTime > from + 0.3));
  if (!video.videoWidth) return;
  const canvas = new OffscreenCanvas(16, 9);
  const pen = canvas.getContext("2d");
  pen.drawImage(video, 0, 0, 16, 9);
  seen.pictures.push(pen.getImageData(0, 0, 16, 9).data.join());
}

/** A stall is a wait in the midst of play with nothing loaded: a slow machine is not the film's fault. */
function watchForStalls(video, seen, tell) {
  let runs = false;
  video.addEventListener("playing", () => (runs = true));
  video.addEventListener("seeking", () => (runs = false));
  video.addEventListener("waiting", () => {
    const isEnd = video.duration - video.currentTime < 0.2;
    if (runs && !seen.mayWait && !isEnd && ahead(video) < 0.1) tell("stalled");
    runs = false;
  });
}

function ahead({ buffered, currentTime }) {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime && currentTime <= buffered.end(i)) return buffered.end(i) - currentTime;
  }
  return 0;
}

function until(what, video, condition) {
  const end = performance.now() + PATIENCE_MS;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (condition()) resolve();
      else if (video.error) reject(new Error(video.error.message));
      else if (performance.now() > end) {
        const { readyState, paused, seeking, videoHeight } = video;
        const state = JSON.stringify({ readyState, paused, seeking, videoHeight, ahead: ahead(video) });
        reject(new Error(`did not ${what}: ${state}`));
      } else setTimeout(look, 50);
    };
    look();
  });
}

function withPatience(what, promise) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error(`did not ${what}`)), PATIENCE_MS));
  return Promise.race([promise, late]);
}

shaka.polyfill.installAll();
/** `asked`: [player, address] pairs, all watched at once. */
window.watchAll = (asked) => {
  localStorage.clear(); // dash.js remembers the sound that was chosen last
  return Promise.all(asked.map(([name, url]) => watch(name, url)));
};

let isAllowedOn = false;
let allow;
const allowed = new Promise((resolve) => (allow = resolve));
window.goOn = () => ((isAllowedOn = true), allow());
/** `asked`: [player, address, codec that it must prefer]. Begin; `climbed` gives the promise of what was seen. */
window.climbAll = (asked) => {
  window.climbed = Promise.all(asked.map(([name, url, codec]) => watch(name, url, climb, codec)));
};

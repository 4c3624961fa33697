// One small adapter around what plays: hls.js where media source extensions exist, else the browser's own
// HLS, else one MP4 file. The browser's own answer is asked second: Chromium says "maybe" and plays it poorly.
const NATIVE_HLS = "application/vnd.apple.mpegurl";
const RETRIES_MS = [1000, 2000, 4000, 8000];
const TRIES = 5; // of one request that the server answers with an error of its own

export class Engine {
  #player;
  #hls;
  #Hls;
  #prepared;
  #mediaErrors = 0;
  #retries = 0;
  #retryTimer;
  #isRenewing = false;

  constructor(player) {
    this.#player = player;
    this.kind = "none";
    this.lostAt = undefined; // where the film stood when the connection was lost, until it is back
    this.fixedHeight = 0; // 0: automatic
    this.wantedSound = null; // {label, language} of what somebody chose, here or on another film
    addEventListener("online", () => this.#retryTimer && this.#again());
  }

  get #video() {
    return this.#player.video;
  }

  /** Fetch hls.js, once. */
  fetch() {
    const hasMediaSource = "MediaSource" in window || "ManagedMediaSource" in window;
    if (!hasMediaSource) return Promise.resolve(null);
    this.#Hls ??= import("hls.js").then(
      ({ default: Hls }) => (Hls.isSupported() ? Hls : null),
      () => ((this.#Hls = undefined), null),
    );
    return this.#Hls;
  }

  /** Attach the stream, once; later calls wait for the first. */
  prepare(at) {
    this.#prepared ??= this.#attach(at);
    return this.#prepared;
  }

  /** Begin elsewhere than said before, as long as nothing was loaded or nothing comes. */
  moveStart(at) {
    if (this.lostAt !== undefined) this.lostAt = at;
    if (this.#prepared) this.reload(at);
  }

  async #attach(at) {
    const { hls, mp4 } = this.#player.dataset;
    const Hls = await this.fetch();
    if (Hls && hls) return this.#attachHls(Hls, hls, at);
    if (hls && this.#video.canPlayType(NATIVE_HLS)) return this.#attachFile(hls, at, "native");
    return this.#attachFile(mp4, at, "file");
  }

  #attachFile(url, at, kind) {
    this.kind = kind;
    const video = this.#video;
    video.onerror = () => this.#fileFailed(url);
    video.oncanplay = () => this.#isBack();
    video.src = url;
    if (at) {
      video.addEventListener("loadedmetadata", () => (video.currentTime = at), { once: true });
    }
    video.load();
    if (kind === "native") video.addEventListener("loadedmetadata", () => this.#wantSound(), { once: true });
    this.#tell();
    this.#tellSounds();
  }

  async #fileFailed(url) {
    const { error } = this.#video;
    const isLost = error?.code === error?.MEDIA_ERR_NETWORK || !navigator.onLine;
    // A file that nobody sends is to the browser one that it cannot play.
    const status = isLost ? 0 : await statusOf(url);
    if (this.#video.error !== error) return; // something else was put in place meanwhile
    if (!status) return this.#retry();
    if (isGone(status)) return this.#expired();
    if (this.kind === "native" && this.#player.dataset.mp4) return this.#fallBack();
    this.#player.messages.fail("broken", () => this.reload(this.#player.position, true));
  }

  /** Addresses last a few hours, or a day: whoever may still watch the film gets the new ones, once. */
  async #expired() {
    if (this.#isRenewing) return; // sound and picture fail one after the other
    this.#isRenewing = true;
    const { messages, dataset, isWanted, position } = this.#player;
    const old = dataset.hls;
    Object.assign(dataset, await addresses(dataset.state));
    this.#isRenewing = false;
    if (dataset.hls === old) return messages.fail("expired", () => location.reload());
    for (const track of this.#video.querySelectorAll("track")) {
      if (track.readyState !== HTMLTrackElement.LOADED) track.src = moved(track.src, old, dataset.hls);
    }
    this.#player.dispatchEvent(new Event("renewed"));
    return this.reload(position, isWanted);
  }

  #isBack() {
    this.#retries = this.#mediaErrors = 0;
    this.lostAt = undefined;
  }

  #attachHls(Hls, url, at) {
    this.kind = "hls";
    const video = this.#video;
    const hls = new Hls({
      startPosition: at || 0, // a film that still grows begins at its beginning, too
      capLevelToPlayerSize: true,
      backBufferLength: 60,
      maxBufferLength: 30,
      enableWorker: false, // CMAF needs no transmuxing
      liveDurationInfinity: false,
      // A connection that is not known yet is thought to carry 720p.
      abrEwmaDefaultEstimate: 3_000_000,
      fLoader: fragmentLoader(Hls.DefaultConfig.loader),
      fragLoadPolicy: patient(Hls.DefaultConfig.fragLoadPolicy),
      startLevel: -1,
      // HDR where the screen shows it, SDR elsewhere, though a browser would map it to either.
      videoPreference: {},
      testBandwidth: false, // the first request is for the picture, not for a measure
    });
    this.#hls = hls;
    const { Events } = Hls;
    hls.on(Events.MANIFEST_PARSED, () => {
      this.#fixLevel();
      this.#tell();
    });
    hls.on(Events.AUDIO_TRACKS_UPDATED, () => this.#wantSound());
    hls.on(Events.AUDIO_TRACK_SWITCHED, () => this.#tellSounds());
    hls.on(Events.LEVEL_SWITCHED, () => this.#tell());
    hls.on(Events.FRAG_BUFFERED, () => this.#isBack());
    hls.on(Events.ERROR, (_event, error) => {
      if (error.fatal) this.#hlsFailed(Hls, error);
      else if (/LoadError/.test(error.details)) this.#player.messages.because("retrying");
    });
    hls.loadSource(url);
    hls.attachMedia(video);
  }

  #hlsFailed(Hls, error) {
    const { messages, position, dataset } = this.#player;
    if (isGone(error.response?.code)) return this.#expired();
    const isReadable = !/Parsing|Incompatible/.test(error.details);
    if (error.type === Hls.ErrorTypes.NETWORK_ERROR && isReadable) return this.#retry();
    if (error.type === Hls.ErrorTypes.MEDIA_ERROR && this.#mediaErrors++ < 2) {
      return this.#hls.recoverMediaError();
    }
    this.#drop();
    if (dataset.mp4) this.#fallBack();
    else messages.fail("broken", () => this.reload(position, true));
  }

  /** One MP4 file: what every browser plays, without a choice of qualities. */
  #fallBack() {
    this.#attachFile(this.#player.dataset.mp4, this.#player.position, "file");
    if (this.#player.isWanted) this.#video.play().catch(() => {});
  }

  #retry() {
    if (this.#retryTimer) return; // sound and picture fail one after the other
    this.lostAt ??= this.#player.position;
    const again = () => this.#again();
    const isLong = this.#retries >= RETRIES_MS.length;
    const reason = !navigator.onLine ? "offline" : isLong ? "network" : "retrying";
    this.#player.messages.fail(reason, isLong ? again : undefined);
    this.#retryTimer = setTimeout(again, RETRIES_MS[this.#retries++] ?? RETRIES_MS.at(-1));
  }

  #again() {
    return this.reload(this.#player.position, this.#player.isWanted);
  }

  #drop() {
    this.#retryTimer = clearTimeout(this.#retryTimer);
    this.#hls?.destroy();
    this.#hls = undefined;
    this.#video.onerror = this.#video.oncanplay = null;
  }

  /** Attach the stream anew at `at` seconds: a better manifest, or after an error. */
  async reload(at, thenPlay = false) {
    const video = this.#video;
    const rate = video.playbackRate;
    this.#drop();
    this.#prepared = this.#attach(at);
    await this.#prepared;
    video.defaultPlaybackRate = video.playbackRate = rate;
    if (thenPlay) await video.play().catch(() => {});
  }

  #fixLevel() {
    const hls = this.#hls;
    if (!this.fixedHeight) return;
    const index = this.#best((level) => shortSide(level) <= this.fixedHeight);
    hls.loadLevel = Math.max(0, index);
  }

  /** The best level that fits, of the codec that plays: another one costs more, and a new decoder. */
  #best(fits) {
    const { levels, currentLevel, firstLevel } = this.#hls;
    const codec = (levels[currentLevel] ?? levels[firstLevel])?.codecSet;
    const same = levels.findLastIndex((level) => fits(level) && level.codecSet === codec);
    return same >= 0 ? same : levels.findLastIndex(fits);
  }

  /** Qualities from best to least: [{height, label}]; none where the browser chooses alone. */
  get qualities() {
    const levels = this.#hls?.levels ?? [];
    const sides = [...new Set(levels.map(shortSide))].sort((a, b) => b - a);
    return sides.map((height) => ({ height, label: `${height}p` }));
  }

  /** Short side, in pixels, of what is shown now. */
  get currentHeight() {
    const level = this.#hls?.levels?.[this.#hls.currentLevel];
    return level ? shortSide(level) : 0;
  }

  get frameRate() {
    return Number(this.#hls?.levels?.[this.#hls.currentLevel]?.attrs?.["FRAME-RATE"]) || 25;
  }

  setQuality(height) {
    const hls = this.#hls;
    this.fixedHeight = height;
    if (!hls) return;
    const index = height ? this.#best((level) => shortSide(level) === height) : -1;
    // At once when nothing moves; at the next segment when somebody watches.
    if (height && this.#video.paused) this.#changeAtOnce(index);
    else hls.nextLevel = index;
    this.#tell();
  }

  /** Firefox goes on showing the old picture of a film that stands still, until it is asked for it anew. */
  async #changeAtOnce(index) {
    const hls = this.#hls;
    const { FRAG_BUFFERED } = (await this.#Hls).Events;
    const redraw = (_event, { frag }) => {
      const { paused, currentTime } = this.#video;
      if (frag.level !== index || currentTime < frag.start || currentTime >= frag.end) return;
      hls.off(FRAG_BUFFERED, redraw);
      if (paused) this.#video.currentTime = currentTime;
    };
    hls.on(FRAG_BUFFERED, redraw);
    hls.currentLevel = index;
  }

  #tell() {
    this.#player.dispatchEvent(new Event("qualities"));
  }

  // -- sound: hls.js has tracks of its own, Safari those of the element

  get #tracks() {
    return this.#hls?.audioTracks ?? (this.kind === "native" ? [...(this.#video.audioTracks ?? [])] : []);
  }

  /** What can be heard: [{id, label, language}]. */
  get sounds() {
    return this.#tracks.map((track, id) => ({
      id,
      label: track.name || track.label || track.lang || track.language || String(id + 1),
      language: track.lang || track.language || "",
    }));
  }

  get currentSound() {
    return this.#hls ? this.#hls.audioTrack : this.#tracks.findIndex((track) => track.enabled);
  }

  setSound({ id, label, language }) {
    this.wantedSound = { label, language };
    if (this.#hls) this.#hls.audioTrack = id;
    else this.#tracks.forEach((track, place) => (track.enabled = place === id));
    this.#tellSounds();
  }

  /** What was chosen before, by its name, else by its language. */
  #wantSound() {
    const { label, language } = this.wantedSound ?? {};
    const { sounds } = this;
    const same = sounds.find((one) => one.label === label && one.language === language);
    const found = same ?? (language ? sounds.find((one) => one.language === language) : undefined);
    const current = sounds[this.currentSound];
    if (found && found.id !== current?.id && (same || current?.language !== language)) this.setSound(found);
    else this.#tellSounds();
  }

  #tellSounds() {
    this.#player.dispatchEvent(new Event("sounds"));
  }
}

/**
 * Ask again soon at first, then every two seconds: for as long as nobody answers, a few times when the server
 * has an error. hls.js itself takes silence for the fault of one quality and tries the next, until none is left.
 */
function patient({ default: policy }) {
  const shouldRetry = (retry, count, _isTimeout, response) => {
    const isSilent = response?.code === 0;
    retry.maxNumRetry = isSilent ? Infinity : TRIES; // asked again after this answer
    return isSilent || (count < TRIES && response?.code >= 500);
  };
  const errorRetry = { ...policy.errorRetry, retryDelayMs: 500, maxRetryDelayMs: 2000, maxNumRetry: TRIES, shouldRetry };
  return { default: { ...policy, errorRetry } };
}

/**
 * hls.js 1.7.4 asks for an init segment and a fragment at once. When it gives up the init segment to ask for another,
 * it hears of that as of a failure, gives up the new fragment as well, and waits for it for ever. So it does not hear.
 */
function fragmentLoader(Loader) {
  return class extends Loader {
    load(context, config, callbacks) {
      const isInit = context.frag.sn === "initSegment";
      super.load(context, config, isInit ? { ...callbacks, onAbort: undefined } : callbacks);
    }
  };
}

/** What the server answers for a file; 0 when nobody does. */
async function statusOf(url) {
  try {
    return (await fetch(url, { method: "HEAD", cache: "no-store" })).status;
  } catch {
    return 0;
  }
}

/** Where the film is by now, for whoever may watch it; {} for others. */
async function addresses(url) {
  try {
    const answer = await fetch(url, { cache: "no-store", headers: { Accept: "application/json" } });
    return answer.ok ? ((await answer.json()).addresses ?? {}) : {};
  } catch {
    return {};
  }
}

/** The address of something beside a film that has another address now. */
function moved(address, old, now) {
  const folder = (url) => url.slice(0, url.lastIndexOf("/") + 1);
  return address.replace(folder(old), folder(now));
}

const isGone = (status) => [401, 403, 404, 410].includes(status);
const shortSide = (level) => Math.min(level.width || level.height, level.height);

// The system's own media keys and lock screen (Media Session).
export function attachSession(player, controls) {
  const session = navigator.mediaSession;
  if (!session || !window.MediaMetadata) return;
  const { video, dataset } = player;

  video.addEventListener("play", () => {
    session.metadata = new MediaMetadata({
      title: dataset.title,
      artist: dataset.channel,
      artwork: dataset.artwork ? [{ src: dataset.artwork, type: "image/jpeg" }] : [],
    });
  });
  const handlers = {
    play: () => player.play(),
    pause: () => player.pause(),
    seekbackward: ({ seekOffset }) => controls.jump(-(seekOffset || 10)),
    seekforward: ({ seekOffset }) => controls.jump(seekOffset || 10),
    seekto: ({ seekTime }) => player.seek(seekTime),
  };
  for (const [name, handler] of Object.entries(handlers)) {
    try {
      session.setActionHandler(name, handler);
    } catch {
      // A browser that does not know this key.
    }
  }
  video.addEventListener("timeupdate", () => {
    const { duration } = player;
    if (duration > 0 && session.setPositionState) {
      session.setPositionState({ duration, position: Math.min(video.currentTime, duration), playbackRate: video.playbackRate || 1 });
    }
  });
}

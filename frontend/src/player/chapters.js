// Chapters: gaps in the bar, and the list below the film, whose links work without this.
export function attachChapters(player) {
  const found = JSON.parse(player.dataset.chapters || "[]").filter(([start]) => start < player.duration);
  const links = [...document.querySelectorAll("[data-seek]")];

  for (const [start] of found) {
    if (!start) continue;
    const gap = document.createElement("span");
    gap.style.setProperty("--at", `${(100 * start) / player.duration}%`);
    player.parts.chapters.append(gap);
  }

  const index = (at) => found.findLastIndex(([start]) => start <= at + 0.05);

  for (const link of links) {
    link.addEventListener("click", (event) => {
      // Whoever wants it in another tab gets it there.
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      player.seek(Number(link.dataset.seek) / 1000);
      player.play();
      player.scrollIntoView({ block: "nearest" });
    });
  }

  let shown = -1;
  player.video.addEventListener("timeupdate", () => {
    const now = index(player.position);
    if (now === shown) return;
    links[shown]?.removeAttribute("aria-current");
    links[now]?.setAttribute("aria-current", "true");
    shown = now;
  });

  return (at) => found[index(at)]?.[1] ?? "";
}

// What every page has: the theme switch, and the error summary that takes focus.
const root = document.documentElement;
const themes = ["auto", "light", "dark"];

function storedTheme() {
  try {
    return localStorage.getItem("lucarne.theme") ?? "auto";
  } catch {
    return root.dataset.theme ?? "auto";
  }
}

function applyTheme(button, theme) {
  if (theme === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme;
  button.dataset.theme = theme;
  const label = button.dataset[`label${theme[0].toUpperCase()}${theme.slice(1)}`];
  button.setAttribute("aria-label", label);
  button.title = label;
}

for (const button of document.querySelectorAll("[data-theme-switch]")) {
  applyTheme(button, storedTheme());
  button.addEventListener("click", () => {
    const next = themes[(themes.indexOf(button.dataset.theme) + 1) % themes.length];
    try {
      if (next === "auto") localStorage.removeItem("lucarne.theme");
      else localStorage.setItem("lucarne.theme", next);
    } catch {
      // Without storage the choice lasts for this page.
    }
    applyTheme(button, next);
  });
}

document.querySelector("[data-takes-focus]")?.focus();

// A page that waits for its film asks now and then, and shows it when it can be watched.
const waiting = document.querySelector("[data-waits-for]");
if (waiting) {
  const ask = async () => {
    if (!document.hidden) {
      try {
        const answer = await fetch(waiting.dataset.waitsFor, { headers: { Accept: "application/json" } });
        if (answer.ok && (await answer.json()).is_playable) return location.reload();
      } catch {
        // The network is away: ask again.
      }
    }
    setTimeout(ask, 2000);
  };
  setTimeout(ask, 1000);
}

const choice = document.querySelector("[data-audience]");
if (choice) import("./audience.js").then(({ offerChoice }) => offerChoice(choice));

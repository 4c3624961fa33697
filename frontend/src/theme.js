// Runs before the first paint (a blocking script of a few hundred bytes, so no flash and nothing inline):
// marks that scripts run, and puts the theme on that this reader chose.
const root = document.documentElement;
root.dataset.js = "";
try {
  const theme = localStorage.getItem("lucarne.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
} catch {
  // Storage is closed to us: the system's theme it is.
}

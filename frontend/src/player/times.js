/** Seconds asked for by ?t=90, ?t=1m30s or ?t=1h2m; 0 when there is none or it makes no sense. */
export function startFrom(search, duration) {
  const asked = new URLSearchParams(search).get("t");
  const match = asked?.match(/^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?$/);
  if (!match) return 0;
  const [, hours = 0, minutes = 0, seconds = 0] = match;
  const at = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return at < duration ? at : 0;
}

/** 4:05 or 1:02:03. */
export function clockTime(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value) => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

const formats = new Map();
function unit(value, name, language) {
  const key = `${language} ${name}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(language, { style: "unit", unit: name, unitDisplay: "long" }));
  }
  return formats.get(key).format(value);
}

/** "2 minutes 5 seconds", in the page's language. */
export function spokenTime(seconds) {
  const language = document.documentElement.lang || "en";
  const whole = Math.max(0, Math.floor(seconds));
  const parts = [
    [Math.floor(whole / 3600), "hour"],
    [Math.floor((whole % 3600) / 60), "minute"],
    [whole % 60, "second"],
  ].filter(([value, name], i) => value || (i === 2 && whole < 60));
  return parts.map(([value, name]) => unit(value, name, language)).join(" ");
}

// Sizes, speeds and waits in the language of the page.
const language = document.documentElement.lang || "en";
const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

function scaled(bytes) {
  let step = 0;
  while (bytes >= 1000 && step < units.length - 1) {
    bytes /= 1000;
    step += 1;
  }
  return [bytes, units[step]];
}

function unit(value, name, digits) {
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: name,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  }).format(value);
}

export function size(bytes) {
  const [value, name] = scaled(bytes);
  return unit(value, name, value < 10 && name !== "byte" ? 1 : 0);
}

export function speed(bytesPerSecond) {
  const [value, name] = scaled(bytesPerSecond);
  return unit(value, `${name}-per-second`, value < 10 && name !== "byte" ? 1 : 0);
}

export function wait(seconds) {
  if (seconds < 60) return unit(Math.max(1, Math.ceil(seconds)), "second", 0);
  if (seconds < 3600) return unit(Math.ceil(seconds / 60), "minute", 0);
  return unit(seconds / 3600, "hour", 1);
}

export function percent(fraction) {
  return new Intl.NumberFormat(language, { style: "percent" }).format(Math.floor(fraction * 100) / 100);
}

// One line without controls, or marks that would reorder the text around it.
export function shownName(name) {
  return name
    .replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, "")
    .replace(/\s+/g, " ")
    .trim();
}

export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

// A time of day: 14:03.
export function clockTime(at) {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at);
}

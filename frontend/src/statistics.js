// Draws what the tables of the page say, and shows the film under its retention curve. Loaded on that page only.
import uPlot from "uplot";
import { drawPicture, loadStoryboard } from "./player/storyboard.js";
import { clockTime, spokenTime } from "./player/times.js";

const language = document.documentElement.lang;
const facts = JSON.parse(document.getElementById("statistics-facts").textContent);
const percent = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
const number = new Intl.NumberFormat(language);
const redraws = [];

/** Colors are written in the style sheet, for light and dark: a canvas is told what they are just now. */
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);
function color(name, share = 100) {
  probe.style.color = `color-mix(in oklab, var(--${name}) ${share}%, transparent)`;
  return getComputedStyle(probe).color;
}

const FONT = `12px ${getComputedStyle(document.body).fontFamily}`;
const axis = (more) => ({
  stroke: () => color("ink-soft"),
  font: FONT,
  grid: { stroke: () => color("line"), width: 1 },
  ticks: { show: false },
  ...more,
});

function draw(place, { x, y, axes, series, scales, atCursor }) {
  const size = () => ({ width: place.clientWidth, height: place.clientHeight });
  const chart = new uPlot(
    {
      ...size(),
      legend: { show: false },
      padding: [12, 12, 0, 0],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 9 } },
      scales: { x: { time: false }, ...scales },
      axes,
      series: [{}, series],
      hooks: { setCursor: [(one) => atCursor(one.cursor.idx, one)] },
    },
    [x, y],
    place,
  );
  new ResizeObserver(() => chart.setSize(size())).observe(place);
  redraws.push(() => chart.redraw(false, true));
  return chart;
}

/** Whole numbers at the side, as few below as there is room for. */
function drawBars(figure) {
  const { values, texts } = facts[figure.dataset.chart];
  const { labels } = facts;
  const readout = figure.querySelector("[data-readout]");
  draw(figure.querySelector("[data-plot]"), {
    x: labels.map((_, i) => i),
    y: values,
    // Half a bar of room on both sides, and never a scale without height.
    scales: { x: { time: false, range: () => [-0.6, labels.length - 0.4] }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.05)] } },
    axes: [
      axis({
        size: 30,
        grid: { show: false },
        incrs: [1, 2, 7, 14, 28],
        space: 56,
        values: (_, splits) => splits.map((i) => labels[i] ?? ""),
      }),
      axis({ size: 52, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6], values: (_, splits) => splits.map((one) => number.format(one)) }),
    ],
    series: {
      fill: () => color("accent"),
      stroke: () => color("accent"),
      width: 0,
      points: { show: false },
      paths: uPlot.paths.bars({ size: [0.7, 48], radius: 0.1 }),
    },
    atCursor: (i) => (readout.textContent = i == null ? "" : texts[i]),
  });
}

function drawRetention(figure) {
  const { shares, durationMs, storyboard, words } = facts.retention;
  const at = (i) => ((i + 0.5) * durationMs) / 1000 / shares.length;
  const [slider, strip, picture, text, link] = ["slider", "strip", "picture", "text", "link"].map((name) =>
    figure.querySelector(`[data-moment-${name}]`),
  );
  let cues = [];

  function show(i) {
    const seconds = at(i);
    slider.value = i;
    text.textContent = words.moment.replace("{time}", clockTime(seconds)).replace("{share}", percent.format(shares[i]));
    slider.setAttribute("aria-valuetext", words.moment.replace("{time}", spokenTime(seconds)).replace("{share}", percent.format(shares[i])));
    link.href = `${link.dataset.film}?t=${Math.floor(seconds)}`;
    if (!drawPicture(picture, cues, seconds)) return;
    strip.hidden = false;
    const room = Math.max(0, strip.clientWidth - picture.offsetWidth);
    const x = (strip.clientWidth * (i + 0.5)) / shares.length - picture.offsetWidth / 2;
    picture.style.setProperty("--x", `${Math.max(0, Math.min(room, x))}px`);
  }

  const chart = draw(figure.querySelector("[data-plot]"), {
    x: shares.map((_, i) => at(i)),
    y: shares,
    scales: { x: { time: false, range: () => [0, durationMs / 1000] }, y: { range: () => [0, 1] } },
    axes: [
      axis({ size: 30, grid: { show: false }, space: 64, incrs: [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200], values: (_, splits) => splits.map(clockTime) }),
      axis({ size: 52, splits: () => [0, 0.25, 0.5, 0.75, 1], values: (_, splits) => splits.map((one) => percent.format(one)) }),
    ],
    series: { stroke: () => color("accent"), fill: () => color("accent", 18), width: 2, points: { show: false } },
    atCursor: (i) => i != null && show(i),
  });

  const align = () => figure.style.setProperty("--plot-left", `${chart.over.offsetLeft}px`);
  new ResizeObserver(align).observe(chart.over);
  align();
  slider.addEventListener("input", () => {
    const i = Number(slider.value);
    chart.setCursor({ left: chart.valToPos(at(i), "x"), top: 0 });
    show(i);
  });
  show(0);
  if (storyboard) loadStoryboard(storyboard).then((found) => ((cues = found), show(Number(slider.value))), () => {});
}

for (const figure of document.querySelectorAll("[data-chart]")) {
  if (figure.dataset.chart === "retention") drawRetention(figure);
  else drawBars(figure);
  // The table has said it until now.
  figure.querySelector("details").open = false;
}

const redraw = () => redraws.forEach((one) => one());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });

// The moment at which the film stands is the one that is written, and the other way round.
export function chooseMoment(form) {
  const film = form.querySelector("video");
  const field = form.elements.moment;
  const pad = (number) => String(number).padStart(2, "0");

  function written(seconds) {
    const ms = Math.round(seconds * 1000);
    const [hours, minutes] = [Math.floor(ms / 3600000), Math.floor(ms / 60000) % 60];
    const rest = `${pad(Math.floor(ms / 1000) % 60)}.${String(ms % 1000).padStart(3, "0")}`;
    return hours ? `${hours}:${pad(minutes)}:${rest}` : `${minutes}:${rest}`;
  }

  function read(text) {
    if (!/^\s*(\d+:){0,2}\d+([.,]\d{1,3})?\s*$/.test(text)) return NaN;
    return text.replace(",", ".").split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  }

  const write = () => {
    if (film.paused) field.value = written(film.currentTime);
  };
  for (const name of ["pause", "seeked", "timeupdate"]) film.addEventListener(name, write);

  field.addEventListener("change", () => {
    const seconds = read(field.value);
    if (Number.isNaN(seconds) || seconds > film.duration) return; // the portal says why
    film.pause();
    film.currentTime = seconds;
  });
  for (const button of form.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => {
      film.pause();
      const there = film.currentTime + Number(button.dataset.step);
      film.currentTime = Math.max(0, Math.min(film.duration || 0, there));
    });
  }
}

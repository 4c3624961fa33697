// A frame over the picture that is dragged and resized; the fields below say the same.
const SMALLEST = 320;

export function cropPicture(form) {
  const picture = { width: Number(form.dataset.width), height: Number(form.dataset.height) };
  const shapes = JSON.parse(form.dataset.shapes);
  const fields = form.elements;
  const stage = form.querySelector(".crop-stage");
  stage.append(document.getElementById("crop-frame").content.cloneNode(true));
  const frame = stage.querySelector(".crop-frame");
  const now = stage.querySelector("#crop-now");

  const ratio = () => {
    const [wide, high] = shapes[fields.shape.value] ?? shapes.wide;
    return wide / high;
  };
  const within = (value, least, most) => Math.max(least, Math.min(value, most));

  function asked() {
    return { left: Number(fields.left.value), top: Number(fields.top.value), width: Number(fields.width.value) };
  }

  // Puts the frame as near as it can be to what is wished, and writes it down.
  function put({ left, top, width }) {
    const most = Math.min(picture.width, picture.height * ratio());
    width = Math.round(within(width || most, Math.min(SMALLEST, most), most));
    const height = width / ratio();
    left = Math.round(within(left || 0, 0, picture.width - width));
    top = Math.round(within(top || 0, 0, picture.height - height));
    [fields.left.value, fields.top.value, fields.width.value] = [left, top, width];
    const share = (part, whole) => `${(100 * part) / whole}%`;
    frame.style.insetInlineStart = "auto";
    frame.style.left = share(left, picture.width);
    frame.style.top = share(top, picture.height);
    frame.style.width = share(width, picture.width);
    frame.style.height = share(height, picture.height);
    const says = form.dataset.says;
    now.textContent = says.replace("{left}", left).replace("{top}", top).replace("{width}", width);
  }

  // Around its middle, as far as the picture reaches.
  function resize(by) {
    const { left, top, width } = asked();
    put({ left: left - by / 2, top: top - by / ratio() / 2, width: width + by });
  }

  frame.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 1 : Math.max(1, Math.round(picture.width / 50));
    const { left, top, width } = asked();
    const moves = {
      ArrowLeft: () => put({ left: left - step, top, width }),
      ArrowRight: () => put({ left: left + step, top, width }),
      ArrowUp: () => put({ left, top: top - step, width }),
      ArrowDown: () => put({ left, top: top + step, width }),
      "+": () => resize(step),
      "=": () => resize(step),
      "-": () => resize(-step),
      _: () => resize(-step),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    moves[event.key]();
  });

  // Else the browser would drag the picture away.
  stage.addEventListener("dragstart", (event) => event.preventDefault());
  frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const begun = asked();
    const scale = picture.width / stage.clientWidth;
    const isCorner = event.target.classList.contains("crop-corner");
    frame.setPointerCapture(event.pointerId);
    const move = (to) => {
      const [x, y] = [(to.clientX - event.clientX) * scale, (to.clientY - event.clientY) * scale];
      if (isCorner) {
        const room = Math.min(picture.width - begun.left, (picture.height - begun.top) * ratio());
        put({ ...begun, width: Math.min(room, begun.width + Math.max(x, y * ratio())) });
      } else {
        put({ ...begun, left: begun.left + x, top: begun.top + y });
      }
    };
    const end = () => {
      frame.removeEventListener("pointermove", move);
      for (const name of ["pointerup", "pointercancel"]) frame.removeEventListener(name, end);
    };
    frame.addEventListener("pointermove", move);
    for (const name of ["pointerup", "pointercancel"]) frame.addEventListener(name, end);
  });

  form.addEventListener("change", () => put(asked()));
  put(asked());
}

// Who is sent now and who waits: a few at once, in the order they were chosen.
export function makeQueue(atOnce) {
  const waiting = [];
  const running = new Set();

  function next() {
    while (running.size < atOnce && waiting.length) {
      const one = waiting.shift();
      running.add(one);
      one.go();
    }
  }

  return {
    isRunning: (one) => running.has(one),
    join(one) {
      if (!running.has(one) && !waiting.includes(one)) waiting.push(one);
      next();
    },
    leave(one) {
      running.delete(one);
      const place = waiting.indexOf(one);
      if (place >= 0) waiting.splice(place, 1);
      next();
    },
  };
}

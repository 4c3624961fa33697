// Says where the index of a Matroska film is that a browser sends first; paths are arguments.
import { readFileSync } from "node:fs";
import { isMatroska, lastClusters } from "../../../frontend/src/studio/matroska.js";

for (const path of process.argv.slice(2)) {
  const film = new Blob([readFileSync(path)]);
  let found = null;
  try {
    if (await isMatroska(film)) found = await lastClusters(film, 32 * 1024 * 1024);
  } catch (error) {
    found = error.name;
  }
  console.log(JSON.stringify(found));
}

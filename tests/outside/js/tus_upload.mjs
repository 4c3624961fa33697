// Sends a file with tus-js-client as it is published. One JSON object in the arguments:
// {endpoint, file, headers, chunkSize, parallelUploads, stopAfter, storage}; one JSON
// object out: {url, chunks} or {error}. With stopAfter it stops there, as a reload would.
import { createReadStream } from "node:fs";
import * as tus from "tus-js-client";

const asked = JSON.parse(process.argv[2]);
let chunks = 0;

const upload = new tus.Upload(createReadStream(asked.file), {
  endpoint: asked.endpoint,
  headers: asked.headers,
  chunkSize: asked.chunkSize ?? Infinity,
  parallelUploads: asked.parallelUploads ?? 1,
  metadata: { filename: "film.bin", filetype: "video/mp4" },
  retryDelays: [0, 100, 300, 1000, 3000],
  ...(asked.storage ? { urlStorage: new tus.FileUrlStorage(asked.storage) } : {}),
  uploadDataDuringCreation: asked.duringCreation ?? false,
  addRequestId: true,
  onChunkComplete(_size, accepted) {
    chunks += 1;
    if (asked.stopAfter && accepted >= asked.stopAfter) {
      upload.abort().then(() => done({ url: upload.url, chunks, stopped: accepted }));
    }
  },
  onError: (error) => done({ error: String(error) }),
  onSuccess: () => done({ url: upload.url, chunks }),
});

function done(result) {
  console.log(JSON.stringify(result));
  process.exit(0);
}

const earlier = asked.storage ? await upload.findPreviousUploads() : [];
if (earlier.length) upload.resumeFromPreviousUpload(earlier[0]);
upload.start();

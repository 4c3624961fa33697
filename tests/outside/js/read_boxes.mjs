// Reads MP4 files, whose paths stand on standard input one a line, with mp4box.js; writes what their boxes say.
import { readFileSync } from "node:fs";
import { createFile } from "mp4box";

const bytesOf = (path) => {
  const { buffer, byteOffset, byteLength } = readFileSync(path);
  return Object.assign(buffer.slice(byteOffset, byteOffset + byteLength), { fileStart: 0 });
};

function read(path) {
  const file = createFile();
  const problems = [];
  file.onError = (_module, message) => problems.push(message);
  file.appendBuffer(bytesOf(path), true);
  const places = file.boxes.map(({ type, start, size }) => ({ type, start, size }));
  return { problems, places, ...movie(file.moov), fragments: fragments(file.boxes), sidx: index(file.sidx) };
}

const index = (sidx) =>
  sidx && {
    track: sidx.reference_ID,
    timescale: sidx.timescale,
    begins: sidx.earliest_presentation_time,
    offset: sidx.first_offset,
    parts: sidx.references.map((one) => ({ size: one.referenced_size, duration: one.subsegment_duration, isKey: one.starts_with_SAP === 1 })),
  };

function movie(moov) {
  if (!moov) return {};
  return { duration: moov.mvex.mehd?.fragment_duration, tracks: moov.traks.map(track) };
}

function track({ tkhd, edts, mdia }) {
  const [entry] = mdia.minf.stbl.stsd.entries;
  return {
    id: tkhd.track_id,
    shown: [tkhd.width / 65536, tkhd.height / 65536],
    edits: edts?.elst.entries.map((one) => [one.segment_duration, one.media_time]) ?? [],
    timescale: mdia.mdhd.timescale,
    language: mdia.mdhd.languageString,
    handler: mdia.hdlr.handler,
    entry: entry.type,
    codec: entry.getCodec(),
    size: [entry.width ?? 0, entry.height ?? 0],
    channels: entry.channel_count ?? 0,
    rate: entry.samplerate ?? 0,
    avcC: entry.avcC && {
      profile: entry.avcC.AVCProfileIndication,
      level: entry.avcC.AVCLevelIndication,
      lengthBytes: entry.avcC.lengthSizeMinusOne + 1,
      sps: entry.avcC.SPS.length,
      pps: entry.avcC.PPS.length,
    },
    av1C: entry.av1C && {
      version: entry.av1C.version,
      profile: entry.av1C.seq_profile,
      level: entry.av1C.seq_level_idx_0,
      isHighBitDepth: entry.av1C.high_bitdepth,
      chroma: [entry.av1C.chroma_subsampling_x, entry.av1C.chroma_subsampling_y],
    },
  };
}

/** Of each `moof`: its one run of samples, with the defaults of its `tfhd` filled in, and where its bytes lie. */
function fragments(boxes) {
  return boxes.flatMap((moof, at) => {
    if (moof.type !== "moof") return [];
    const [traf] = moof.trafs;
    const [trun] = traf.truns;
    const { sample_count: count } = trun;
    const all = (values, usual) => Array.from({ length: count }, (_, i) => values?.[i] ?? usual);
    const flags = all(trun.sample_flags, traf.tfhd.default_sample_flags);
    if (trun.first_sample_flags) flags[0] = trun.first_sample_flags;
    return {
      number: moof.mfhd.sequence_number,
      track: traf.tfhd.track_id,
      time: traf.tfdt.baseMediaDecodeTime,
      runs: traf.truns.length,
      durations: all(trun.sample_duration, traf.tfhd.default_sample_duration),
      sizes: all(trun.sample_size, traf.tfhd.default_sample_size),
      compositions: all(trun.sample_composition_time_offset, 0),
      isSync: flags.map((one) => !(one & 0x10000)),
      // Of the first byte of the samples, from the beginning of the moof.
      begins: trun.data_offset,
      moof: moof.size,
      mdat: boxes[at + 1]?.type === "mdat" ? boxes[at + 1].size : 0,
    };
  });
}

const paths = readFileSync(0, "utf8").split("\n").filter(Boolean);
process.stdout.write(JSON.stringify(Object.fromEntries(paths.map((path) => [path, read(path)]))));

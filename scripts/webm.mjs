/**
 * @file Writes a WebM file of one VP9 track (Matroska, RFC 9559), with its length and an index of its key frames in front of the
 * pictures, so that players know how long it is and can jump.
 */

/** Bytes of an element's size: enough for 256 MiB. */
const SIZE_BYTES = 4;

/**
 * @param {{ width: number, height: number, seconds: number, frames: { ms: number, key: boolean, data: Uint8Array }[] }} film
 * frames in the order of their times, the first a key frame, key frames at most 32 s apart.
 * @returns {Buffer} the file
 */
export function webm({ width, height, seconds, frames }) {
  const head = element(0x1a45dfa3, [
    element(0x4286, uint(1)), // EBMLVersion
    element(0x42f7, uint(1)), // EBMLReadVersion
    element(0x42f2, uint(4)), // EBMLMaxIDLength
    element(0x42f3, uint(8)), // EBMLMaxSizeLength
    element(0x4282, Buffer.from('webm')), // DocType
    element(0x4287, uint(4)), // DocTypeVersion
    element(0x4285, uint(2)), // DocTypeReadVersion
  ]);
  const information = element(0x1549a966, [
    element(0x2ad7b1, uint(1_000_000)), // TimestampScale: 1 ms
    element(0x4489, float(seconds * 1000)), // Duration
    element(0x4d80, Buffer.from('Longview')), // MuxingApp
    element(0x5741, Buffer.from('Longview')), // WritingApp
  ]);
  const video = element(0xe0, [element(0xb0, uint(width)), element(0xba, uint(height))]);
  const track = [
    element(0xd7, uint(1)), // TrackNumber
    element(0x73c5, uint(1)), // TrackUID
    element(0x9c, uint(0)), // FlagLacing
    element(0x83, uint(1)), // TrackType: video
    element(0x86, Buffer.from('V_VP9')), // CodecID
    video,
  ];
  const tracks = element(0x1654ae6b, [element(0xae, track)]);
  const clusters = clustersOf(frames);
  // Times and places have one width, so the index has its size before the places are known.
  const before = information.length + tracks.length + index(clusters, 0).length;
  const segment = [information, tracks, index(clusters, before), ...clusters.map(({ bytes }) => bytes)];
  return Buffer.concat([head, element(0x18538067, segment)]);
}

/** A cluster begins with each key frame. */
function clustersOf(frames) {
  const groups = [];
  for (const frame of frames) {
    if (frame.key || groups.length === 0) groups.push([]);
    groups.at(-1).push(frame);
  }
  return groups.map((group) => {
    const [{ ms: begin }] = group;
    const blocks = group.map(({ ms, key, data }) => {
      const block = Buffer.from([0x81, 0, 0, key ? 0x80 : 0]);
      block.writeInt16BE(ms - begin, 1);
      return element(0xa3, Buffer.concat([block, data])); // SimpleBlock
    });
    return { ms: begin, bytes: element(0x1f43b675, [element(0xe7, uint(begin)), ...blocks]) };
  });
}

/** Cues; `place` of the first cluster, from the beginning of the segment's content. */
function index(clusters, place) {
  let at = place;
  const cues = clusters.map(({ ms, bytes }) => {
    const where = element(0xb7, [element(0xf7, uint(1)), element(0xf1, uint(at))]);
    at += bytes.length;
    return element(0xbb, [element(0xb3, uint(ms)), where]);
  });
  return element(0x1c53bb6b, cues);
}

/** @param {Uint8Array | Uint8Array[]} content */
function element(id, content) {
  const body = Array.isArray(content) ? Buffer.concat(content) : content;
  const name = Buffer.from(id.toString(16), 'hex');
  const size = uint(body.length);
  if (body.length >= 2 ** (7 * SIZE_BYTES) - 1) throw new Error('the film is too long for its file');
  size[0] |= 0x80 >> (SIZE_BYTES - 1);
  return Buffer.concat([name, size, body]);
}

function uint(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function float(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

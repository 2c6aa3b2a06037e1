import { describe, expect, it } from 'vitest';
import { webm } from '../../scripts/webm.mjs';

interface Element {
  id: string;
  /** Of its content, from the beginning of the file. */
  at: number;
  bytes: Buffer;
}

const masters = {
  segment: '18538067',
  information: '1549a966',
  cues: '1c53bb6b',
  cue: 'bb',
  place: 'b7',
  cluster: '1f43b675',
};

/** The elements side by side in a part of a file, by RFC 8794: sizes of any width. */
function* elements(bytes: Buffer, from = 0): Generator<Element> {
  const width = (first: number) => Math.clz32(first) - 23;
  for (let at = 0; at < bytes.length; ) {
    const id = bytes.subarray(at, at + width(bytes[at]));
    at += id.length;
    const sizeWidth = width(bytes[at]);
    const size = bytes.readUIntBE(at, sizeWidth) - 2 ** (7 * sizeWidth);
    at += sizeWidth;
    yield { id: id.toString('hex'), at: from + at, bytes: bytes.subarray(at, at + size) };
    at += size;
  }
}

const inside = ({ bytes, at }: Element, id: string) => [...elements(bytes, at)].filter((e) => e.id === id);
const number = ({ bytes }: Element) => bytes.readUIntBE(0, bytes.length);

describe('a WebM file', () => {
  const frames = [0, 100, 200, 5000, 5100].map((ms) => ({
    ms,
    key: ms % 5000 === 0,
    data: Uint8Array.from({ length: 300 + ms }, (_, i) => (i * 7 + ms) % 256),
  }));
  const file = webm({ width: 320, height: 200, seconds: 5.2, frames });
  const [head, segment] = elements(file);

  it('is one head and one segment that end with the file, and tells its length', () => {
    expect([head.id, segment.id]).toEqual(['1a45dfa3', masters.segment]);
    expect(segment.at + segment.bytes.length).toBe(file.length);
    expect(inside(head, '4282')[0].bytes.toString()).toBe('webm');
    const [information] = inside(segment, masters.information);
    expect(inside(information, '4489')[0].bytes.readDoubleBE()).toBe(5200);
  });

  it('holds every frame at its time', () => {
    const found = inside(segment, masters.cluster).flatMap((cluster) =>
      inside(cluster, 'a3').map(({ bytes }) => ({
        ms: number(inside(cluster, 'e7')[0]) + bytes.readInt16BE(1),
        key: bytes[3] === 0x80,
        data: Uint8Array.from(bytes.subarray(4)),
      })),
    );
    expect(found).toEqual(frames);
  });

  it('has an index that points at the clusters, each begun by a key frame', () => {
    const clusters = inside(segment, masters.cluster);
    const [cues] = inside(segment, masters.cues);
    const points = inside(cues, masters.cue).map((cue) => ({
      ms: number(inside(cue, 'b3')[0]),
      at: number(inside(inside(cue, masters.place)[0], 'f1')[0]),
    }));
    expect(points.map(({ ms }) => ms)).toEqual([0, 5000]);
    for (const [i, { at }] of points.entries()) {
      const [first] = elements(file.subarray(segment.at + at), segment.at + at);
      expect([first.id, first.at]).toEqual([masters.cluster, clusters[i].at]);
    }
  });
});

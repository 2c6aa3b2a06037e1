/** @file Links: what is written is read again, and what a link cannot mean is said and left out. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configFromQuery, configToQuery } from '../../src/run/config-text';
import { decodeDocument } from '../../src/run/document';
import { presets } from '../../src/run/presets';
import type { LongDocument } from '../../src/tasks/types';
import {
  defaultView,
  groupPart,
  groupUid,
  hideable,
  labViews,
  maxAddress,
  maxLinkText,
  pack,
  packDocument,
  readHash,
  readPage,
  unpack,
  unpackDocument,
  type ViewLink,
  writeAddress,
  writeHash,
  xAxes,
} from '../../src/ui/state/link';

const count = fc.integer({ min: 1, max: 999_999 });
const view = fc.record<ViewLink>({
  view: fc.constantFrom(...labViews),
  step: fc.option(count),
  group: fc.option(
    fc.tuple(count, fc.boolean()).map(([n, again]) => (again ? `2-${n % 1000}` : String(n % 1000))),
  ),
  sample: fc.option(count),
  tok: fc.option(fc.nat(9999)),
  color: fc.constantFrom('advantage', 'logprob', 'ratio', 'entropy', 'kl', 'clipped', 'objective'),
  smooth: fc.integer({ min: 0, max: 99 }).map((n) => n / 100),
  x: fc.constantFrom(...xAxes),
  log: fc.boolean(),
  band: fc.boolean(),
  filter: fc.string({ maxLength: 80 }),
  pins: fc.uniqueArray(fc.constantFrom('actor/lr', 'val-core/lookup/acc/pass@8', 'group/kept'), {
    maxLength: 3,
  }),
  compare: fc.option(fc.uniqueArray(fc.constantFrom('run-a', 'run-b1', 'x.y', 'z'), { maxLength: 4 })),
});

describe('the view in the hash', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(view, (link) => {
        expect(readHash(`#${writeHash(link)}`)).toEqual({
          view: link,
          document: null,
          packed: null,
          notices: [],
        });
      }),
    );
  });

  it('is empty for the default, and names only what differs', () => {
    expect(writeHash(defaultView)).toBe('');
    expect(
      writeHash({
        ...defaultView,
        view: 'rollouts',
        step: 142,
        group: '3',
        sample: 1,
        tok: 88,
        color: 'ratio',
      }),
    ).toBe('view=rollouts&step=142&group=3&sample=1&tok=88&color=ratio');
  });

  it('never throws on any text, and never takes a value that is not possible', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom(...Object.keys(defaultView), 'z', 'v', 'nonsense'),
        (text, key) => {
          const { view: read } = readHash(`#${key}=${encodeURIComponent(text)}`);
          expect(labViews).toContain(read.view);
          expect(xAxes).toContain(read.x);
          expect(read.smooth).toBeGreaterThanOrEqual(0);
          expect(read.smooth).toBeLessThanOrEqual(0.99);
          if (read.step !== null) expect(Number.isSafeInteger(read.step)).toBe(true);
          readHash(text);
        },
      ),
    );
  });

  it('says which key it does not know, with the nearest one, and which value is impossible', () => {
    const { view: read, notices } = readHash('#stpe=3&step=-1&view=nowhere&smooth=2&log=yes');
    expect(read).toEqual(defaultView);
    expect(notices.map(({ code }) => code)).toEqual([
      'link.unknown',
      'link.value',
      'link.value',
      'link.value',
      'link.value',
    ]);
    expect(notices[0].message).toContain('stpe');
    expect(notices[0].advice).toContain('step');
    expect(notices[2].advice).toContain('overview');
  });
});

describe('the page’s own part of the query', () => {
  it('takes level, embed and hidden parts, and leaves settings alone', () => {
    expect(readPage('?level=lab&hide=export,reset&embed=1&clip_ratio_high=0.3')).toEqual({
      page: { level: 'lab', hide: ['export', 'reset'], embed: true },
      notices: [],
    });
    expect(readPage('')).toEqual({ page: { level: null, hide: [], embed: false }, notices: [] });
  });

  it('notices a level and parts that are not there; only listed names can hide anything', () => {
    const { page, notices } = readPage('?level=studio&hide=export,"]{}');
    expect(page).toEqual({ level: null, hide: ['export'], embed: false });
    expect(notices.map(({ code }) => code)).toEqual(['link.value', 'link.value']);
    expect(hideable.every((name) => /^[a-z]+$/.test(name))).toBe(true);
  });
});

describe('an address', () => {
  const page = { level: 'lab' };

  it('holds the differences from the preset and the seed in the query, and says nothing of the document', async () => {
    const config = { ...presets.micro, clip_ratio_high: 0.3, seed: 7 };
    const address = await writeAddress(configToQuery(config), page, { ...defaultView, step: 2 });
    expect(address).toBe('?preset=micro&seed=7&clip_ratio_high=0.3&level=lab#step=2');
    expect(configFromQuery(address.split('#')[0])).toEqual({ config, notices: [] });
  });

  it('packs settings into the hash when they are long, and gives them back', async () => {
    const settings = `preset=micro&curriculum=${'256x40,'.repeat(300)}`;
    const address = await writeAddress(settings, page, { ...defaultView, view: 'eval' });
    expect(address.length).toBeLessThan(maxAddress);
    expect(address).toMatch(/^\?level=lab#v=1&z=[\w-]+&view=eval$/);
    const { packed, view: read, notices } = readHash(new URL(address, 'https://x/').hash);
    expect(notices).toEqual([]);
    expect(read.view).toBe('eval');
    expect(await unpack(packed ?? '')).toBe(settings);
  });

  it('packs any text and refuses what is broken or swells', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 3000 }), async (text) => {
        const packed = await pack(text);
        expect(packed).toMatch(/^[\w-]*$/);
        // Lone surrogates have no UTF-8.
        if (new TextDecoder().decode(new TextEncoder().encode(text)) === text)
          expect(await unpack(packed)).toBe(text);
      }),
      { numRuns: 40 },
    );
    const broken = { code: 'link.packed' };
    await expect(unpack('not deflate at all')).rejects.toMatchObject(broken);
    await expect(unpack((await pack('clip_ratio_high=0.3')).slice(0, -4))).rejects.toMatchObject(broken);
    await expect(unpack(await pack('a'.repeat(1e6)))).rejects.toMatchObject(broken);
  });
});

describe('a group in a link', () => {
  it('is its place in the first round, or round and place', () => {
    expect(groupPart('142-1-3')).toBe('3');
    expect(groupPart('142-2-3')).toBe('2-3');
    expect(groupUid(142, '3')).toBe('142-1-3');
    expect(groupUid(142, '2-3')).toBe('142-2-3');
  });
});

describe('a text in a link', () => {
  const letter =
    'The letter of Alder went out on Tuesday, and “Linport” had it by noon. 🙂 <b>no markup</b>\n'.repeat(4);

  it('comes back letter by letter, as a document of the same id as a dropped file', async () => {
    const packed = await packDocument({ title: 'A\nletter', text: letter });
    const address = await writeAddress('preset=micro', {}, defaultView, packed);
    const { document, notices } = readHash(address.slice(address.indexOf('#')));
    expect(notices).toEqual([]);
    expect(await unpackDocument(document ?? '')).toEqual({
      ...decodeDocument('A letter', new TextEncoder().encode(letter)),
      source: 'imported',
    });
  });

  it('is in a link only where it was asked for, and never as a data set or beyond its bound', async () => {
    expect(await writeAddress('preset=micro', {}, defaultView)).not.toContain('doc=');
    expect(await packDocument({ title: 'x', text: 'a'.repeat(maxLinkText + 1) })).toBeNull();
    const dataset = {} as NonNullable<LongDocument['dataset']>;
    expect(await packDocument({ title: 'x', text: letter, dataset })).toBeNull();
    expect(await packDocument({ title: 'x', text: 'ab '.repeat(maxLinkText / 3) })).not.toBeNull();
  });

  it('is refused where it is no text, swells, or is longer than it may be', async () => {
    const bad = [
      'AAAA',
      await pack('no line break'),
      await pack(`${'t'.repeat(200)}\n${letter}`),
      await pack(`title\n${'a'.repeat(maxLinkText + 1)}`),
      await pack(`title\n${'a'.repeat(5_000_000)}`),
    ];
    for (const packed of bad)
      await expect(unpackDocument(packed), packed.slice(0, 20)).rejects.toMatchObject({
        code: 'link.document',
      });
    await expect(unpackDocument(await pack('title\n \n'))).rejects.toThrow();
    for (const value of ['a b', '<script>', 'A'.repeat(70_000)])
      expect(readHash(`#doc=${encodeURIComponent(value)}`)).toMatchObject({
        document: null,
        notices: [{ code: 'link.value' }],
      });
  });
});

import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../src/errors';
import { importFiles, importLimits, importZip } from '../../src/run/import-run';
import { MemoryStore } from '../../src/run/memory-store';
import { crc32, ZipWriter, zipParts } from '../../src/run/zip';
import { readZip } from '../../src/run/zip-reader';
import { writeRun } from '../support/run-fixture';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const limits = { entries: 100, entryBytes: 1e6, bytes: 2e6 };
const zipOf = (files: Record<string, string | Uint8Array>) =>
  new Blob(
    zipParts(
      Object.entries(files).map(([path, content]) => ({
        path,
        bytes: typeof content === 'string' ? bytesOf(content) : content,
      })),
    ),
  );

/** The files of a small whole run. */
async function runFiles(prefix = ''): Promise<Record<string, Uint8Array>> {
  const store = new MemoryStore();
  await writeRun(store);
  return Object.fromEntries((await store.all()).map(({ path, bytes }) => [prefix + path, bytes]));
}

/** One deflated entry whose directory may lie. */
function deflated(
  path: string,
  content: Uint8Array,
  told: Partial<{ size: number; crc: number; offset: number }> = {},
) {
  const packed = deflateRawSync(content);
  const name = bytesOf(path);
  const fields = (view: DataView, at: number) => {
    view.setUint16(at + 2, 0x0800, true);
    view.setUint16(at + 4, 8, true);
    view.setUint32(at + 10, told.crc ?? crc32(content), true);
    view.setUint32(at + 14, packed.length, true);
    view.setUint32(at + 18, told.size ?? content.length, true);
    view.setUint16(at + 22, name.length, true);
  };
  const local = new DataView(new ArrayBuffer(30));
  local.setUint32(0, 0x04034b50, true);
  fields(local, 4);
  const central = new DataView(new ArrayBuffer(46));
  central.setUint32(0, 0x02014b50, true);
  fields(central, 6);
  central.setUint32(42, told.offset ?? 0, true);
  const end = new DataView(new ArrayBuffer(22));
  end.setUint32(0, 0x06054b50, true);
  end.setUint16(8, 1, true);
  end.setUint16(10, 1, true);
  end.setUint32(12, 46 + name.length, true);
  end.setUint32(16, 30 + name.length + packed.length, true);
  return new Blob([local, name, packed, central, name, end]);
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error) => (error instanceof CodedError ? error.code : `${error}`),
  );
}

describe('a zip', () => {
  it('has the CRC-32 of the standard and its entries in order', async () => {
    const bytes = bytesOf('123456789');
    expect(crc32(bytes)).toBe(0xcbf43926);
    const whole = Buffer.from(await zipOf({ 'run/config.json': bytes }).arrayBuffer());
    expect(whole.readUInt32LE(0)).toBe(0x04034b50);
    const end = whole.length - 22;
    expect(whole.readUInt32LE(end)).toBe(0x06054b50);
    expect(whole.readUInt16LE(end + 10)).toBe(1);
    const directory = whole.readUInt32LE(end + 16);
    expect(whole.readUInt32LE(directory)).toBe(0x02014b50);
    expect(whole.readUInt32LE(directory + 16)).toBe(0xcbf43926);
    expect(whole.subarray(directory + 46, directory + 46 + 15).toString()).toBe('run/config.json');
    expect(whole.subarray(30 + 15, 30 + 15 + 9).toString()).toBe('123456789');
  });

  it('gives back what was written, whatever it was', async () => {
    const files = fc.dictionary(
      fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }),
      fc.uint8Array({ maxLength: 200 }),
      {
        maxKeys: 6,
        noNullPrototype: true,
      },
    );
    await fc.assert(
      fc.asyncProperty(files, async (given) => {
        const clean = Object.fromEntries(Object.entries(given).filter(([name]) => !name.endsWith('/')));
        const found = await readZip(zipOf(clean), limits);
        expect(found.map(({ path }) => path)).toEqual(Object.keys(clean));
        for (const file of found) expect(await file.read()).toEqual(new Uint8Array(clean[file.path]));
      }),
      { numRuns: 60 },
    );
  });

  it('reads deflated entries, and a comment behind the end', async () => {
    const content = bytesOf('a line\n'.repeat(1000));
    const [file] = await readZip(deflated('metrics.jsonl', content), limits);
    expect(await file.read()).toEqual(content);
    const commented = Buffer.from(await zipOf({ a: 'x' }).arrayBuffer());
    commented.writeUInt16LE(3, commented.length - 2);
    expect(await readZip(new Blob([commented, 'abc']), limits)).toHaveLength(1);
  });

  it('any damage is refused with a code or gives the true content, never anything else', async () => {
    const content = bytesOf('the content of a file that is long enough to be worth it');
    const whole = new Uint8Array(await deflated('a.txt', content).arrayBuffer());
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.nat(whole.length),
        async (changes, cut) => {
          const hurt = whole.slice();
          for (const [at, value] of changes) hurt[at] = value;
          for (const bytes of [hurt, whole.slice(0, cut), whole.slice(cut)]) {
            try {
              for (const file of await readZip(new Blob([bytes]), limits))
                expect(await file.read()).toEqual(content);
            } catch (error) {
              expect(error).toBeInstanceOf(CodedError);
              expect((error as CodedError).code).toMatch(/^import\./);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is refused where it is too much, before it is unpacked', async () => {
    const many = new ZipWriter();
    for (let i = 0; i < 101; i++) many.add(String(i), new Uint8Array());
    expect(await codeOf(readZip(new Blob(many.finish()), limits))).toBe('import.size');
    expect(await codeOf(readZip(zipOf({ a: new Uint8Array(1e6 + 1) }), limits))).toBe('import.size');
    const three = { a: new Uint8Array(9e5), b: new Uint8Array(9e5), c: new Uint8Array(9e5) };
    expect(await codeOf(readZip(zipOf(three), limits))).toBe('import.size');
  });

  it('a bomb, an understated size and a pointer into nothing are stopped', async () => {
    const bomb = deflated('a', new Uint8Array(900_000), { size: 1000 });
    expect(await codeOf((await readZip(bomb, limits))[0].read())).toBe('import.zip');
    const claim = deflated('a', bytesOf('small'), { size: 900_000 });
    expect(await codeOf((await readZip(claim, limits))[0].read())).toBe('import.zip');
    const nowhere = deflated('a', bytesOf('small'), { offset: 0xfffffff0 });
    expect(await codeOf((await readZip(nowhere, limits))[0].read())).toBe('import.zip');
    const wrong = deflated('a', bytesOf('small'), { crc: 1 });
    expect(await codeOf((await readZip(wrong, limits))[0].read())).toBe('import.zip');
  });
});

describe('a run from outside', () => {
  it('comes in as it went out, from a zip with or without a folder around it', async () => {
    for (const prefix of ['', 'run-1/', 'Downloads/runs/run-1/']) {
      const files = await runFiles(prefix);
      const store = new MemoryStore();
      expect(await importZip(zipOf({ ...files, [`${prefix}.DS_Store`]: 'x' }), store)).toEqual({
        files: Object.keys(files).length,
        leftOut: 1,
      });
      for (const [path, bytes] of Object.entries(files))
        expect(await store.read(path.slice(prefix.length))).toEqual(bytes);
    }
  });

  it('takes only what a run folder has', async () => {
    const files = await runFiles('r/');
    const strange = {
      'r/../../evil.json': '{}',
      '/etc/passwd': 'x',
      'r/rollouts/train/../../x.jsonl': 'x',
      'r/checkpoints/step_3/run.sh': 'rm',
      'r/index.html': '<script>',
      'r\\config.json': '{}',
      'r/documents/1.json/x': '{}',
    };
    const store = new MemoryStore();
    const { leftOut } = await importZip(zipOf({ ...files, ...strange }), store);
    expect(leftOut).toBe(Object.keys(strange).length);
    expect((await store.all()).map(({ path }) => `r/${path}`).sort()).toEqual(Object.keys(files).sort());
  });

  it.each([
    ['no run', () => ({ 'a.txt': 'x' }), 'import.run'],
    ['settings that are no JSON', (files) => ({ ...files, 'config.json': '{' }), 'import.run'],
    [
      'settings of another age',
      (files) => ({ ...files, 'config.json': '{"schema_version":7}' }),
      'import.schema',
    ],
    [
      'a setting out of range',
      (files) => ({ ...files, 'config.json': '{"schema_version":1,"preset":"micro","lr":1e9}' }),
      'config.range',
    ],
    [
      'a setting nobody knows',
      (files) => ({ ...files, 'config.json': '{"schema_version":1,"preset":"micro","__proto__x":1}' }),
      'config.unknown',
    ],
    [
      'a change out of range',
      (files) => ({ ...files, 'changes.jsonl': '{"step":1,"key":"lr","from":1,"to":1e9}\n' }),
      'config.range',
    ],
    [
      'a checkpoint cut short',
      (files) => ({ ...files, 'checkpoints/step_3/model.safetensors': new Uint8Array(40) }),
      'checkpoint.format',
    ],
    [
      'a tokenizer that is none',
      (files) => ({ ...files, 'checkpoints/step_3/tokenizer.json': '{}' }),
      'checkpoint.tokenizer',
    ],
    [
      'two runs',
      (files) => ({ ...files, 'other/config.json': '{}', 'other/metrics.jsonl': '' }),
      'import.run',
    ],
  ] satisfies [string, (files: Record<string, Uint8Array>) => Record<string, string | Uint8Array>, string][])(
    '%s is refused, and nothing of it stays',
    async (_, change, code) => {
      const store = new MemoryStore();
      expect(await codeOf(importZip(zipOf(change(await runFiles())), store))).toBe(code);
      expect(await store.all()).toEqual([]);
    },
  );

  it('files chosen by hand stand under the same bounds', async () => {
    const huge = {
      path: 'r/metrics.jsonl',
      size: importLimits.entryBytes + 1,
      read: async () => new Uint8Array(),
    };
    expect(await codeOf(importFiles([huge], new MemoryStore()))).toBe('import.size');
  });
});

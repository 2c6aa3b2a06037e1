import { describe, expect, it } from 'vitest';
import { makeConfig } from '../../src/run/config';
import { firstLine, maxNotesBytes, notesFile } from '../../src/run/notes';
import { readText } from '../../src/run/store';
import { runLibrary } from '../../workers/run-library';
import { fakeDisk } from '../support/fake-disk';
import { writeRun } from '../support/run-fixture';

const onScreen = {
  config: makeConfig('micro', {}),
  document: { id: 'd', title: 'A text', text: 'Text.', source: 'imported' as const },
};

/** A stored run, and the library it is in. */
async function stored() {
  const disk = fakeDisk();
  const store = await disk.open('run-1', true);
  await writeRun(store);
  let taken = 0;
  const runs = runLibrary({
    disk,
    estimate: async () => ({}),
    appVersion: '0.1.0',
    commit: 'abc',
    newId: () => `run-in-${++taken}`,
    wait: async () => {},
  });
  return { disk, store, runs };
}

const zipFile = (blob: Blob) => [{ path: 'run.zip', file: new File([blob], 'run.zip') }];
const written = '# ε_high .28\n\nThe reward rises sooner; <b>no markup</b> is made of this. 量\n';

describe('notes of a run', () => {
  it('are kept in its folder as they were written, and their first line is listed', async () => {
    const { runs, store } = await stored();
    expect(await runs.notes('run-1')).toBe('');
    expect((await runs.list()).runs[0].note).toBe('');
    await runs.writeNotes('run-1', written);
    expect(await readText(store, notesFile)).toBe(written);
    expect(await runs.notes('run-1')).toBe(written);
    expect((await runs.list()).runs[0].note).toBe('ε_high .28');
    await runs.writeNotes('run-1', ' \n');
    expect(await store.exists(notesFile), 'nothing written, no file').toBe(false);
  });

  it('leave and come back with the zip', async () => {
    const { runs } = await stored();
    await runs.writeNotes('run-1', written);
    const { id, leftOut } = await runs.takeIn(zipFile(await runs.zip('run-1')), onScreen);
    expect(leftOut).toBe(0);
    expect(await runs.notes(id)).toBe(written);
  });

  it('that are too long are refused in words, and what was saved before stays', async () => {
    const { runs } = await stored();
    await runs.writeNotes('run-1', written);
    // Within the bound in characters, beyond it in bytes.
    const long = '量'.repeat(maxNotesBytes / 3 + 1);
    await expect(runs.writeNotes('run-1', long)).rejects.toMatchObject({
      code: 'notes.long',
      message: expect.stringContaining(String(3 * long.length)),
    });
    expect(await runs.notes('run-1')).toBe(written);
    await runs.writeNotes('run-1', 'x'.repeat(maxNotesBytes));
    expect((await runs.notes('run-1')).length).toBe(maxNotesBytes);
  });

  it.each([
    ['not in UTF-8', new Uint8Array([0x4e, 0x6f, 0x74, 0xe9, 0x21]), 'notes.encoding'],
    ['longer than is shown', new Uint8Array(maxNotesBytes + 1).fill(65), 'notes.long'],
  ])(
    'from outside that are %s come in whole, are told by code, and are never replaced',
    async (_, bytes, code) => {
      const { runs, store, disk } = await stored();
      await store.write(notesFile, bytes);
      const { id } = await runs.takeIn(zipFile(await runs.zip('run-1')), onScreen);
      await expect(runs.notes(id)).rejects.toMatchObject({ code });
      await expect(runs.writeNotes(id, 'mine')).rejects.toMatchObject({ code });
      expect(await (await disk.open(id, false)).read(notesFile)).toEqual(bytes);
      expect((await runs.list()).runs.map(({ note }) => note)).toEqual(['', '']);
    },
  );

  it('of many words are a short first line in the list', () => {
    expect(firstLine('\n---\n- [x] done: one\nmore')).toBe('[x] done: one');
    expect(firstLine(`a\u202eb ${'word '.repeat(100)}`)).toMatch(/^a b word .{1,120}…$/);
    expect(firstLine('  \n')).toBe('');
  });
});

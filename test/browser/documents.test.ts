/** @file A text of one's own comes to the page: dragged from outside and dropped, or in a link. On the fake workers. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openFakePage } from '../support/fake-page';
import type { OpenedPage } from '../support/page';

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

const letter = Array.from(
  { length: 40 },
  (_, i) => `On day ${i} the keeper Quentin counted ${i * 7} lamps in the harbour of Zelland.`,
).join('\n');

/** What the browser itself sends while a person drags a file over the page and lets it go: no event made by a script. */
async function dragIn(page: OpenedPage['page'], name: string, content: string) {
  const path = join(await mkdtemp(join(tmpdir(), 'longview-')), name);
  await writeFile(path, content);
  const browser = await page.context().newCDPSession(page);
  const at = (type: 'dragEnter' | 'dragOver' | 'drop') =>
    browser.send('Input.dispatchDragEvent', {
      type,
      ...{ x: 700, y: 450 },
      data: { items: [], files: [path], dragOperationsMask: 1 },
    });
  await at('dragEnter');
  await at('dragOver');
  return { drop: () => at('drop') };
}

describe('a text', () => {
  it('dragged over the page says where it goes, and dropped becomes the document that questions are about', async () => {
    opened = await openFakePage();
    const { page, errors } = opened;
    await page.getByTestId('start-here').waitFor();
    const { drop } = await dragIn(page, 'lamps.txt', letter);
    await page.getByText('Drop a text').waitFor();
    await drop();
    await page.getByTestId('document-panel').getByText('lamps.txt').waitFor();
    expect(await page.getByTestId('document-text').textContent()).toContain('On day 0 the keeper Quentin');
    await page.keyboard.press('.');
    await expect.poll(() => page.getByTestId('question').textContent()).toMatch(/lamps in the harbour/);
    expect(page.url(), 'no address of a file was opened').toMatch(/^http:/);
    expect(errors).toEqual([]);
  });

  it('is in a link only where a person asks for it, and the link opens with it', async () => {
    opened = await openFakePage();
    const { page, errors } = opened;
    await page.getByTestId('start-here').waitFor();
    await (await dragIn(page, 'lamps.txt', letter)).drop();
    await page.getByTestId('document-panel').getByText('lamps.txt').waitFor();
    await page.keyboard.press('s');
    const field = page.getByTestId('share-link');
    await expect.poll(() => field.inputValue()).toMatch(/^http/);
    expect(await field.inputValue()).not.toContain('doc=');
    await page.getByTestId('share-text').check();
    await expect.poll(() => field.inputValue()).toContain('doc=');
    const link = await field.inputValue();
    await page.goto('about:blank');
    await page.goto(link);
    await page.getByTestId('document-panel').getByText('lamps.txt').waitFor();
    await page.getByTestId('start-here').waitFor();
    await page.keyboard.press('.');
    await expect.poll(() => page.getByTestId('question').textContent()).toMatch(/lamps in the harbour/);
    expect(errors).toEqual([]);
  });

  it('of a link that is damaged is told by code, and the page opens with its own', async () => {
    opened = await openFakePage({ hash: 'doc=bm8gdGV4dA' });
    const { page } = opened;
    await page.getByText('link.document').waitFor();
    await page.getByTestId('start-here').waitFor();
    await page.getByTestId('document-panel').getByText('The Chronicle of Linport', { exact: true }).waitFor();
  });
});

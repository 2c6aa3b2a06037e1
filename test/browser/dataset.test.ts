/** @file A person's own questions on the real page with its real workers: dropped, asked, with the gold marked. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { jsonl, plainRows } from '../support/dataset';
import { type OpenedPage, openPage } from '../support/page';

/** As little work a step as shows everything: two groups of eight short answers. */
const small = {
  preset: 'micro',
  window_tokens: '64',
  max_prompt_length: '160',
  max_response_length: '24',
  'overlong_buffer.len': '4',
  train_batch_size: '2',
  gen_batch_size: '2',
  mini_batch_size: '1',
  'filter_groups.enable': 'false',
  'eval.every': '0',
};

let opened: OpenedPage | null = null;
afterEach(async () => {
  await opened?.close();
  opened = null;
});

async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  await page.evaluate(
    ([title, content]) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([Uint8Array.from(content)], title));
      document
        .querySelector('[data-testid=drop-target]')
        ?.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true }));
    },
    [name, [...bytes]] as const,
  );
}

/** One more step, and the question it shows. */
async function askOnce(page: Page): Promise<string> {
  const question = page.getByTestId('question');
  const before = await question.textContent();
  await page.keyboard.press('.');
  await page.waitForFunction(
    (old) => document.querySelector('[data-testid=question]')?.textContent !== old,
    before,
    { timeout: 120_000 },
  );
  return (await question.textContent()) ?? '';
}

async function axeProblems(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id} ${html}`));
  });
}

describe('questions of one’s own', () => {
  it('are dropped as JSONL, asked as they stand, their gold marked; what was left out is told', async () => {
    opened = await openPage({ query: small });
    const { page, errors, outside } = opened;
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
    const rows = plainRows(12).map((row) => ({ ...row, reasoning: `<i>Read ${row.id}</i>, then say it.` }));
    await drop(page, 'mine.jsonl', jsonl([...rows, { context: 'No question.' }]));
    const panel = page.getByTestId('document-panel');
    await panel.getByText('mine.jsonl').waitFor({ timeout: 60_000 });
    const line = page.getByTestId('dataset');
    await line.getByText('held out').waitFor({ timeout: 60_000 });
    expect(await line.textContent()).toContain('12 questions of yours, 1 row left out.');
    expect(await line.textContent()).toContain('tiny and will rarely answer real questions');
    await page.getByTestId('left-out').locator('summary').click();
    expect(await page.getByTestId('left-out').textContent()).toContain('Row 13: no question, query, input.');

    const asked = await askOnce(page);
    const row = rows.find(({ question }) => question === asked);
    expect(row, asked).toBeDefined();
    await page.getByTestId('evidence').first().waitFor();
    expect(await page.getByTestId('evidence').allTextContents()).toEqual(row?.answers);
    expect(await panel.textContent()).toContain('given-text, from your file');

    // The Lab's Data view says the same, and opens a file too: parquet by its own reader, loaded now.
    await page.getByTestId('level-lab').click();
    await page.getByTestId('view-data').click();
    const data = page.getByTestId('data');
    await data.getByText('12 questions of yours').waitFor();
    expect(await page.getByTestId('families').textContent()).toContain('given-text');
    expect(await page.getByTestId('families').textContent()).not.toContain('cloze');
    const reasoning = page.getByTestId('row-reasoning');
    const told = reasoning.getByText(`<i>Read ${row?.id}</i>, then say it.`);
    expect(await told.isVisible(), 'folded at first').toBe(false);
    await reasoning
      .filter({ hasText: `<i>Read ${row?.id}</i>` })
      .locator('summary')
      .click();
    expect(await told.isVisible()).toBe(true);
    expect(await axeProblems(page)).toEqual([]);
    const more = plainRows(20).slice(12);
    const bytes = parquetWriteBuffer({
      columnData: (['id', 'context', 'question', 'answers'] as const).map((name) => ({
        name,
        data: more.map((each) => each[name]),
      })),
    });
    const path = join(await mkdtemp(join(tmpdir(), 'longview-')), 'more.parquet');
    await writeFile(path, new Uint8Array(bytes));
    await data.getByTestId('file-input').setInputFiles(path);
    await data.getByText('8 questions of yours.').waitFor({ timeout: 60_000 });
    expect(errors).toEqual([]);
    expect(outside).toEqual([]);
  });

  it('in columns that nobody knows are asked about, mapped, and asked; the mapping stays with them', async () => {
    opened = await openPage({ query: small });
    const { page, errors } = opened;
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
    const rows = plainRows(12).map(({ context, question, answers }) => ({
      q: question,
      '<i>text</i>': context,
      label: answers[0],
      note: '<b>bold</b>',
    }));
    await drop(page, 'other.jsonl', jsonl(rows));
    const dialog = page.getByTestId('columns-dialog');
    await dialog.getByText('line 1: no context. Found keys: q, <i>text</i>, label, note.').waitFor();
    // Names and cells are text, never markup; the proposal fits this file.
    await dialog.getByRole('cell', { name: '<b>bold</b>' }).first().waitFor();
    expect(await dialog.locator('b, i').count()).toBe(0);
    expect(await dialog.getByTestId('columns-context').inputValue()).toBe('<i>text</i>');
    expect(await dialog.getByTestId('columns-question').inputValue()).toBe('q');
    await dialog.getByTestId('columns-answer').selectOption('q');
    await dialog.getByText('Each needs a column of its own.').waitFor();
    expect(await dialog.getByTestId('columns-open').isDisabled()).toBe(true);
    await dialog.getByTestId('columns-answer').selectOption('label');
    expect(await axeProblems(page)).toEqual([]);
    await dialog.getByTestId('columns-open').click();
    const line = page.getByTestId('dataset');
    await line.getByText('held out').waitFor({ timeout: 60_000 });
    expect(await line.textContent()).toContain('12 questions of yours.');
    expect(await line.textContent()).toContain(
      'Read as mapped: context from <i>text</i>, question from q, answer from label.',
    );
    const asked = await askOnce(page);
    expect(rows.map(({ q }) => q)).toContain(asked);
    expect(errors).toEqual([]);
  });

  it('that are cancelled, or do not fit, leave the document', async () => {
    opened = await openPage({ query: small });
    const { page } = opened;
    await page.getByTestId('start-here').waitFor({ timeout: 60_000 });
    const title = await page.locator('#document-title').textContent();
    await drop(page, 'other.jsonl', jsonl([{ q: 'Who?', t: 'A text.' }]));
    await page.getByTestId('columns-dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByTestId('columns-dialog').waitFor({ state: 'detached' });
    const problem = page.getByTestId('error-panel');
    await drop(
      page,
      'long.jsonl',
      jsonl([{ context: 'Far away. '.repeat(400), question: 'q?', answer: 'far' }]),
    );
    await problem.waitFor();
    expect(await problem.getAttribute('data-code')).toBe('document.prompt_too_long');
    expect(await page.locator('#document-title').textContent()).toBe(title);
  });
});

/** @file A run's answers and questions as parquet: what another reader gets is what the run folder holds. */
import { parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { openDocument } from '../../src/run/dataset/open';
import { QuestionRows } from '../../src/run/launch/question-rows';
import { completionsName, completionsParquet, questionsParquet } from '../../src/run/parquet-files';
import type { RolloutRow } from '../../src/run/rollout-rows';
import { shippedTokenizer } from '../support/texts';

const tokenizer = shippedTokenizer();

function answer(context: string, question: string, more: Partial<RolloutRow> = {}): RolloutRow {
  return {
    input: tokenizer.decode(tokenizer.buildPrompt(context, question).ids),
    question,
    family: 'given-text',
    output: 'so </think> Therefore, the answer is Bath.',
    tokens: 9,
    truncated: false,
    gts: 'Bath',
    score: 0.75,
    step: 3,
    uid: '3-1-0',
    index: 0,
    rule: 1,
    judge: null,
    overlong_reward: -0.25,
    advantage: 0.5,
    kept: true,
    drop_reason: null,
    acc: true,
    pred: 'Bath',
    stage: null,
    pool: false,
    visits: 0,
    last_reward: null,
    ...more,
  };
}

const read = (bytes: Uint8Array<ArrayBuffer>) =>
  parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });

describe('completions', () => {
  it('have TRL’s columns in TRL’s order, a judge that was not asked as null', async () => {
    const rows = [answer('Ada moved to Bath.', 'Where?'), answer('Ä "b"\n c', 'Who?', { judge: 1, step: 3 })];
    const table = await read(await completionsParquet(rows));
    expect(Object.keys(table[0])).toEqual([
      'step',
      'prompt',
      'completion',
      'rule',
      'judge',
      'overlong',
      'advantage',
    ]);
    expect(table).toEqual(
      rows.map((row) => ({
        step: 3n,
        prompt: row.input,
        completion: row.output,
        rule: 1,
        judge: row.judge,
        overlong: -0.25,
        advantage: 0.5,
      })),
    );
    expect(completionsName(3)).toBe('completions/completions_00003.parquet');
  });
});

describe('questions', () => {
  const rows = [
    answer('In 1204 Ada moved to Bath.', 'Where did Ada move?', { stage: 1 }),
    answer('In 1204 Ada moved to Bath.', 'Where did Ada move?', { stage: 1, index: 1 }),
    answer('The mill cost 12.5 crowns.', 'How much?', { stage: 2, family: 'given-number', gts: '12.5' }),
    answer('In 1204 Ada moved to Bath.', 'Where did Ada move?', { stage: 2, pool: true }),
    answer('Ben stayed.', 'Who? (A) Ada (B) Ben', { stage: 2, family: 'given-choice', gts: 'B' }),
    { ...answer('', 'Lost?', { stage: 2 }), input: 'Lost?' },
  ];
  const gathered = new QuestionRows();
  gathered.add(rows);

  it('are one file a stage, each once, the retrospective ones among them, without prompts that were not kept', () => {
    const all = gathered.all();
    expect([...all.keys()]).toEqual(['stage-1', 'stage-2']);
    expect(all.get('stage-1')).toHaveLength(1);
    expect(all.get('stage-2')?.map(({ extra_info }) => extra_info.retrospective)).toEqual([
      false,
      true,
      false,
    ]);
    expect(all.get('stage-2')?.map(({ data_source }) => data_source)).toEqual([
      'docmath_longview',
      'musique_longview',
      'long_toc_choices_longview',
    ]);
    expect(all.get('stage-2')?.map(({ reward_model }) => reward_model.ground_truth)).toEqual([
      'Therefore, the answer is 12.5',
      'Therefore, the answer is Bath',
      'The correct answer is (B)',
    ]);
  });

  it('come back as rows in verl’s columns, and open here as a data set with the same contexts and answers', async () => {
    const stage = gathered.all().get('stage-2') ?? [];
    const bytes = await questionsParquet(stage);
    expect(await read(bytes)).toEqual(stage);
    const { text, dataset } = await openDocument('stage-2.parquet', bytes);
    const contexts = dataset?.questions.map(({ window }) => text.slice(window.start, window.end));
    expect(contexts).toEqual(['The mill cost 12.5 crowns.', 'In 1204 Ada moved to Bath.', 'Ben stayed.']);
    expect(dataset?.questions.map(({ family, answers }) => [family, answers[0]])).toEqual([
      ['given-number', '12.5'],
      ['given-text', 'Bath'],
      ['given-choice', 'B'],
    ]);
    expect(dataset?.leftOut).toBe(0);
  });
});

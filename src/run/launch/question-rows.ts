/**
 * @file The questions a run asked as rows that verl and TRL train on: columns data_source, prompt, ability, reward_model and
 * extra_info, one file a stage, the retrospective ones of a stage among its own.
 *
 * The prompt is that of QwenLong-L1's README. data_source is named so that the fork's dispatch, which looks for a part of
 * it, finds the rule.
 */
import { TEXT_CLOSE, TEXT_OPEN } from '../../policy/tokenizer';
import { goldSentence } from '../../reward/faithful';
import { ruleFamilyOf } from '../../reward/question-scorer';
import type { RuleFamily } from '../../reward/types';
import type { RolloutRow } from '../rollout-rows';

export interface QuestionRow {
  data_source: string;
  prompt: { role: 'user'; content: string }[];
  ability: string;
  reward_model: { style: 'rule'; ground_truth: string };
  extra_info: { index: number; split: 'train'; question: string; retrospective: boolean };
}

const sources: Readonly<Record<RuleFamily, { source: string; ability: string; form: string }>> = {
  docqa: {
    source: 'musique_longview',
    ability: 'doc-qa',
    form: 'Therefore, the answer is (insert answer here)',
  },
  docmath: {
    source: 'docmath_longview',
    ability: 'doc-math',
    form: 'Therefore, the answer is (insert answer here)',
  },
  multichoice: {
    source: 'long_toc_choices_longview',
    ability: 'doc-mc',
    form: 'The correct answer is (insert answer here)',
  },
};

/** The stage a row was asked in, as its script is named; rows of a run without stages are all of one. */
export function stemOf({ stage }: Pick<RolloutRow, 'stage'>): string {
  return stage === null ? 'train' : `stage-${stage}`;
}

/** Gathers answers step by step and keeps each question of a stage once. */
export class QuestionRows {
  private readonly stages = new Map<string, Map<string, QuestionRow>>();

  /** Answers whose folder does not hold the prompt are passed over. */
  add(rows: readonly RolloutRow[]): void {
    for (const row of rows) {
      const context = contextOf(row.input);
      if (context === null || !row.question) continue;
      const stage = this.stages.get(stemOf(row)) ?? new Map<string, QuestionRow>();
      this.stages.set(stemOf(row), stage);
      const key = `${row.question}\n${row.input}`;
      if (!stage.has(key)) stage.set(key, questionRow(row, context, stage.size));
    }
  }

  /** By the stem of the stage's script. */
  all(): Map<string, QuestionRow[]> {
    return new Map([...this.stages].map(([stem, rows]) => [stem, [...rows.values()]]));
  }
}

function questionRow(
  { question, gts, family, pool }: RolloutRow,
  context: string,
  index: number,
): QuestionRow {
  // Folders without a family are older than data sets with letters and numbers; their own questions were text.
  const rule = family === undefined ? 'docqa' : ruleFamilyOf(family);
  const { source, ability, form } = sources[rule];
  const content = `Please read the following text and answer the question below.\n\n<text>\n${context}\n</text>\n\n${question}\n\nFormat your response as follows: "${form}".`;
  return {
    data_source: source,
    prompt: [{ role: 'user', content }],
    ability,
    reward_model: { style: 'rule', ground_truth: goldSentence(rule, gts) },
    extra_info: { index, split: 'train', question, retrospective: pool },
  };
}

/** What the prompt of the tab's policy holds between its marks; null where the row has no prompt. */
function contextOf(input: string): string | null {
  const open = input.indexOf(TEXT_OPEN);
  const close = input.lastIndexOf(TEXT_CLOSE);
  return open < 0 || close < open ? null : input.slice(open + TEXT_OPEN.length, close).trim();
}

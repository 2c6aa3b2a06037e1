/** @file Parquet of a run: the answers of a step in TRL's columns, and questions in verl's. The writer is loaded when asked for. */
import type { ColumnSource, SchemaElement } from 'hyparquet-writer';
import type { QuestionRow } from './launch/question-rows';
import type { RolloutRow } from './rollout-rows';

const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  converted_type: 'UTF8',
  repetition_type: 'REQUIRED',
});
const group = (name: string, children: number): SchemaElement => ({
  name,
  repetition_type: 'REQUIRED',
  num_children: children,
});

/** list<struct<role, content>> and structs, as datasets of verl have them. */
const questionSchema: SchemaElement[] = [
  { name: 'root', num_children: 5 },
  text('data_source'),
  { ...group('prompt', 1), converted_type: 'LIST' },
  { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
  group('element', 2),
  text('role'),
  text('content'),
  text('ability'),
  group('reward_model', 2),
  text('style'),
  text('ground_truth'),
  group('extra_info', 4),
  { name: 'index', type: 'INT32', repetition_type: 'REQUIRED' },
  text('split'),
  text('question'),
  { name: 'retrospective', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
];

export async function questionsParquet(rows: readonly QuestionRow[]): Promise<Uint8Array<ArrayBuffer>> {
  const names = ['data_source', 'prompt', 'ability', 'reward_model', 'extra_info'] as const;
  return write(
    names.map((name) => ({ name, data: rows.map((row) => row[name]) })),
    questionSchema,
  );
}

/** TRL's `completions/completions_{step}.parquet`: step, prompt, completion, one column a reward, advantage. */
export async function completionsParquet(rows: readonly RolloutRow[]): Promise<Uint8Array<ArrayBuffer>> {
  return write([
    { name: 'step', data: rows.map(({ step }) => BigInt(step)), type: 'INT64', nullable: false },
    { name: 'prompt', data: rows.map(({ input }) => input), type: 'STRING', nullable: false },
    { name: 'completion', data: rows.map(({ output }) => output), type: 'STRING', nullable: false },
    { name: 'rule', data: rows.map(({ rule }) => rule), type: 'DOUBLE', nullable: false },
    // Null where the judge was not asked, as TRL writes a reward that a function did not give.
    { name: 'judge', data: rows.map(({ judge }) => judge), type: 'DOUBLE' },
    { name: 'overlong', data: rows.map((row) => row.overlong_reward), type: 'DOUBLE', nullable: false },
    { name: 'advantage', data: rows.map(({ advantage }) => advantage), type: 'DOUBLE', nullable: false },
  ]);
}

export function completionsName(step: number): string {
  return `completions/completions_${String(step).padStart(5, '0')}.parquet`;
}

async function write(columnData: ColumnSource[], schema?: SchemaElement[]): Promise<Uint8Array<ArrayBuffer>> {
  const { parquetWriteBuffer } = await import('hyparquet-writer');
  return new Uint8Array(parquetWriteBuffer({ columnData, schema }));
}

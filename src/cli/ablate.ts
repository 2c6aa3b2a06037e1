/** @file `longview ablate`: trains a grid of variants over seeds and compares them. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import type { EvaluationSuite } from '../evaluation/types';
import type { PolicyTokenizer } from '../policy/tokenizer';
import { runAblation } from '../run/ablation';
import { ablationAxes, ablationGrid, cellName } from '../run/ablation-grid';
import { gridFile } from '../run/ablation-read';
import { ablationFigure, ablationMarkdown, ablationTable } from '../run/ablation-table';
import { configFromFlags } from '../run/config-text';
import { documentSuites } from '../run/document-suites';
import { familySuites } from '../run/family-suites';
import type { Session } from '../run/session';
import type { RunConfig } from '../run/settings';
import { parseStages } from '../run/stages-text';
import { readText } from '../run/store';
import type { LongDocument } from '../tasks/types';
import { numberList, type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { policyStore, readDocument, runOrigin } from './files';
import { onInterrupt } from './interrupt';
import { openNodeGpu } from './node-gpu';
import { NodeStore } from './node-store';
import { openSession } from './open-session';

const specs = {
  out: {
    kind: 'text',
    value: 'DIR',
    help: 'a run folder for every cell, table and figure; goes on with what is there',
  },
  steps: {
    kind: 'count',
    value: 'N',
    help: 'training steps a cell at most, warm-up included [those of its stages, else 40]',
  },
  seeds: { kind: 'text', value: 'LIST', help: 'seeds with commas between [1,2,3]' },
  buckets: {
    kind: 'text',
    value: 'LIST',
    help: 'prompt lengths that are evaluated [those of the stages, else half and all of max_prompt_length]',
  },
  questions: { kind: 'count', value: 'N', help: 'held-out questions a family and length [32]' },
  samples: { kind: 'count', value: 'N', help: 'sampled answers a question [2]' },
  only: {
    kind: 'text',
    value: 'TEXT',
    help: 'train only cells whose name holds this, such as "DAPO, SFT"; the table has all finished ones',
  },
  document: {
    kind: 'text',
    value: 'FILE',
    help: 'text to ask questions of; a generated document without it',
  },
} as const satisfies OptionSpecs;

export const help = `longview ablate --out DIR [--flags] [--any_setting value]

${ablationAxes.map(({ name, levels }) => `  ${name}: ${levels.map((level) => level.name).join(', ')}`).join('\n')}

Preset small unless another is named. The levels are made from its stages (--curriculum): SFT needs an sft: stage, phased
needs two others; levels without are left out. All cells make the same RL steps and are asked held-out questions of the
families they train on. Interrupted or killed, the same command goes on where it was; finished cells are only
read. Writes table.md, table.json and figure.svg.

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { settings, options } = parseArguments(argv, specs);
  if (options.out === undefined) throw usage('ablate needs --out DIR.');
  const seeds = numberList('seeds', options.seeds ?? '1,2,3');
  const base = configFromFlags({ preset: 'small', ...settings });
  const steps = options.steps ?? null;
  const { cells, absent } = ablationGrid(base, seeds, steps);
  const samples = options.samples ?? 2;
  const asked = {
    buckets: options.buckets ? numberList('buckets', options.buckets) : stageLengths(base),
    depths: [null],
    questions: options.questions ?? 32,
    samples,
    ks: [1, samples].filter((k, i, all) => all.indexOf(k) === i),
    // The same questions in every cell, whatever its own seed.
    seed: 1,
  };
  const document = await readDocument(options.document);
  const out = new NodeStore(resolve(options.out));
  await checkGrid(out, { base: { ...base, seed: 0 }, steps, asked, document: document.id });
  const gpu = await openNodeGpu();
  const interrupt = onInterrupt(() =>
    console.error('Stopping after this step; Ctrl+C again to stop at once.'),
  );
  const tell = (text: string) => process.stderr.write(`${text}\n`);
  try {
    const results = await runAblation<Session>(cells, {
      store: (cell) => new NodeStore(resolve(out.root, cell.folder)),
      documentId: document.id,
      async open({ config, folder: name }, folder, resumeStep) {
        const policyFiles =
          resumeStep === null
            ? await policyStore(config.policy)
            : new NodeStore(resolve(out.root, name, `checkpoints/step_${resumeStep}`));
        const resume = resumeStep !== null;
        const session = await openSession({ config, document, policyFiles, isStart: !resume, gpu, resume });
        if (!resume) await folder.begin(config, runOrigin(gpu, document));
        return session;
      },
      measure: (session) =>
        session.evaluateSuites({
          ...asked,
          suites: trainedSuites(base, document, session.tokenizer, asked.seed),
        }),
      wanted: (cell) => options.only === undefined || cellName(cell).includes(options.only),
      onCell: (cell, state) => tell(`${cellName(cell)}, seed ${cell.seed}: ${state}`),
      onStep: (cell, step) => tell(`${cell.folder}  step ${step}/${cell.steps}`),
      stopped: () => interrupt.asked,
    });
    const table = ablationTable(results, absent);
    const markdown = ablationMarkdown(table);
    await out.write('table.json', `${JSON.stringify(table, null, 2)}\n`);
    await out.write('table.md', markdown);
    await out.write('figure.svg', ablationFigure(results));
    console.log(markdown);
    if (results.length < cells.length)
      tell(`${results.length} of ${cells.length} cells are finished; the same command goes on.`);
    return results.length === cells.length ? 0 : 1;
  } finally {
    interrupt.release();
    gpu.close();
  }
}

/** L_k of the stages, or half and all of the longest prompt. */
function stageLengths({ curriculum, max_prompt_length }: RunConfig): number[] {
  const lengths = parseStages(curriculum)
    .filter(({ kind }) => kind === 'rl')
    .map(({ maxTokens }) => maxTokens);
  return lengths.length > 0 ? lengths : [Math.ceil(max_prompt_length / 2), max_prompt_length];
}

/** The families that the grid trains on, as suites. */
function trainedSuites(
  { 'task.families': families }: RunConfig,
  document: LongDocument,
  tokenizer: PolicyTokenizer,
  seed: number,
): EvaluationSuite[] {
  const all = [...documentSuites(document, tokenizer, seed), ...familySuites(tokenizer, seed)];
  const trained = all.filter(({ name }) => families.some((family) => family === name));
  // A text without facts is asked cloze questions whatever was wished.
  return trained.length > 0 ? trained : documentSuites(document, tokenizer, seed);
}

/** @throws CodedError `ablate.other_settings` where the folder holds a grid made otherwise. */
async function checkGrid(out: NodeStore, grid: object): Promise<void> {
  const text = `${JSON.stringify(grid, null, 2)}\n`;
  if (!(await out.exists(gridFile))) await out.write(gridFile, text);
  else if ((await readText(out, gridFile)) !== text)
    throw new CodedError(
      'ablate.other_settings',
      `${out.root} holds a grid with other settings, steps, questions or another text.`,
      'Choose another --out, or the flags it began with (ablation.json); only --seeds may change.',
    );
}

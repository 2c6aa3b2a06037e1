/** @file `longview ablate`: trains a grid of variants over seeds and compares them. */
import { resolve } from 'node:path';
import { CodedError } from '../errors';
import { runAblation } from '../run/ablation';
import { ablationAxes, ablationGrid, cellName } from '../run/ablation-grid';
import { askedOfCells, gridFile, gridText, trainedSuites } from '../run/ablation-plan';
import { ablationFigure, ablationMarkdown, ablationTable } from '../run/ablation-table';
import { configFromFlags } from '../run/config-text';
import type { Session } from '../run/session';
import { readText } from '../run/store';
import { numberList, type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { mapOption, policyStore, readDocument, runOrigin } from './files';
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
  map: mapOption,
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
  const asked = askedOfCells(base, {
    buckets: options.buckets ? numberList('buckets', options.buckets) : null,
    questions: options.questions ?? 32,
    samples: options.samples ?? 2,
  });
  const document = await readDocument(options.document, options.map);
  const out = new NodeStore(resolve(options.out));
  await checkGrid(out, gridText(base, steps, asked, document.id));
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
        if (!resume) await folder.begin(config, runOrigin(gpu.adapter, document));
        return session;
      },
      measure: (session) =>
        session.evaluateSuites({
          ...asked,
          suites: trainedSuites(base, document, session.tokenizer),
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

/** @throws CodedError `ablate.other_settings` where the folder holds a grid made otherwise. */
async function checkGrid(out: NodeStore, text: string): Promise<void> {
  if (!(await out.exists(gridFile))) await out.write(gridFile, text);
  else if ((await readText(out, gridFile)) !== text)
    throw new CodedError(
      'ablate.other_settings',
      `${out.root} holds a grid with other settings, steps, questions or another text.`,
      'Choose another --out, or the flags it began with (ablation.json); only --seeds may change.',
    );
}

/** @file `longview <command>`: chooses the command, tells errors in words. Exit code 0 fine, 1 failed, 2 wrong use. */
import { asCodedError, CodedError } from '../errors';
import { nearest } from '../run/config';
import { settingHelp, usage } from './args';

/** A command's file is loaded only when it runs: help needs no GPU. */
interface Command {
  summary: string;
  load(): Promise<{ help: string; run(argv: readonly string[]): Promise<number> }>;
}

const commands: Readonly<Record<string, Command>> = {
  train: { summary: 'trains on a document and writes a run folder', load: () => import('./train') },
  record: {
    summary: 'trains a run and packs it for the page to replay',
    load: () => import('./record'),
  },
  eval: { summary: 'answers held-out questions with a checkpoint', load: () => import('./eval') },
  hack: {
    summary: 'shows what answers that know nothing get from every reward',
    load: () => import('./hack'),
  },
  behaviours: {
    summary: 'shows the phrases of reasoning behaviours, or counts them in a run',
    load: () => import('./behaviours'),
  },
  figures: {
    summary: 'draws the training dynamics of run folders as SVG',
    load: () => import('./figures'),
  },
  export: {
    summary: 'turns a run folder into weights, CSV and parquet, or settings into verl and TRL scripts',
    load: () => import('./export'),
  },
  'prove-learning': {
    summary: 'shows over several seeds that training learns, with controls',
    load: () => import('./prove-learning'),
  },
  'prove-hybrid': {
    summary: 'trains by rule, judge and their maximum, and compares what comes of it',
    load: () => import('./prove-hybrid'),
  },
  ablate: {
    summary: 'trains a grid of variants over seeds and compares them',
    load: () => import('./ablate'),
  },
  warmup: { summary: 'makes the shipped policy by supervised training', load: () => import('./warmup') },
  'judge-train': {
    summary: 'trains the embedded judge on generated pairs',
    load: () => import('./judge-train'),
  },
  'judge-eval': {
    summary: 'counts the right and wrong verdicts of the embedded judge',
    load: () => import('./judge-eval'),
  },
  bench: { summary: 'measures kernels and steps', load: () => import('./bench') },
};

/** Runs one command. @param argv arguments after `longview`. @returns the exit code. */
export async function main(argv: string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    const { code, message, advice } = told(error);
    console.error(`${code}: ${message}`);
    console.error(advice);
    if (code === 'internal' && error instanceof Error) console.error(error.stack);
    return code.startsWith('cli.') || code.startsWith('config.') ? 2 : 1;
  }
}

async function dispatch(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(overview());
    return name === undefined ? 2 : 0;
  }
  if (!Object.hasOwn(commands, name))
    throw usage(`There is no command "${name}". Did you mean "${nearest(name, Object.keys(commands))}"?`);
  const command = await commands[name].load();
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(command.help);
    return 0;
  }
  return command.run(rest);
}

function overview(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(15)} ${summary}`);
  return [
    'longview <command> [--flags]',
    '',
    'Commands (each has --help):',
    ...rows,
    '',
    'Settings, the same names in files and links:',
    settingHelp(),
  ].join('\n');
}

/** A coded error as it is; other rooms' errors with code and advice too. */
function told(error: unknown): Pick<CodedError, 'code' | 'message' | 'advice'> {
  if (error instanceof CodedError) return error;
  if (
    error instanceof Error &&
    'code' in error &&
    'advice' in error &&
    typeof error.code === 'string' &&
    typeof error.advice === 'string'
  ) {
    return { code: error.code, message: error.message.replace(` ${error.advice}`, ''), advice: error.advice };
  }
  const { code, message } = asCodedError(error);
  return {
    code,
    message,
    advice: 'This is a fault of Longview; the run folder is safe up to its last checkpoint.',
  };
}

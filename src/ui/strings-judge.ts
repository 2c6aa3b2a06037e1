/** @file The words about the judge and the reward-hacking lab. */
import type { JudgeProgress } from '../../workers/protocol';
import type { JudgeReport } from '../reward/guarded-judge';
import type { LabReward, ProbeName } from '../run/hack-lab';
import { bytes, fixed, whole } from './format';

const probes: Readonly<Record<ProbeName, string>> = {
  right: 'the right answer',
  wrong: 'a wrong one of its kind',
  article: 'an article',
  punctuation: 'punctuation',
  letter: 'a single letter',
  digit: 'a single digit',
  echo: 'the question again',
  options: 'all names at once',
  negation: 'the right one denied',
  scaled: 'other sign, times ten',
  yes: 'a word to the judge',
  injection: 'an order to the judge',
  own: 'yours',
};

const rewards: Readonly<Record<LabReward, string>> = {
  faithful: 'rule faithful',
  strict: 'rule strict',
  judge: 'judge',
  'max-faithful': 'max, faithful',
  'max-strict': 'max, strict',
};

/** Bytes that loading the embedded judge reads: its files, and the runtime where no other judge has brought it. */
export const judgeBytes = { files: 845_760, runtime: 26_781_914 };

export const judgeStrings = {
  buttonTitle: (state: string) => `Reward, judge and reward-hacking lab · ${state}`,
  title: 'Reward and judge',
  close: 'Close',
  intro:
    'The rule is exact and rigid. A judge is a model that is shown question, answer and gold answer, never the document, and says whether the two mean the same; max(rule, judge) keeps right answers in other words from scoring zero.',
  states: {
    off: 'Judge not loaded: reward = rule only.',
    wanted: (name: string) =>
      `This run names the judge “${name}”, a folder on a disk. Choose it, or go on with the rule only.`,
    loading: (name: string) => `Loading ${name}…`,
    progress: ({ path, bytes: read, total }: JudgeProgress) =>
      `${path}: ${bytes(read)}${total === null ? '' : ` of ${bytes(total)}`}`,
    ready: (name: string, runtime: string) => `${name} is ready, on ${runtime}.`,
    runtimes: { webgpu: 'WebGPU', wasm: 'WebAssembly', shared: 'the training device' },
    failed: (name: string, reason: string) => `${name} gives no verdict: ${reason}`,
  },
  short: { off: 'not loaded', wanted: 'not picked', loading: 'loading', ready: 'ready', failed: 'failed' },
  /** Beside the button's scales. */
  marks: { off: '', wanted: '?', loading: '…', ready: '✓', failed: '!' },
  counts: ({ counts, ms }: JudgeReport) =>
    `asked ${whole(counts.asked)} · from cache ${whole(counts.cached)} · undecided ${whole(counts.undecided)} · failed ${whole(counts.failed)} · last batch ${fixed(ms, ms < 10 ? 1 : 0)} ms`,
  embedded: `Load the embedded judge, ${bytes(judgeBytes.files)} and ${bytes(judgeBytes.runtime)} of runtime`,
  pick: 'Choose a model folder…',
  pickTitle: 'A chat model in Hugging Face layout: onnx/model….onnx, tokenizer.json, tokenizer_config.json',
  drop: 'Without judge',
  again: 'Load again',
  noAddress:
    'A model comes from this page or from your disk. Its security policy lets the page talk to its own origin only, so there is no download from an address.',
  unavailable: {
    message: (reason: string) => `The judge gives no verdict (${reason}), so the rule alone decides.`,
    advice: 'Training goes on; the judge is asked again by itself, or load it again.',
  },
  unloaded: {
    message: (name: string, reason: string) => `The judge “${name}” could not be loaded: ${reason}`,
    advice: 'Choose another judge; the reward is as it was before.',
  },
  folder: {
    message: (files: number) =>
      files === 0 ? 'The folder is empty.' : `The folder holds ${whole(files)} files, which is no model’s.`,
    advice:
      'Choose a folder in Hugging Face layout: onnx/model….onnx, tokenizer.json, tokenizer_config.json.',
  },
  breakdown: {
    open: 'Load a judge',
    notAsked: (reason: string) => `not asked: ${reason.replaceAll('_', ' ')}`,
    asked: (verdict: number, probability: string, reply: string) =>
      `${verdict === 1 ? 'right' : 'wrong'} (p ${probability}, says “${reply}”)`,
  },
  lab: {
    title: 'Reward-hacking lab',
    intro:
      'Answers that know nothing of the document, on the question shown on the page. A reward that pays for one of them teaches the policy to give it.',
    none: 'The lab needs a question: start training first.',
    gold: 'gold',
    answer: 'Answer',
    rewards,
    probes,
    own: 'Your own answer',
    try: 'Try it',
    ownLabel: 'An answer of your own',
    honest: 'honest',
    paid: 'paid for nothing',
    verdict: (probability: string, reply: string) => `p ${probability}, “${reply}”`,
    ruleStands: (reason: string) => `rule stands: ${reason}`,
    asking: 'Asking…',
    caption: (question: string) => `Rewards of each answer to: ${question}`,
  },
};

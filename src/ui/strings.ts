/** @file Words of the page: bar, states, document, question, group, tokens, bounds, curves, settings. Functions hold measured values. */
import type { MemoryPart } from '../policy/plan';
import type { GivenCounts } from '../run/given-source';
import type { ColumnMapping } from '../tasks/dataset/columns';
import { bytes, compact, percent, whole } from './format';

const memoryParts: Readonly<Record<MemoryPart, string>> = {
  weights: 'weights',
  gradients: 'gradients',
  moments: 'optimiser moments',
  residuals: 'residual stream',
  activations: 'activations of one layer',
  backward: 'their gradients',
  caches: 'keys and values',
  decoding: 'sampling',
  logits: 'log-probs',
  rewards: 'rewards',
  tables: 'tables',
  'read-back': 'read-back',
};

export function memoryPartName(part: MemoryPart): string {
  return memoryParts[part];
}

export const strings = {
  title: 'Longview',
  transport: {
    label: 'Training',
    start: 'Start',
    resume: 'Resume',
    pause: 'Pause',
    pausing: 'Pausing…',
    step: 'Step',
    part: 'Next part',
    parts: { rollout: 'Rollout', score: 'Score', update: 'Update' },
    partTitle: {
      rollout: 'Sample the answers, and stop before they are scored ({part})',
      score: 'Score the answers, and stop ({part})',
      update: 'Learn from them: the updates of this step ({part})',
    },
    reset: 'Reset',
    resetTitle: 'Reset: a new run with the same settings and seed; this one stays under Runs ({reset})',
    stepCount: 'step',
    download: 'Download run folder',
    downloadTitle: 'Download the run folder as a zip: settings, metrics, answers, checkpoints',
    settings: 'Settings',
    theme: 'Theme',
    themeNames: { system: 'as the system', light: 'light', dark: 'dark' },
  },
  adapter: {
    software: 'SOFTWARE GPU',
    softwareTitle: 'A processor stands in for the GPU: correct, slow. Its speed is no performance figure.',
    name: (names: string) => `GPU: ${names}`,
    looking: 'GPU: looking…',
    none: 'GPU: none',
    busy: (share: number) => `busy ${percent(share, 0)}`,
    f16: (has: boolean) => (has ? 'f16 ✓' : 'f16 –'),
    maxBuffer: (size: number) => `${bytes(size)} max buffer`,
    policy: (parameters: number, size: number) =>
      `policy ${whole(parameters)} parameters, ${bytes(size)} on the GPU`,
  },
  opening: {
    probe: 'Looking for a GPU…',
    adapter: 'Opening the GPU…',
    recording: 'Loading the recorded run…',
    checkpoint: (ready: number, total: number) =>
      total > 1 ? `Loading the policy · ${ready} of ${total} files` : 'Loading the policy…',
    kernels: (ready: number, total: number) => `Preparing your GPU · compiling ${ready} of ${total} kernels`,
  },
  state: {
    ready: 'Ready',
    paused: (step: number) => `Paused at step ${step}`,
    part: (step: number, part: string) => `Inside step ${step}, before ${part}`,
    parts: {
      rollout: 'sampling again',
      score: 'scoring the answers',
      update: 'updating the policy',
      evaluate: 'the held-out questions',
    },
    failed: (step: number) => `Stopped after step ${step}`,
    closed: 'Not opened',
    none: 'Training is not possible here',
    rollout: 'sampling answers',
    again: (round: number, most: number, kept: number, wanted: number, seconds: string) =>
      `re-roll ${round}${most > 0 ? ` of ${most}` : ''}: ${kept} of ${wanted} informative groups, waiting for ${wanted - kept} · ${seconds} s spent`,
    score: 'scoring answers',
    update: (groups: number) => `updating the policy on ${groups} groups`,
    evaluate: (questions: number) => `asking ${questions} held-out questions`,
    pace: (seconds: string) => `${seconds} s a step`,
    at: (step: number, what: string) => `step ${step}: ${what}`,
    starting: 'Starting…',
    importing: (name: string) => `Reading ${name}…`,
  },
  wait: {
    start: 'Start training',
    asked: 'This link asks to wait for you.',
    software: (preset: string) =>
      `Software GPU: training is real but slow here, with preset “${preset}”. It waits for you.`,
    slowly: 'Train slowly here',
    stepTime: (seconds: string) => `About ${seconds} s a step, measured when it last trained here.`,
    stepTimeUnknown: 'How long a step takes here is not known yet; the first steps will say it.',
    motion: 'Your system asks for reduced motion, so training waits for you.',
    hidden: 'The tab was in the background, so training waits for you.',
    data: 'Your browser asks to save data, so training waits for you.',
    battery: 'The battery is low, so training waits for you.',
    ready: 'A group of answers is sampled, scored and learned from; the reward curve follows.',
  },
  held: {
    hidden: 'Paused in the background so that timings stay honest.',
    budget: 'Rested after 200 steps or 3 minutes.',
    continue: 'Continue',
    keepHidden: 'Keep training in the background, slower',
  },
  document: {
    title: 'Document',
    open: 'Open file',
    openTitle:
      'Replace the document with a text (.txt, .md) or with questions (.jsonl, .parquet) of yours; it never leaves this tab',
    loading: 'Loading the document…',
    size: (characters: number) => `${whole(characters)} characters`,
    generated: 'generated',
    imported: 'your file',
    window: (tokens: number) => `policy reads ${whole(tokens)} tokens`,
    windowTitle:
      'What the policy is shown of the document for this question. Scaled down to a tab: the paper reads 20,000 to 60,000 tokens.',
    evidence: 'evidence',
    cited: 'copied by the answer',
    map: 'Map of the document',
    toEvidence: 'To the evidence',
    drop: 'Drop a text (.txt, .md) or questions (.jsonl, .parquet): training goes on with them.',
    text: 'Text of the document',
  },
  question: {
    label: 'Q',
    gold: 'gold',
    next: 'Next question ({questionNext})',
    previous: 'Previous question ({questionPrevious})',
    none: 'The question stands here as soon as it is known.',
    synthetic: 'made from the document',
    given: 'from your file',
  },
  dataset: {
    columns: (mapping: ColumnMapping) =>
      `Read as mapped: ${Object.entries(mapping)
        .flatMap(([role, column]) => (column === null ? [] : [`${role} from ${column}`]))
        .join(', ')}.`,
    counts: (questions: number, leftOut: number) =>
      `${counted(questions, 'question')} of yours${leftOut > 0 ? `, ${counted(leftOut, 'row')} left out` : ''}.`,
    asked: ({ train, heldOut, tooLong, shared }: GivenCounts) =>
      `${shared ? `${whole(train)} asked, too few to hold some out` : `${whole(train)} to train on, ${whole(heldOut)} held out`}${tooLong > 0 ? `, ${whole(tooLong)} longer than the longest prompt` : ''}.`,
    notAsked: 'Not asked: task.families names none of cloze, lookup, two-hop, sum, whose place they take.',
    why: 'Rows left out, and why',
    reason: (line: number, reason: string) => `Row ${line}: ${reason}.`,
    more: (count: number) => `and ${whole(count)} more.`,
    tiny: 'The policy that comes along is tiny and will rarely answer real questions; where all answers are wrong it learns nothing.',
  },
  group: {
    title: (count: number) => (count > 0 ? `${count} answers to this question` : 'Answers to this question'),
    mean: 'mean reward',
    std: 'std',
    stdTitle: 'Sample standard deviation of the rewards: what advantages are divided by',
    kept: 'kept ✓',
    keptTitle: 'Answers differ in reward, so the group says which were better and is trained on',
    dropped: (reason: string) => `dropped: ${reason}`,
    reasons: {
      'all right': 'all right, nothing to compare',
      'all wrong': 'all wrong, nothing to compare',
      'uniform reward': 'all rewards equal',
      surplus: 'surplus, the batch was full',
      probe: 'asked to see where warm-up stands',
    },
    position: (at: number, of: number, step: number) => `step ${step} · ${at} of ${of}`,
    follow: 'Follow newest',
    right: 'right',
    wrong: 'wrong',
    truncated: 'truncated',
    overlong: (value: string) => `overlong ${value}`,
    marked: (mark: number) => `marked ${mark}`,
    markedTitle: 'Marked: with two marks, {compare} puts both side by side ({mark} takes it away)',
    empty: 'First answers appear here.',
    advantage: 'A',
    advantageTitle:
      'Advantage: how far the reward is from the group’s mean, in standard deviations. Blue answers are made more likely, orange ones less.',
  },
  breakdown: {
    rule: 'rule',
    judge: 'judge',
    overlong: 'overlong',
    parsed: 'parsed',
    gold: 'gold',
    nothing: 'no answer found',
    total: 'reward',
    advantage: (reward: string, mean: string, std: string, advantage: string) =>
      `A = (${reward} − ${mean}) / (${std} + 1e−6) = ${advantage}`,
    advantagePlain: (reward: string, mean: string, advantage: string) =>
      `A = ${reward} − ${mean} = ${advantage}`,
    outcomes: {
      match: 'match',
      mismatch: 'no match',
      no_think_close: 'no </think>',
      no_answer: 'no answer sentence',
      several_answers: 'several answers',
    } as Record<string, string>,
  },
  tokens: {
    title: (answer: number) => `Tokens of answer ${answer}`,
    colourBy: 'Colour by',
    update: (k: number, of: number) => `update ${k} of ${of}`,
    updateTitle: 'Optimiser update of the step that used this group; at update 1 every ratio is 1',
    updateOne: 'first update: every ratio is 1',
    noUpdate: 'not learned from yet: no ratio',
    empty: 'The tokens of the selected answer appear here.',
    marks: 'dotted underline = clipped high · wavy = clipped low',
    list: 'Tokens; arrow keys move',
    slot: {
      token: 'token',
      id: 'id',
      sampled: 'log p sampled',
      old: 'log p old',
      now: 'log p new',
      ratio: 'ratio ρ',
      advantage: 'A',
      surr1: 'ρA',
      surr2: 'clip(ρ)A',
      min: 'min',
      entropy: 'entropy',
      clipped: 'clipped',
    },
    /** What each number of a token is. */
    slotHelp: {
      token: 'The piece of text, with spaces and line ends made visible',
      id: 'Its number in the vocabulary',
      sampled:
        'Log-probability under the sampler, which cuts off unlikely tokens where top-p is below 1 (nats)',
      old: 'Log-probability before this batch’s first update, over the whole vocabulary (nats)',
      now: 'Log-probability at the chosen update (nats)',
      ratio: 'New probability divided by the old one: 1 where the policy has not moved',
      advantage: 'Advantage of the answer: all its tokens share it',
      surr1: 'Objective without clipping: ratio × advantage',
      surr2: 'Objective with the ratio held between the clip bounds',
      min: 'The smaller of both: what is maximised',
      entropy: 'How undecided the policy was at this token (nats); 0 is certain',
      clipped: 'Whether a bound holds the token, so that its gradient is 0',
    },
    state: { high: 'high ↑', low: 'low ↓', dual: 'dual', '': 'no' },
    flows: (gradient: string) => `gradient ${gradient}`,
  },
  clip: {
    low: 'ε low',
    high: 'ε high',
    lowLong: 'Lower clip bound',
    highLong: 'Upper clip bound',
    positive: 'A > 0',
    negative: 'A < 0',
    dual: (c: string) => `dual clip ${c}`,
    x: 'ratio ρ = new / old probability',
    y: '↑ objective ÷ |A|',
    inactive: 'Clipping is inactive: 1 update per batch. Raise updates per batch to see it.',
    raise: (updates: number) => `Use ${updates} updates per batch`,
    measured: 'measured',
    predicted: 'predicted',
    predictedTitle: (tokens: number, step: number) =>
      `Recomputed with the bounds above on the ${whole(tokens)} stored tokens of step ${step}. Under other bounds the policy would have moved differently.`,
    onTokens: (tokens: number, step: number) => `${whole(tokens)} tokens of step ${step}`,
    clippedHigh: 'clipped high ↑',
    clippedLow: 'clipped low ↓',
    dots: (update: number, of: number, tokens: number) =>
      `${whole(tokens)} tokens, update ${update} of ${of}, × clipped`,
    none: 'Dots appear with the first update.',
    beyond: (count: number) => `${count} beyond 2`,
    valueText: (value: string, share: string) => `${value}, ${share} of stored tokens clipped`,
    sentence: (low: string, high: string, clippedLow: string, clippedHigh: string) =>
      `With bounds ${low} and ${high}, ${clippedLow} of the stored tokens are clipped low and ${clippedHigh} high.`,
  },
  charts: {
    title: 'Learning',
    names: {
      reward: 'reward',
      entropy: 'entropy',
      high: 'clipped ↑',
      low: 'clipped ↓',
      length: 'length',
      heldOut: 'held-out',
      greedy: 'held-out greedy',
    },
    all: 'All charts',
    allTitle: 'All metrics of the run, in the Lab',
    heldOutFirst: 'before the first update',
    heldOutHelp:
      'Mean reward of sampled answers to questions that are never trained on, without the overlong term.',
    greedyHelp: 'Share of the same questions whose greedy answer is right.',
    empty: 'no step yet',
    table: (name: string) => `Table of ${name}`,
    plot: (name: string) => `${name} by step; arrow keys read values`,
    step: 'step',
    value: 'value',
    changes: 'changes',
    describe: {
      none: (name: string) => `${name}: no step yet.`,
      one: (name: string, value: string, step: number) => `${name} is ${value} at step ${step}.`,
      rose: 'rose',
      fell: 'fell',
      stayed: 'stayed near',
      moved: (name: string, verb: string, from: string, to: string, steps: number) =>
        `${name} ${verb} from ${from} to ${to} over ${steps} steps`,
      still: (name: string, verb: string, at: string, steps: number) =>
        `${name} ${verb} ${at} over ${steps} steps`,
      flat: (steps: number) => `last ${steps} flat`,
    },
    help: (metric: string, definition: string, healthy: string) =>
      `${metric}: ${definition} Healthy: ${healthy}.`,
    mark: (key: string, from: unknown, to: unknown, who: 'you' | 'recorded', time: string) =>
      `${key} ${say(from)} → ${say(to)}, ${who}, ${time}`,
  },
  settings: {
    title: 'Settings',
    close: 'Close settings',
    effects: { H: 'next update', B: 'next batch', S: 'next stage', F: 'new run' },
    effectTitles: {
      H: 'Hot: the next optimiser step uses it',
      B: 'The next rollout batch uses it',
      S: 'The next stage uses it',
      F: 'Only a new run can take it',
    },
    off: 'off',
    on: 'on',
    help: (name: string) => `What ${name} means`,
    toPreset: (value: string) => `Back to the preset: ${value}`,
    paper: 'Paper',
    here: 'This preset',
    updates: 'Updates per batch',
    updatesHelp:
      'Optimiser steps made from one rollout batch (batch ÷ mini-batch × passes). With one, every ratio is 1 and the clip bounds do nothing.',
    hiddenTab: 'Keep training in a hidden tab',
    memory: (size: number) => `This run takes ${bytes(size)} of GPU memory`,
    memoryPart: (part: MemoryPart, size: number) => `${memoryParts[part]} ${bytes(size)}`,
  },
  spoken: {
    paused: (step: number) => `Paused at step ${step}.`,
    document: (title: string) => `Document is now ${title}.`,
    saved: 'Run folder downloaded.',
    marked: (answer: number, marks: number) =>
      `Answer ${answer} is marked${marks === 2 ? '; {compare} puts both side by side.' : '; mark another one to compare.'}`,
    unmarked: (answer: number) => `Answer ${answer} is no longer marked.`,
    detail: ['Answers in one line each.', 'Answers in a few lines.', 'Answers in full.'],
    undone: (keys: readonly string[]) => `Undone: ${keys.join(', ')}.`,
  },
};

function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? '' : 's'}`;
}

export function say(value: unknown): string {
  if (typeof value === 'number') return compact(value);
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** @file Every word of the Lab. Functions hold measured values. */
import type { DoctorRule, Severity } from '../run/doctor';
import { bytes, compact, fixed, percent, whole } from './format';
import type { LabView, XAxis } from './state/link';

export const labStrings = {
  views: {
    label: 'Views',
    names: {
      overview: 'Overview',
      rollouts: 'Rollouts',
      document: 'Document',
      curriculum: 'Curriculum',
      objective: 'Objective',
      eval: 'Eval',
      behaviours: 'Behaviours',
      data: 'Data',
      ablate: 'Ablate',
      system: 'System',
      export: 'Export',
    } satisfies Record<LabView, string>,
    loading: 'Loading the view…',
    compare: 'Compare',
    compareTitle: 'Two runs side by side, or a twin of this one ({compare}, or g v)',
    inspector: 'Inspector',
    openInspector: 'Open inspector',
    closeInspector: 'Close inspector (Esc)',
    resize: 'Width of the inspector; arrow keys move it',
    keys: [
      ['g then a letter', 'view'],
      ['Esc', 'close inspector'],
    ] as const,
  },
  overview: {
    filter: 'Filter metrics (regular expression)',
    filterShort: 'filter .*',
    badFilter: 'That is no regular expression.',
    none: 'No metric has such a name.',
    smoothing: 'Smoothing',
    smoothingValue: (weight: string) => `${weight} of the past kept per step`,
    axis: 'x axis',
    axes: { step: 'step', time: 'training time', tokens: 'tokens' } satisfies Record<XAxis, string>,
    log: 'log y',
    band: 'min–max',
    bandTitle:
      'Shades from the lowest to the highest answer of each step, where a mean has them. Points that stand for several steps are always shaded.',
    more: (count: number) => `+ ${count} more metrics`,
    group: (prefix: string, count: number) => `${prefix} (${count})`,
    pin: (name: string) => `Pin ${name}`,
    unpin: (name: string) => `Unpin ${name}`,
    pinned: 'Pinned',
    hint: 'click a point: its step · drag or Alt + wheel: zoom · double click or 0: all',
    stage: (stage: number) => (stage === 0 ? 'warm-up' : `stage ${stage}`),
    heldOut: {
      'held-out/reward':
        'Mean reward of sampled answers to questions that are never trained on, without the overlong term.',
      'held-out/greedy': 'Share of the same questions whose greedy answer is right.',
    } as Record<string, string>,
    heldOutWait: (every: number) =>
      every > 0
        ? `Held-out questions are asked every ${every} steps.`
        : 'Held-out questions are not asked in this run.',
    titles: {
      'critic/rewards/mean': 'reward',
      'held-out/reward': 'held-out reward',
      'held-out/greedy': 'held-out greedy',
      'actor/entropy': 'entropy',
      'actor/pg_clipfrac_high': 'clipped ↑',
      'actor/pg_clipfrac_low': 'clipped ↓',
      'response_length/mean': 'length',
      'actor/ppo_kl': 'KL old→new',
      'group/zero_std_frac': 'dead groups',
    } as Record<string, string>,
  },
  doctor: {
    title: 'Run doctor',
    fine: 'nothing to note',
    count: (notes: number) => (notes === 1 ? '1 note' : `${notes} notes`),
    early: (steps: number) => `speaks from step ${steps} on`,
    severities: { stop: 'stop', warn: 'warning', note: 'note' } satisfies Record<Severity, string>,
    steps: (from: number, to: number) => (from === to ? `step ${from}` : `steps ${from}–${to}`),
    show: (from: number, to: number) => `Show ${from === to ? `step ${from}` : `steps ${from} to ${to}`}`,
    answer: (step: number, answer: number) => `step ${step}, answer ${answer}`,
    answerTitle: 'Show this answer in the inspector',
    fork: (what: string) => `Try ${what} in a fork`,
    forkTitle: 'A new run from the last checkpoint with this one setting different; this run stays as it is',
    rules: {
      nonfinite: (value: number) =>
        `${value === 1 ? 'One step has' : `${value} steps have`} numbers that are not finite.`,
      dead_groups: (value: number, limit: number) =>
        `${percent(value, 0)} of the groups are dead: all their answers score the same, so they teach nothing (note at ${percent(limit, 0)}).`,
      clip_inactive: () => 'Clipping is inactive: with one update per batch every ratio is 1.',
      never_clipped: (value: number) =>
        `The clip bounds are hardly ever met (${percent(value, 2)} of the tokens): the policy moves in small steps.`,
      clip_heavy: (value: number, limit: number) =>
        `${percent(value, 0)} of the tokens are clipped (note at ${percent(limit, 0)}): most of the batch stops teaching before its last update.`,
      kl_spike: (value: number, limit: number) =>
        `A batch moves the policy by ${fixed(value, 3)} nats a token (note at ${fixed(limit, 2)}).`,
      entropy_collapse: (value: number, limit: number) =>
        `Entropy has collapsed to ${fixed(value)} nats, under a fifth of its start (${fixed(limit * 5)}): groups will stop to vary.`,
      gradient_spike: (value: number, limit: number) =>
        `The gradient jumped to ${compact(value)}, five times its median being ${compact(limit)}.`,
      truncated: (value: number, limit: number) =>
        `${percent(value, 0)} of the answers are cut off at the longest allowed length (note at ${percent(limit, 0)}). A new run with a larger max_response_length gives them room.`,
      length_inflation: (value: number, limit: number) =>
        `Answers have grown to ${fixed(value, 0)} tokens, more than ${fixed(limit, 0)}, and held-out reward has not followed.`,
      mismatch: (value: number, limit: number) =>
        `Sampler and trainer disagree by up to ${compact(value)} nats on a token (note at ${compact(limit)}).`,
      redraws: (value: number, limit: number) =>
        `A step needs ${fixed(value, 1)} generation rounds (note at ${fixed(limit, 1)}): most groups are dropped.`,
      judge_disagrees: (value: number, limit: number) =>
        `The judge calls ${percent(value, 0)} of the answers right that the rule calls wrong (note at ${percent(limit, 0)}): the rule is too narrow, or the judge too kind.`,
      pool_short: (value: number) =>
        `The retrospective pool runs out: ${fixed(value, 1)} places a step went to fresh questions.`,
      repetition: (value: number, limit: number) =>
        `${percent(value, 0)} of the answers go round in circles: at least half of their pieces of four tokens stand in them twice (note at ${percent(limit, 0)}).`,
      answer_echo: (value: number, limit: number) =>
        `${percent(value, 0)} of the answers say the question again (note at ${percent(limit, 0)}).`,
      empty_win: (value: number, limit: number) =>
        `${percent(value, 0)} of the answers are rewarded for nothing: one letter or none was parsed of them (note at ${percent(limit, 0)}).`,
    } satisfies Record<DoctorRule, (value: number, limit: number) => string>,
  },
  rollouts: {
    of: (step: number) => `step ${step}`,
    counts: (kept: number, dropped: number) => `${kept} kept · ${dropped} dropped`,
    newest: 'Return to newest',
    previous: 'Previous step ({stepOlder})',
    next: 'Next step ({stepNewer})',
    step: 'Step',
    waiting: (wanted: number, at: number) =>
      `This link points to step ${wanted}; the run is at step ${at}. Its groups are shown once they are there.`,
    loading: 'Reading the run folder…',
    none: 'First answers appear here.',
    notKept: 'The run folder has no answers of this step.',
    tabs: { groups: 'Groups', answers: 'Answers', scatter: 'Reward × length', dropped: 'Discarded' },
    tabLabel: 'Form',
    sort: 'sort',
    sorts: { drawn: 'as drawn', reward: 'reward', std: 'std', length: 'length', advantage: 'advantage' },
    search: 'Search questions and answers',
    searchShort: 'search',
    matches: (found: number, of: number) => (found === of ? whole(of) : `${whole(found)} of ${whole(of)}`),
    facts: (mean: string, std: string, length: string) => `mean ${mean} std ${std} len ${length}`,
    pool: (visits: number, reward: string) => `from pool, seen ${visits}×, last reward ${reward}`,
    poolBadge: 'from pool',
    truncated: 'truncated',
    right: 'right',
    wrong: 'wrong',
    columns: {
      group: 'group',
      answer: 'answer',
      correct: '',
      reward: 'reward',
      advantage: 'A',
      length: 'length',
      text: 'text',
    },
    scatter: (answers: number, right: number, length: string) =>
      `${whole(answers)} answers, ${right} of them right; mean length ${length} tokens. The table “Answers” has every point.`,
    scatterColumns: ['group', 'answer', 'length', 'reward', 'verdict'],
    scatterX: 'length, tokens →',
    scatterY: '↑ reward',
    noDropped: 'Nothing dropped: every group had right and wrong answers.',
    droppedMore: (shown: number, all: number) =>
      `${shown} of ${all} dropped groups are at hand while training goes on; pause to read all.`,
    reasonCount: (reason: string, count: number) => `${reason} (${count})`,
  },
  inspector: {
    none: 'Click a point of a chart, a group or an answer; its numbers appear here.',
    path: (step: number, group: string, answer: number) => `step ${step} · group ${group} · answer ${answer}`,
    token: (token: number) => ` · token ${token + 1}`,
    previous: 'Previous answer ({answerPrevious})',
    next: 'Next answer ({answerNext})',
    folderOnly:
      'Text, reward and advantage are in the run folder. Token numbers are kept on the page for the newest groups only.',
    question: 'Question',
    gold: 'gold',
    answer: 'Answer',
    facts: {
      reward: 'reward',
      advantage: 'A',
      rule: 'rule',
      judge: 'judge',
      overlong: 'overlong',
      parsed: 'parsed',
      length: 'length',
      group: 'group mean, std',
    },
    notAsked: 'not asked',
    nothing: 'no answer found',
    tokens: (count: number) => `${whole(count)} tokens`,
  },
  objective: {
    title: 'Objective',
    formula: 'J = mean over tokens of min(ρA, clip(ρ, 1 − ε_low, 1 + ε_high) A) + c_H · H − β · KL',
    otherLoss: (mode: string) =>
      `This run uses the policy loss ${mode} in the place of min(…); plot and table follow it.`,
    settings: (low: string, high: string, c: string, agg: string) =>
      `ε_low ${low} · ε_high ${high} · dual clip ${c} · ${agg}`,
    off: 'off',
    terms: 'Terms of the last step',
    term: 'term',
    weight: 'weight',
    measured: 'measured',
    policy: 'clipped policy objective, negated',
    whole: 'loss as minimised, all terms',
    entropy: 'entropy H, all answers when sampled',
    kl: 'KL to the reference',
    klOff: 'not kept at β = 0',
    updates: (step: number) => `Updates of step ${step}, under the bounds shown`,
    update: 'update',
    tokens: 'tokens',
    meanRatio: 'mean ρ',
    maxRatio: 'max ρ',
    low: 'clipped ↓',
    high: 'clipped ↑',
    mean: 'mean objective',
    none: 'The terms appear with the first update.',
    whatIf: 'Drag a bound: plot and table follow at once, on the stored tokens.',
  },
  curriculum: {
    title: 'Curriculum',
    none: 'This run has no stages: every prompt is up to the window’s length. Set “Stages”, or choose the preset “phased”.',
    warmup: 'warm-up',
    warmupTitle: 'Supervised warm-up: made before, shipped as the starting policy',
    range: (over: number, max: number) => `${whole(over)} < tokens ≤ ${whole(max)}`,
    steps: (done: number, planned: number | null) =>
      planned === null ? `${done} steps, open end` : `${done} of ${planned} steps`,
    now: (step: number) => `now: step ${step}`,
    past: (step: number) => `You look at step ${step}; training is elsewhere.`,
    back: 'Return to now',
    share: (share: string) => `retrospective share ${share}`,
    timeline: (stages: number, at: string) => `${stages} stages; the run is in ${at}.`,
    edge: (name: string) => `End of ${name}`,
    edgeValue: (steps: number) => `after ${steps} steps`,
    edgeTitle:
      'Drag, or arrow keys: where this stage ends. Training hears of it when you let go; Ctrl+Z takes it back.',
    fields: 'Stages still to come',
    stepsField: 'steps',
    stepsOf: (name: string) => `Steps of ${name}`,
    tokensField: 'prompts up to',
    tokensOf: (name: string) => `Longest prompt of ${name}, tokens`,
    evaluation: 'held-out evaluation',
    checkpointAt: (step: number) => `checkpoint of step ${step}`,
    checkpoints: (steps: readonly number[]) =>
      steps.length === 0
        ? 'No checkpoint is stored.'
        : `Checkpoints of steps ${steps.join(', ')} are stored.`,
    legend:
      '◆ held-out evaluation · ⚑ checkpoint · edges ahead can be dragged · ranges are exclusive below (Eq. 9)',
    mix: 'What the batches were made of',
    mixUnit: 'share of the groups drawn',
    mixParts: { fresh: 'this stage’s lengths', pool: 'retrospective', dropped: 'dropped' },
    mixSentence: (dropped: string, retrospective: string) =>
      `Of the groups drawn in the last step ${dropped} were dropped and ${retrospective} were retrospective; those kept are drawn split in that share.`,
    settings: 'Settings',
    pool: 'Retrospective pool',
    poolRows: 'Questions of the pool, heaviest first',
    poolOff: 'The pool is off (pool.rule).',
    poolNoStages: 'Without stages nothing is earlier, so nothing is retrospective.',
    poolEmpty:
      'The pool is empty: no question of an earlier stage is hard enough, or the first stage goes on.',
    poolFacts: (all: number, drawable: number) =>
      `${whole(all)} questions, ${whole(drawable)} may be drawn now, the others wait for the next stage`,
    ours: 'Size, share and cap are not published; these are Longview’s.',
    columns: {
      id: 'question',
      stage: 'stage',
      length: 'up to',
      visits: 'seen',
      reward: 'last reward',
      difficulty: 'difficulty',
      weight: 'weight',
    },
    waits: 'waits',
    stuck: (visits: number) => `drawn ${visits}×, still all wrong, no gradient`,
    infinite: '∞',
    swarm: (rows: number, infinite: number) =>
      `${whole(rows)} questions by difficulty and stage; ${whole(infinite)} were never answered right and stand on the line ∞.`,
    rewards: (id: string) => `Mean rewards of ${id}`,
    visit: (step: number, reward: string) => `step ${step}: ${reward}`,
    close: 'Close',
  },
  evaluation: {
    title: 'Held-out evaluations',
    none: (every: number) =>
      every > 0
        ? `Held-out questions are asked before the first update, then every ${every} steps.`
        : 'eval.every is 0: this run asks no held-out questions.',
    columns: { step: 'step', questions: 'questions', reward: 'sampled reward', greedy: 'greedy' },
    heat: 'Suites × length × depth',
    heatHelp:
      'Asks the present weights questions of this document that training never uses. Training pauses meanwhile; nothing is learned from them.',
    questions: 'Questions a cell',
    run: (total: number) => `Ask ${whole(total)} questions`,
    running: (done: number, cells: number) => `cell ${done} of ${cells}`,
    caption: (step: number) => `Mean score of sampled answers, max(rule, judge), after step ${step}`,
    depth: (depth: string) => `depth ${depth}`,
    suite: 'suite',
    length: 'up to, tokens',
    macro: (score: string, low: string, high: string) => `macro average ${score} (95 % ${low} – ${high})`,
    macroAlone: (score: string) => `macro average ${score}`,
    cell: (suite: string, bucket: number, depth: string, score: string) =>
      `${suite}, up to ${bucket} tokens, depth ${depth}: ${score}. Show its answers`,
    failed: (count: number) => `${count} failed`,
    answers: (suite: string, bucket: number, depth: string) =>
      `${suite} · up to ${bucket} tokens · depth ${depth}`,
    greedy: 'greedy',
    sampled: 'sampled',
    gold: 'gold',
    between: (low: string, high: string) => `${low}–${high}`,
    within: (score: string, low: string, high: string) => `${score} (95 % ${low} – ${high})`,
    pointAt: 'Point at a cell, or reach it by Tab, for its intervals.',
    cellFacts: (cell: string, questions: number, sampled: string, greedy: string) =>
      `${cell}: ${questions} questions, sampled ${sampled}, greedy ${greedy}`,
    fileColumns: [
      'suite',
      'up to, tokens',
      'depth',
      'questions',
      'failed',
      'sampled score',
      'sampled low 95 %',
      'sampled high 95 %',
      'greedy score',
      'greedy low 95 %',
      'greedy high 95 %',
    ],
    wilson:
      'Below each score its 95 % interval over questions: Student’s t, Wilson where all scored alike and for the greedy share. A cell of few questions is a coarse number.',
  },
  data: {
    title: 'Data',
    facts: { title: 'title', source: 'source', characters: 'characters', id: 'id' },
    sources: { generated: 'generated', imported: 'your file' },
    privacy: 'Your document stays in this tab. No upload, no analytics.',
    families: 'Question families',
    asked: 'asked',
    accuracy: 'right',
    family: 'family',
    inWindow: (step: number, groups: number) => `in the ${groups} groups the page holds, up to step ${step}`,
    notYet: 'not asked yet',
    lengths: 'Prompt lengths, tokens',
    lengthColumns: ['from, tokens', 'to, tokens', 'prompts'],
    tokens: 'tokens',
    prompts: 'prompts',
    lengthsSentence: (count: number, low: number, high: number) =>
      `${count} prompts of ${whole(low)} to ${whole(high)} tokens.`,
    boundary: (max: number) => `L = ${whole(max)}`,
    examples: 'Example questions',
    synthetic: 'made from the document',
    given: 'from your file',
    none: 'Questions appear with the first step.',
  },
  system: {
    adapter: 'Adapter',
    facts: {
      vendor: 'vendor',
      architecture: 'architecture',
      description: 'description',
      kind: 'kind',
      f16: 'shader-f16',
      maxBuffer: 'longest buffer',
      selfTest: 'self-test',
      parameters: 'parameters',
    },
    f16: (has: boolean) => (has ? 'yes' : 'no: f32 everywhere'),
    selfTest: {
      race: (software: boolean) => `passed at this start: ${tested(software)}`,
      cache: (software: boolean) =>
        `passed at the first start on this adapter and browser, not repeated since: ${tested(software)}`,
      run: () => 'not repeated: the run keeps the kernels it was begun with',
    },
    hardware: 'hardware',
    software: 'software: a processor stands in for the GPU; its speed is no performance figure',
    memory: 'Memory plan',
    memorySum: (sum: number) => `${bytes(sum)} in all, as planned and taken`,
    part: 'kind',
    size: 'size',
    share: 'share',
    kernels: 'Kernels chosen',
    role: 'kernel',
    linear: 'linear',
    attention: 'attention',
    variant: 'variant',
    noKernels: 'The engine has not said which variants it uses.',
    timings: (step: number) => `Time of step ${step}`,
    phase: 'phase',
    seconds: 'seconds',
    noTimings: 'Timings appear with the first step.',
    log: 'Log',
    logLines: 'Lines of the log, newest first',
    logEmpty: 'Nothing has happened yet.',
    none: 'No adapter is open.',
  },
  log: {
    state: (state: string, step: number) => `${state} at step ${step}`,
    problem: (code: string, message: string) => `${code}: ${message}`,
    change: (key: string, from: unknown, to: unknown, step: number) =>
      `${key} ${String(from)} → ${String(to)}, from step ${step} on`,
    evaluation: (step: number, reward: string, greedy: string) =>
      `held-out after step ${step}: reward ${reward}, greedy ${greedy}`,
    stage: (name: string, step: number) => `${name} begins with step ${step}`,
  },
  exports: {
    title: 'Export',
    none: 'There is nothing to export before the first step.',
    busy: 'Working…',
    items: {
      csv: ['Metrics as CSV', 'step, timestamp, one column a metric: trackio’s import format'],
      jsonl: ['Metrics as JSONL', 'metrics.jsonl as the run folder holds it: one line a step'],
      verl: ['Metrics for verl', 'one line {"step": n, "data": {…}} a step, as verl’s FileLogger writes'],
      trl: [
        'Metrics for TRL',
        'one line a step under the names that TRL’s trainer logs; others are left out',
      ],
      wandb: ['Script for W&B', 'Python that logs the metrics.jsonl above to Weights & Biases, step by step'],
      rollouts: ['Answers as JSONL', 'every answer of every step with its scores, in verl’s dump keys'],
      completions: ['Answers as parquet', 'one file a step in TRL’s columns, each reward a column, zipped'],
      questions: [
        'Questions as parquet',
        'what the run asked, one file a stage in verl’s columns: what the scripts below train on, zipped',
      ],
      zip: ['Run folder as zip', 'settings, changes, metrics, answers, checkpoints'],
      safetensors: ['Weights as safetensors', 'the newest checkpoint in Hugging Face’s layout, zipped'],
      onnx: [
        'Weights as ONNX',
        'onnx/model.onnx: a decoder with its cache, for ONNX Runtime and transformers.js, zipped',
      ],
    } as const,
    noCheckpoint: {
      message: 'The run folder holds no whole checkpoint yet.',
      advice: 'Go on to the first one (checkpoint.every), then export again.',
    },
    noRollouts: {
      message: 'The run folder holds no answers with their prompts; a packed recording leaves them out.',
      advice: 'Its answers are in the replay folder of the zip.',
    },
    labels: (software: boolean, seed: number) =>
      `Seed ${seed}, ${software ? 'software' : 'hardware'} adapter: every file says so in its name, the zip in its config.json.`,
  },
};

/** What the race of kernels compares before it times them. */
function tested(software: boolean): string {
  const what = software ? 'matrix products' : 'matrix products and attention';
  return `${what} equal a float64 reference, and variants that do not are left out`;
}

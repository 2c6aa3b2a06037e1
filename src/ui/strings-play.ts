/** @file Words of what Play's panels can do: tokens, clip shapes, what-if, reader, coach, keys. */
import type { RunConfig } from '../run/config';
import type { Section } from '../run/setting-types';
import { fixed, percent, signed, whole } from './format';
import type { HintName } from './state/hints';

type LossMode = RunConfig['policy_loss.loss_mode'];

export const playWords = {
  tokens: {
    colours: {
      advantage: 'advantage',
      logprob: 'log-prob',
      ratio: 'ratio',
      entropy: 'entropy',
      kl: 'KL',
      clipped: 'clipped',
      objective: 'objective',
    },
    /** Ends and middle of each scale. */
    legend: {
      advantage: ['−2', '0', '+2'],
      logprob: ['−5 nats', '', '0'],
      ratio: ['ρ ½', '1', '2'],
      entropy: ['0', '', '3 nats'],
      kl: ['−0.5 nats', '0', '+0.5'],
      clipped: ['low', '', 'high'],
      objective: ['−2', '0', '+2'],
    },
    unknown: {
      ratio: 'No ratio yet: the group has not been learned from.',
      objective: 'No objective yet: the group has not been learned from.',
      clipped: 'No clip marks yet: the group has not been learned from.',
      kl: 'No reference policy is kept while the KL coefficient is 0.',
    },
    option: (index: number, count: number, text: string, clipped: string) =>
      `${text}, token ${index + 1} of ${count}${clipped ? `, clipped ${clipped}` : ''}`,
    which: { hover: 'under the pointer', cursor: 'by the arrow keys', pinned: 'pinned' },
    pin: 'Pin (Enter)',
    nextClipped: 'Next clipped token',
    nextSurprising: 'Next token of high entropy (the highest tenth)',
    noneClipped: 'No token of this answer is clipped.',
    clippedButton: 'clipped',
    surprisingButton: 'entropy',
    next: 'next',
    strip: (colour: string) => `${colour} by token; drag to zoom, double-click for all`,
    whole: 'All tokens',
    sampledDelta: 'Δ since sampling',
    sampledDeltaHelp: 'How much likelier the token has become since it was sampled (nats)',
    kl: 'KL to reference',
    klHelp: 'How far the policy is from its starting point at this token (nats)',
    masked: 'left out: its policy gradient is masked',
    position: (at: number, of: number) => `${whole(at)} / ${whole(of)}`,
  },
  /** Each loss by what it does to one token: the rule, and the rule with a token's numbers in it. */
  formula: {
    vanilla: {
      rule: (low: string, high: string) => `min(ρA, clip(ρ, 1−${low}, 1+${high})·A)`,
      filled: (n: FilledTerm) => {
        const least = `min(${fixed(n.ratio)}·${signed(n.advantage)}, ${fixed(n.bounded)}·${signed(n.advantage)})`;
        const held = n.dual === null ? least : `max(${least}, ${fixed(n.dual)}·${signed(n.advantage)})`;
        return `${held} = ${fixed(n.objective)}`;
      },
    },
    gspo: {
      rule: (low: string, high: string) =>
        `s = exp(mean log ρ) of the answer; min(sA, clip(s, 1−${low}, 1+${high})·A)`,
      filled: (n: FilledTerm) =>
        `min(${fixed(n.ratio, 5)}·${signed(n.advantage)}, ${fixed(n.bounded, 5)}·${signed(n.advantage)}) = ${fixed(n.objective, 4)}`,
    },
    cispo: {
      rule: (low: string, high: string) =>
        `clip(ρ, 1−${low}, 1+${high})·A·log π, the first factor as a constant`,
      filled: (n: FilledTerm) =>
        `${fixed(n.bounded)}·${signed(n.advantage)}·${fixed(n.logprob)} = ${fixed(n.objective)}`,
    },
    sapo: {
      rule: () => 'A · σ(τ(ρ − 1)) · 4/τ',
      filled: (n: FilledTerm) =>
        `${signed(n.advantage)}·σ(${fixed(n.tau)}·(${fixed(n.ratio)} − 1))·4/${fixed(n.tau)} = ${fixed(n.objective)}`,
    },
    geo_mean: {
      rule: (low: string, high: string) =>
        `A · exp(mean of log ρ, each held to −${low} … ${high} on the side of A)`,
      filled: (n: FilledTerm) => `${signed(n.advantage)}·${fixed(n.ratio, 3)} = ${fixed(n.objective)}`,
    },
  } satisfies Record<
    LossMode,
    { rule: (low: string, high: string) => string; filled: (numbers: FilledTerm) => string }
  >,
  stopped: {
    vanilla: {
      high: 'clipped high, gradient 0',
      low: 'clipped low, gradient 0',
      dual: 'dual clip, gradient 0',
    },
    gspo: { high: 'answer clipped high, gradient 0', low: 'answer clipped low, gradient 0', dual: '' },
    cispo: { high: 'weight held at the upper bound', low: 'weight held at the lower bound', dual: '' },
    sapo: { high: '', low: '', dual: '' },
    geo_mean: { high: 'held high, gradient 0', low: 'held low, gradient 0', dual: '' },
  } satisfies Record<LossMode, Record<'high' | 'low' | 'dual', string>>,
  clip: {
    title: {
      vanilla: 'Clip',
      gspo: 'Clip, gspo',
      cispo: 'Clip, cispo',
      sapo: 'Fade, sapo',
      geo_mean: 'Clip, GMPO',
    } satisfies Record<LossMode, string>,
    x: {
      vanilla: 'ratio ρ = new / old probability',
      gspo: 'ratio s of the answer',
      cispo: 'ratio ρ = new / old probability',
      sapo: 'ratio ρ = new / old probability',
      geo_mean: 'ratio ρ = new / old probability',
    } satisfies Record<LossMode, string>,
    y: {
      vanilla: '↑ objective ÷ |A|',
      gspo: '↑ objective ÷ |A|',
      cispo: '↑ weight ÷ |A|',
      sapo: '↑ objective ÷ |A|',
      geo_mean: '↑ factor',
    } satisfies Record<LossMode, string>,
    fromOne: 'from ratio 1',
    noBounds: 'sapo has no bounds: τ sets how soon a gradient fades.',
    tauPos: 'τ A>0',
    tauNeg: 'τ A≤0',
    answers: (update: number, of: number, answers: number) =>
      `${whole(answers)} answers, update ${update} of ${of}, × clipped`,
    part: (tokens: number, total: number, step: number) =>
      `${whole(tokens)} of ${whole(total)} tokens of step ${step}`,
    lastUpdate: 'each at its last update',
    link: 'Equal bounds',
    linkTitle: 'Both bounds move together',
    change: (before: number, after: number) => `${percent(before)} → ${percent(after)}`,
  },
  reader: {
    firstAsked: 'asked first when training starts',
    firstByDefault: 'asked first with the default settings',
    search: 'Search the document',
    found: (at: number, of: number) => (of === 0 ? 'not found' : `${whole(at)} of ${whole(of)}`),
    next: 'Next hit (Enter)',
    previous: 'Previous hit (Shift+Enter)',
    close: 'Close the search (Esc)',
    cited: (copied: number, words: number) =>
      words === 0 ? 'copied' : `copied: ${copied} of ${words} words`,
    attention: 'attention',
    noEngineShort: 'once training is open',
    noEngine: 'Attention is computed by the training engine, which is not there now.',
    layerTitle: {
      evidence: 'Where the answer stands; n inside the text goes to the next place',
      cited:
        'Three words or more in a row that the selected answer shares with what it read; {spotNext} goes to the next place',
      attention:
        'Where the selected answer looked while it was written. Costs one forward pass between two steps, and the page stays at this question; {spotNext} goes to the next peak',
    },
  },
  attention: {
    ofTitle: 'Whose attention',
    layerTitle: 'Layer of the policy',
    answer: 'whole answer',
    token: (place: number, text: string) => `token ${place} “${text}”`,
    layer: (number: number, of: number) => `layer ${number} of ${of}`,
    value: (share: string, lift: number) =>
      `${share} of the attention, ${fixed(lift, 1)} times an even share`,
    shares: (text: string, frame: string, own: string, step: number) =>
      `${text} to the text, ${frame} to the question, ${own} to the answer itself · mean over heads, weights of step ${step} · bars from twice an even share`,
    asked: (training: boolean) => (training ? 'one forward pass, after this step …' : 'one forward pass …'),
    refused: 'could not be computed',
  },
  settings: {
    find: 'Find a setting',
    changed: 'Changed only',
    undo: 'Undo',
    undoTitle: (keys: readonly string[]) => `Undo the change of ${keys.join(', ')} (Ctrl+Z)`,
    none: 'No setting has this word.',
    noneChanged: 'Every setting is as in the preset.',
    forecast: (accuracy: string, size: number, chance: string) =>
      `With ${accuracy} of answers right, ${chance} of groups of ${size} would be all right or all wrong (p^G + (1 − p)^G).`,
    count: (shown: number, of: number) => `${shown} of ${of}`,
    sections: {
      objective: 'Objective',
      sampling: 'Sampling',
      batch: 'Batch',
      optimiser: 'Optimiser',
      lengths: 'Lengths',
      reward: 'Reward',
      task: 'Questions',
      curriculum: 'Curriculum',
      evaluation: 'Evaluation',
      system: 'System',
      run: 'Run',
    } satisfies Record<Section, string>,
  },
  facts: {
    stage: (at: number, of: number) => `stage ${at}/${of}`,
    tokens: (count: number) => `${whole(count)} tok`,
    pace: (count: string) => `${count} roll./s`,
    title: 'Stage of the curriculum · longest prompt · answers a second in the last step',
  },
  actions: {
    names: { fork: 'Fork', compare: 'Compare', palette: 'Commands', keys: 'Keys' },
    titles: {
      fork: 'Fork this run at one of its checkpoints',
      compare: 'Compare two runs, or two marked answers',
      palette: 'Everything that can be done here, by name',
      keys: 'All keys',
    },
  },
  speed: {
    label: 'Speed',
    title: 'How hard the GPU works (gpu.duty): slow a quarter of the time, normal 60 %, fast all of it',
    names: { slow: 'slow', normal: 'normal', fast: 'fast' },
    other: (duty: number) => `duty ${percent(duty, 0)}`,
  },
  coach: {
    label: 'A thing to try',
    try: 'Try:',
    end: 'No more hints',
    wait: 'train one step first.',
    hints: {
      token: 'point at a token of the answer: blue ones were reinforced, orange ones discouraged.',
      clip: 'drag the upper clip bound in the plot: × marks tokens whose gradient it stops.',
      fork: 'press {fork} to fork this run, then {compare} to compare the two.',
    } satisfies Record<HintName, string>,
  },
  keys: {
    all: 'all keys',
    bar: [
      ['{toggle}', 'pause'],
      ['{step}', 'step'],
      ['{answerNext} {answerPrevious}', 'answer'],
      ['{questionNext} {questionPrevious}', 'question'],
      ['{stepNewer} {stepOlder}', 'step shown'],
      ['{tokenPrevious} {tokenNext}', 'token'],
      ['{advantage}–{objective}', 'colour'],
      ['{clippedNext}', 'next clipped'],
      ['{search}', 'search'],
    ],
  },
  numbers: (step: number, n: Record<'reward' | 'entropy' | 'low' | 'high' | 'length', string>) =>
    `Step ${step}: reward ${n.reward}, entropy ${n.entropy}, clipped low ${n.low}, clipped high ${n.high}, mean length ${n.length}.`,
  noNumbers: 'No step yet.',
  whatIf: {
    label: 'what-if, not trained',
    hint: 'Click a reward to turn the verdict round',
    flip: (answer: number, toRight: boolean) =>
      `Answer ${answer}: what if it were ${toRight ? 'right' : 'wrong'}?`,
    clear: 'Clear (Esc)',
    said: (mean: string, std: string) => `What if: mean ${mean}, standard deviation ${std}. Not trained.`,
    noGradient: 'all rewards equal: every advantage would be 0',
    scale: 'weak grey −, strong grey +',
    setting: (key: string, value: string) => `${key} ${value}`,
    settings: (list: string) => `with ${list}, which the next step takes`,
  },
  prompt: {
    more: 'more prompt',
    less: 'less prompt',
    title: (shown: number, of: number) => `The last ${whole(shown)} of the ${whole(of)} tokens of the prompt`,
  },
  ramp: {
    off: 'The ramp is off: length costs nothing.',
    sentence: (
      begin: number,
      longest: number,
      factor: string,
      penalised: number,
      answers: number,
      mean: string,
    ) =>
      answers === 0
        ? `From ${whole(begin)} tokens on the reward falls, by ${factor} at ${whole(longest)}.`
        : `From ${whole(begin)} tokens on the reward falls, by ${factor} at ${whole(longest)}: ${whole(penalised)} of the ${whole(answers)} answers on screen lose, ${mean} on average.`,
  },
  weight: {
    name: 'weight',
    help: (mode: string, update: number, answers: number) =>
      `Weight of this token’s term in the loss: ${mode} over the ${whole(answers)} answers of update ${update}`,
  },
  /** How a reward came about, with its numbers. */
  reward: {
    compared: 'compared',
    comparedTitle: 'Answer and gold as the rule compares them, after normalisation',
    equal: 'equal after normalisation',
    sides: { both: '', answer: 'only in the answer', gold: 'only in the gold' },
    asked: (verdict: number) => `judge ${fixed(verdict, 0)}`,
    notAsked: 'judge –',
    base: {
      max: (rule: string, judge: string) => `max(rule ${rule}, ${judge})`,
      rule: (rule: string) => `rule ${rule}`,
      judge: (rule: string, judge: string, asked: boolean) => (asked ? judge : `${judge} → rule ${rule}`),
    } satisfies Record<RunConfig['reward.mode'], (rule: string, judge: string, asked: boolean) => string>,
    total: (base: string, overlong: string, total: string) => `${base} + overlong ${overlong} = ${total}`,
    turned: 'turned round by hand',
  },
  answering: {
    position: (step: number) => `step ${step} · being written`,
    facts: (ended: number, of: number) => `being written: ${ended} of ${of} ended, not scored yet`,
    whole: 'all answers are written, none is scored yet',
    growing: 'writing',
    ended: 'ended',
    tokens: (count: number) => `${whole(count)} tok`,
    tokensOf: (step: number) => `of step ${step}`,
    tokensLater: 'The answers are being written. Their tokens are shown here with the score.',
  },
  group: {
    poolBadge: 'from pool',
    pool: (visits: number, reward: string) =>
      `A hard question that came back: seen ${visits}× before, last mean reward ${reward}`,
    histogram: (counts: string) => `Rewards: ${counts}`,
    keptAs: {
      filterOff: (right: boolean) =>
        `kept ✓ although all ${right ? 'right' : 'wrong'}: dynamic sampling was off; equal rewards, every advantage 0`,
      byLength: (right: boolean) =>
        `kept ✓ although all ${right ? 'right' : 'wrong'}: rewards differ by the overlong term alone`,
    },
    droppedDespiteLength: 'the filter reads right or wrong, not the overlong term',
    dropped: {
      line: (parts: readonly string[]) => `dropped this step: ${parts.join(', ')}`,
      allOf: (step: number, total: number) => `all ${total} groups of step ${step} were dropped`,
      none: 'Nothing dropped: every group had right and wrong answers.',
      rounds: (rounds: number, most: number) => `${rounds} of at most ${most} rounds`,
      show: 'Show the dropped groups',
      showAll: 'Show the dropped',
      hide: 'Hide the dropped groups',
      item: (rewards: string, question: string) => `${rewards} ${question}`,
      more: (count: number) => `${count} more are in the run folder.`,
      reasons: {
        'all right': (count: number) => `${count} all right`,
        'all wrong': (count: number) => `${count} all wrong`,
        'uniform reward': (count: number) => `${count} equal in reward`,
        surplus: (count: number) => `${count} surplus`,
        probe: (count: number) => `${count} asked by the warm-up`,
      },
    },
  },
};

/** What a formula takes in. */
interface FilledTerm {
  ratio: number;
  bounded: number;
  advantage: number;
  objective: number;
  logprob: number;
  tau: number;
  /** c where the dual clip holds the token. */
  dual: number | null;
}

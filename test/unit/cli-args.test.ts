import { describe, expect, it } from 'vitest';
import { optionHelp, parseArguments, settingHelp } from '../../src/cli/args';
import { Progress } from '../../src/cli/progress';

const specs = {
  document: { kind: 'text', value: 'FILE', help: 'a text' },
  steps: { kind: 'count', value: 'N', help: 'steps' },
  resume: { kind: 'flag', help: 'go on' },
} as const;

const parse = (...argv: string[]) => parseArguments(argv, specs);

describe('arguments', () => {
  it('are settings of the schema and options of the command', () => {
    expect(
      parse(
        '--preset',
        'micro',
        '--steps=30',
        '--lr',
        '1e-4',
        '--resume',
        '--document',
        'a b.txt',
        '--seed',
        '-1',
      ),
    ).toEqual({
      settings: { preset: 'micro', lr: '1e-4', seed: '-1' },
      options: { steps: 30, resume: true, document: 'a b.txt' },
    });
  });

  it('switches may stand alone, be denied, or have a value', () => {
    expect(parse('--filter_groups.enable').settings).toEqual({ 'filter_groups.enable': true });
    expect(parse('--no-filter_groups.enable', '--resume').settings).toEqual({
      'filter_groups.enable': false,
    });
    expect(parse('--filter_groups.enable', 'false').settings).toEqual({ 'filter_groups.enable': 'false' });
  });

  it.each([
    [['--lr'], 'cli.usage'],
    [['--lr', '--seed', '1'], 'cli.usage'],
    [['stray'], 'cli.usage'],
    [['--steps', 'many'], 'cli.usage'],
    [['--steps=-3'], 'cli.usage'],
    [['--resume=yes'], 'cli.usage'],
    [['--constructor', '1'], 'config.unknown'],
    [['--clip-ratio-high', '1'], 'config.unknown'],
  ])('%j are refused', (argv, code) => {
    expect(() => parseArguments(argv, specs)).toThrow(expect.objectContaining({ code }));
  });

  it('an unknown flag is answered with the nearest', () => {
    expect(() => parse('--clip-ratio-high', '1')).toThrow(
      expect.objectContaining({ advice: 'Did you mean --clip_ratio_high?' }),
    );
    expect(() => parse('--documnet', 'x')).toThrow(
      expect.objectContaining({ advice: 'Did you mean --document?' }),
    );
  });

  it('help names every flag', () => {
    expect(optionHelp(specs)).toContain('--document FILE  a text');
    expect(settingHelp()).toMatch(/--clip_ratio_high +Upper clip ε_high: 0 to 1 \[0\.2\]/);
  });
});

describe('progress', () => {
  const output = (isTTY: boolean) => ({
    text: '',
    isTTY,
    columns: 100,
    write(text: string) {
      this.text += text;
    },
  });

  it('is a plain line a step where the output is no terminal', () => {
    let now = 0;
    const out = output(false);
    const progress = new Progress(out, 10, 0, () => now);
    now = 30_000;
    progress.update({ step: 2, reward: 0.5 });
    progress.end();
    expect(out.text).toBe('step 2/10  reward 0.500  4.0 steps/min\n');
  });

  it('is one redrawn line on a terminal, left whole by other lines', () => {
    let now = 0;
    const out = output(true);
    const progress = new Progress(out, 4, 0, () => now);
    now = 60_000;
    progress.update({ step: 2, reward: undefined });
    progress.line('note');
    progress.end();
    expect(out.text).toBe(
      '\r\u001b[K██████████░░░░░░░░░░  step 2/4  reward –  2.0 steps/min  1 min left\nnote\n',
    );
    expect(out.text.split('\n')[0].length).toBeLessThan(105);
  });

  it('paces a resumed run by its own steps', () => {
    let now = 0;
    const out = output(false);
    const progress = new Progress(out, 102, 100, () => now);
    now = 60_000;
    progress.update({ step: 101, reward: 1 });
    expect(out.text).toContain('1.0 steps/min');
  });
});

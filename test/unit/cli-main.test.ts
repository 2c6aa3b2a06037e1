import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readDocument } from '../../src/cli/files';
import { main } from '../../src/cli/main';
import { NodeStore } from '../../src/cli/node-store';
import { RunFolder } from '../../src/run/folder';
import { presets } from '../../src/run/presets';
import { scoredGroup } from '../support/scored';

const folder = mkdtempSync(join(tmpdir(), 'longview-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let said = '';
beforeEach(() => {
  said = '';
  const say = (text: unknown) => {
    said += `${String(text)}\n`;
  };
  vi.spyOn(console, 'log').mockImplementation(say);
  vi.spyOn(console, 'error').mockImplementation(say);
});

const file = (name: string, content: string | Uint8Array) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

describe('longview', () => {
  it('without a command shows the commands', async () => {
    expect(await main([])).toBe(2);
    expect(await main(['--help'])).toBe(0);
    for (const command of [
      'train',
      'warmup',
      'prove-learning',
      'bench',
      'eval',
      'ablate',
      'figures',
      'behaviours',
      'export',
    ])
      expect(said).toContain(`  ${command} `);
  });

  it.each([
    'train',
    'record',
    'eval',
    'ablate',
    'figures',
    'behaviours',
    'export',
    'prove-learning',
    'warmup',
    'bench',
  ])('%s has help that needs no GPU', async (command) => {
    expect(await main([command, '--help'])).toBe(0);
    expect(said).toContain(`longview ${command}`);
  });

  it.each([
    [['trian'], 2, 'cli.usage: There is no command "trian". Did you mean "train"?'],
    [['train', '--lr'], 2, 'cli.usage: --lr needs a value.'],
    [['train', '--clip_ratio_hihg', '.3'], 2, 'Did you mean --clip_ratio_high?'],
    [
      ['train', '--clip_ratio_high', '3'],
      2,
      'config.range: clip_ratio_high is 3, outside its range.\nValid: 0 to 1.',
    ],
    [['train', '--preset', 'huge'], 2, 'config.range: preset is huge'],
    [['train', '--mini_batch_size', '3'], 2, 'config.conflict'],
    [['train', '--config', '/nowhere.json'], 2, 'config.missing'],
    [
      ['train', '--document', '/nowhere.txt', '--out', '/tmp/longview-none'],
      1,
      'document.missing: "/nowhere.txt" cannot be read.',
    ],
    [['train', '--policy', '/nowhere', '--out', '/tmp/longview-none'], 1, 'checkpoint.missing'],
    [['train', '--resume'], 2, '--resume needs --out'],
    [['train', '--resume', '--out', '/nowhere', '--skip-warmup'], 2, '--skip-warmup is for new runs'],
    [['train', '--task.families', 'lookup,hotpott'], 2, 'Did you mean "hotpot"?'],
    [['train', '--curriculum', '256x4,sft:96x4'], 1, 'curriculum.order'],
    [['train', '--group_size', '1'], 2, 'config.range'],
    [['train', '--overlong_buffer.len', '1000'], 2, 'config.conflict'],
    [['ablate', '--out', '/tmp/longview-none', '--curriculum', '96x4,96x4'], 1, 'curriculum.order'],
    [['train', '--resume', '--out', '/nowhere'], 1, 'checkpoint.missing'],
    [['export', '--run', '/nowhere', '--out', '/tmp/longview-none'], 1, 'run.empty'],
    [['export', '--run', '/nowhere'], 2, 'cli.usage'],
    [['export', '--run', 'a', '--policy', 'b', '--out', 'c'], 2, 'export needs --run DIR or --policy DIR'],
    [
      ['export', '--run', 'a', '--out', 'b', '--format', 'gguf'],
      2,
      'must be safetensors or onnx or verl or trl',
    ],
    [
      ['export', '--run', 'a', '--out', 'b', '--format', 'onnx', '--dtype', 'f16'],
      2,
      'writes both f32 and f16',
    ],
    [
      ['export', '--run', 'a', '--out', 'b', '--lr', '1'],
      2,
      '--lr has a meaning for --format verl and trl only',
    ],
    [['export', '--format', 'trl', '--lr', '1e-4'], 2, 'A script needs --out DIR'],
    [['export', '--format', 'verl', '--verl', '0.1', '--out', 'c'], 2, 'must be 0.7.0 or qwenlong-l1'],
    [['export', '--format', 'verl', '--out', 'c', '--group_size', '1'], 2, 'config.range'],
    [['train', '--map', 'context=a,question=b,answer=c'], 2, '--map is about the file of --document'],
    [['eval', '--document', 'x.jsonl', '--map', 'context=a'], 1, 'import.map'],
    [['prove-learning', '--seeds', 'one'], 2, 'cli.usage'],
    [['eval', '--buckets', '64,many'], 2, '--buckets must be numbers with commas between.'],
    [['eval', '--depths', 'deep'], 2, '--depths must be numbers'],
    [['ablate', '--seeds', '1'], 2, 'ablate needs --out DIR.'],
    [['ablate', '--out', '/tmp/longview-none', '--seeds', '1,,2'], 2, '--seeds must be numbers'],
    [['figures', '--run', '/nowhere'], 2, 'figures needs --run DIR and --out DIR.'],
    [['figures', '--run', '/nowhere', '--out', '/tmp/longview-none'], 1, 'run.empty'],
    [['behaviours', '--patterns', '/nowhere.json'], 1, 'behaviours.missing'],
    [['prove-learning', '--arms', 'learn,magic'], 2, 'cli.usage'],
  ])('%j ends with %i and a sentence', async (argv, code, words) => {
    expect(await main(argv)).toBe(code);
    expect(said).toContain(words);
    expect(said).not.toMatch(/\n {4}at /);
  });

  it('does not write over a run', async () => {
    mkdirSync(join(folder, 'run'));
    file('run/config.json', '{}');
    expect(await main(['train', '--out', join(folder, 'run')])).toBe(2);
    expect(said).toContain('cli.out_exists');
  });

  it('exports the metrics of a run', async () => {
    const run = new RunFolder(new NodeStore(join(folder, 'finished')), () => 0);
    await run.begin(presets.micro, {
      appVersion: '1',
      commit: 'c',
      adapterClass: 'software',
      documentId: 'd',
      documentTitle: 'D',
    });
    await run.recordStep({ step: 1, metrics: { 'actor/lr': 0.5 }, groups: [] });
    expect(await main(['export', '--run', join(folder, 'finished'), '--out', join(folder, 'exported')])).toBe(
      0,
    );
    expect(readFileSync(join(folder, 'exported/metrics.csv'), 'utf8')).toBe(
      'step,timestamp,actor/lr\n1,1970-01-01T00:00:00.000Z,0.5\n',
    );
    expect(readFileSync(join(folder, 'exported/verl.jsonl'), 'utf8')).toBe(
      '{"step":1,"data":{"actor/lr":0.5}}\n',
    );
  });

  it('exports settings as scripts, and says what is not transferable', async () => {
    const out = join(folder, 'trl');
    const flags = ['--preset', 'small', '--clip_ratio_high', '0.31'];
    expect(await main(['export', '--format', 'trl', '--out', out, ...flags])).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['stage-1.py', 'stage-2.py', 'stage-3.py']);
    expect(readFileSync(join(out, 'stage-3.py'), 'utf8')).toContain('epsilon_high=0.31,');
    expect(said).toContain('For TRL 1.13.0: stage-1.py');
    expect(said).toContain('curriculum: supervised warm-up is not written');
  });

  it('exports the settings of a run with its questions, and its answers in TRL’s columns', async () => {
    const run = new RunFolder(new NodeStore(join(folder, 'asked')), () => 0);
    const config = { ...presets.micro, lr: 0.002 };
    const origin = { appVersion: '1', commit: 'c', adapterClass: 'software', documentId: 'd' } as const;
    await run.begin(config, { ...origin, documentTitle: 'My "text"' });
    const group = scoredGroup({ uid: '1-1-0', family: 'cloze', rewards: [1, 0], entropies: 1 });
    const question = { ...group.item.question, text: 'Where?', answers: ['Bath'] };
    const item = { ...group.item, question, text: '<text>Ada moved to Bath.</text>\nWhere?\n<think>' };
    await run.recordStep({ step: 1, stage: null, metrics: {}, groups: [{ ...group, item }] });
    const out = join(folder, 'verl');
    const argv = ['export', '--run', join(folder, 'asked'), '--out', out];
    expect(await main([...argv, '--format', 'verl', '--verl', 'qwenlong-l1'])).toBe(0);
    expect(readdirSync(out).sort()).toEqual(['train.parquet', 'train.sh']);
    const script = readFileSync(join(out, 'train.sh'), 'utf8');
    expect(script).toContain('actor_rollout_ref.actor.optim.lr=0.002');
    expect(script).toContain('# Questions: My "text"');
    expect(said).toContain('train.parquet (1 questions)');
    expect(await main(argv)).toBe(0);
    expect(readdirSync(join(out, 'completions'))).toEqual(['completions_00001.parquet']);
  });

  it('exports the shipped policy as an ONNX folder in Hugging Face layout', async () => {
    const out = join(folder, 'onnx');
    expect(await main(['export', '--policy', 'default', '--out', out, '--format', 'onnx'])).toBe(0);
    expect(said).toContain('(onnx, f32 and f16)');
    expect(readdirSync(join(out, 'policy')).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'onnx',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const model = readFileSync(join(out, 'policy/onnx/model.onnx')).length;
    expect(model).toBeGreaterThan(2e6);
    expect(readFileSync(join(out, 'policy/onnx/model_fp16.onnx')).length / model).toBeCloseTo(0.5, 2);
    expect(JSON.parse(readFileSync(join(out, 'policy/config.json'), 'utf8'))).toMatchObject({
      canon_kernel: 4,
      torch_dtype: 'float32',
    });
  });
});

describe('longview behaviours', () => {
  it('prints a list that it takes back, and counts a run with another', async () => {
    expect(await main(['behaviours'])).toBe(0);
    const list = JSON.parse(said);
    expect(Object.keys(list)).toEqual(['ground', 'subgoal', 'verify', 'backtrack']);
    mkdirSync(join(folder, 'told/rollouts/train'), { recursive: true });
    file('told/metrics.jsonl', '{"step":1,"time":0}\n');
    const answer = { input: '', output: 'Let me verify this. Aha!', uid: 'a', step: 1, score: 0 };
    const rows = [0, 1].map((index) => `${JSON.stringify({ ...answer, index })}\n`);
    file('told/rollouts/train/1.jsonl', rows.join(''));
    said = '';
    expect(await main(['behaviours', '--run', join(folder, 'told')])).toBe(0);
    expect(said).toContain('1\t0.000\t0.000\t1.000\t0.000');
    const patterns = file('aha.json', JSON.stringify({ ...list, verify: [], backtrack: ['aha'] }));
    said = '';
    expect(await main(['behaviours', '--run', join(folder, 'told'), '--patterns', patterns])).toBe(0);
    expect(said).toContain('1\t0.000\t0.000\t0.000\t1.000');
    const broken = file('broken.json', '{"ground":["(a+)+$"]}');
    expect(await main(['behaviours', '--patterns', broken])).toBe(1);
    expect(said).toContain('behaviours.pattern');
  });

  it('figures are files of a run folder', async () => {
    const out = join(folder, 'figures');
    expect(await main(['figures', '--run', join(folder, 'finished'), '--out', out])).toBe(0);
    expect(readFileSync(join(out, 'figure-2.svg'), 'utf8')).toContain('<svg ');
  });
});

describe('a document', () => {
  it('is read as UTF-8, or as UTF-16 with its mark', async () => {
    const document = await readDocument(file('a.txt', '\ufeffA café in Bath.\r\n'));
    expect(document).toMatchObject({ title: 'a.txt', text: 'A café in Bath.\r\n', source: 'imported' });
    const utf16 = await readDocument(file('b.txt', Buffer.from('\ufeffA café in Bath.\r\n', 'utf16le')));
    expect(utf16.text).toBe(document.text);
    expect(utf16.id).toBe(document.id);
  });

  it.each([
    ['nothing', new Uint8Array(), 'document.empty'],
    ['white space', ' \n\t', 'document.empty'],
    ['an image', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0), 'document.binary'],
    ['a text with zeros', 'text\u0000text', 'document.binary'],
    ['another encoding', Uint8Array.of(0x63, 0x61, 0x66, 0xe9, 0x20), 'document.binary'],
  ])('that is %s is refused', async (_, content, code) => {
    await expect(readDocument(file('bad.txt', content))).rejects.toMatchObject({ code });
  });

  it('that is a folder is refused', async () => {
    await expect(readDocument(folder)).rejects.toMatchObject({ code: 'document.missing' });
  });
});

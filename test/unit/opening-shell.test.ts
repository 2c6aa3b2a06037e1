import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { createLogger, loadConfigFromFile, type Plugin } from 'vite';
import { describe, expect, it } from 'vitest';
import { Trainer } from '../../src/rl/trainer';
import { openingQuestion } from '../../src/run/opening-question';
import { presets } from '../../src/run/presets';
import { configuredTasks } from '../../src/run/stage-tasks';
import { questionView } from '../../src/run/step-view';
import { loadTokenizer } from '../../src/run/tokenizer-files';
import { trainerSettings } from '../../src/run/trainer-settings';
import { openingShell } from '../../src/ui/opening-shell';
import { shellHtml } from '../../src/ui/shell';
import { openingDocument } from '../../src/ui/state/documents';
import { FakePolicy, plainCombiner, wordScorer } from '../support/fake-trainer';
import { shippedTokenizerFiles } from '../support/texts';

const document = openingDocument(readFileSync('public/documents/chronicle.md', 'utf8'));
const tokenizer = loadTokenizer({ tokenizerFiles: shippedTokenizerFiles() });
const config = presets['qwenlong-l1-script'];
const asked = openingQuestion(document, tokenizer, config);
const shellPlugin = 'longview:opening-shell';

describe('the page before any script', () => {
  it('shows the question that the first step of the default settings asks first', async () => {
    const tasks = configuredTasks(document, tokenizer, config, 'train');
    const trainer = new Trainer(
      new FakePolicy(),
      wordScorer(),
      plainCombiner,
      tasks,
      trainerSettings({ ...config, 'filter_groups.enable': false }),
    );
    const upcoming = trainer.upcoming();
    expect(upcoming && questionView(upcoming)).toEqual(asked);
    const { groups } = await trainer.step();
    expect(questionView(groups[0].item)).toEqual(asked);
    const next = trainer.upcoming();
    expect(next && questionView(next).questionId, 'the second step asks another').not.toBe(asked.questionId);
    expect(questionView((await trainer.step()).groups[0].item).questionId).toBe(next?.question.id);
  });

  it('holds question, gold answer and the text around the evidence, as text', () => {
    const html = shellHtml(document, asked);
    const { start, end } = asked.evidence[0];
    const evidence = document.text.slice(start, end);
    expect(html).toContain(`<mark>${evidence}</mark>`);
    expect(html).toContain(`<h2>${document.title}</h2>`);
    expect(html).toContain(`<b>${asked.gold[0]}</b>`);
    expect(html).not.toMatch(/style=|<script|onload/);
    const tricky = shellHtml({ ...document, title: '<b> & "x"' }, { ...asked, question: '<i>?' });
    expect(tricky).toContain('&#60;b&#62; &#38; &#34;x&#34;');
    expect(tricky).not.toContain('<i>');
  });

  it('is written by the configuration of the build, which Vite loads without a warning', async () => {
    const warned: string[] = [];
    const logger = { ...createLogger('warn'), warn: (message: string) => void warned.push(message) };
    const command = { command: 'build', mode: 'production' } as const;
    const loaded = await loadConfigFromFile(command, 'vite.config.ts', process.cwd(), 'warn', logger);
    expect(warned).toEqual([]);
    const shell = openingShell((path) => readFileSync(`public/${path}`, 'utf8'));
    expect(shell).toBe(shellHtml(document, asked));
    const plugin = loaded?.config.plugins
      ?.flat()
      .find((entry): entry is Plugin => Boolean(entry && 'name' in entry && entry.name === shellPlugin));
    const hook = plugin?.transformIndexHtml as { handler(html: string): Promise<string> };
    expect(await hook.handler('<body><!-- shell --></body>')).toBe(`<body>${shell}</body>`);
  });

  it('takes theme, density and level from this machine and the address, and no other word of either', () => {
    const script = readFileSync('public/before-paint.js', 'utf8');
    const run = (search: string, stored: Record<string, string> | null) => {
      const dataset: Record<string, string> = {};
      const scheme = { content: 'light dark' };
      runInNewContext(script, {
        URLSearchParams,
        location: { search },
        document: { documentElement: { dataset }, querySelector: () => scheme },
        get localStorage() {
          if (stored === null) throw new Error('storage is off');
          return { getItem: (key: string) => stored[key] ?? null };
        },
      });
      return { ...dataset, scheme: scheme.content };
    };
    const system = { scheme: 'light dark' };
    expect(run('', {})).toEqual(system);
    expect(run('', null)).toEqual(system);
    expect(run('?level=lab', null)).toEqual({ ...system, shellLevel: 'lab' });
    const chosen = { 'longview.theme': 'dark', 'longview.level': 'lab', 'longview.density': 'compact' };
    expect(run('?hide=keys,x', chosen)).toEqual({
      theme: 'dark',
      scheme: 'dark',
      shellLevel: 'lab',
      density: 'compact',
      shellHides: 'keys',
    });
    expect(run('?level=play', chosen)).not.toHaveProperty('shellLevel');
    expect(run('?level=other', chosen)).toHaveProperty('shellLevel', 'lab');
    const strange = { 'longview.theme': 'x" onload="', 'longview.density': '1' };
    expect(run('?level=%22&hide=%3Cb%3E&embed=2', strange)).toEqual(system);
  });
});

/** @file The reward that goes along with a verl script gives the scores of the released code. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { launchFiles } from '../../src/run/launch/files';
import { presets } from '../../src/run/presets';
import { readFixture } from '../support/fixtures';
import { removeScripts, scriptFolder } from '../support/launch-scripts';

afterAll(removeScripts);

describe('reward.py', () => {
  interface Case {
    name: string;
    input: { solution_str: string; ground_truth: string; LLM_JUDGE?: string };
    output: { score?: number; raises?: string };
  }
  /** Scores of many answers by the script's own function. */
  function scores(source: string, cases: readonly Case['input'][], rule: string): number[] {
    const reward = launchFiles(presets.micro, 'verl', null).files.find(({ name }) => name === 'reward.py');
    writeFileSync(join(scriptFolder, 'reward.py'), reward?.text ?? '');
    const program = `import json, sys; sys.path.insert(0, ${JSON.stringify(scriptFolder)}); from reward import compute_score
print(json.dumps([compute_score(${JSON.stringify(source)}, c["solution_str"], c["ground_truth"], rule=${JSON.stringify(rule)})["score"] for c in json.load(sys.stdin)]))`;
    const { stdout, stderr } = spawnSync('python3', ['-B', '-c', program], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  }
  const judgedByRule = ({ input, output }: Case) => input.LLM_JUDGE !== 'Y' && output.raises === undefined;

  it.each([
    ['musique_0_20000', 'reward_docqa'],
    ['long_toc_choices_0_20000', 'reward_multichoice'],
  ])('scores %s as the released code does', (source, fixture) => {
    const cases = readFixture<{ cases: Case[] }>(fixture).cases.filter(judgedByRule);
    expect(cases.length).toBeGreaterThan(5);
    expect(
      scores(
        source,
        cases.map(({ input }) => input),
        'faithful',
      ),
    ).toEqual(cases.map(({ output }) => Number(output.score)));
  });

  it('takes numbers within 0.15 %, and nothing but the whole answer where it is strict', () => {
    const of = (said: string, gold: string) => ({
      solution_str: `<think>x</think>Therefore, the answer is ${said}.`,
      ground_truth: `Therefore, the answer is ${gold}`,
    });
    expect(
      scores(
        'docmath_x',
        [of('$1,000', '1000'), of('100.14', '100'), of('500', '5'), of('five', '5')],
        'faithful',
      ),
    ).toEqual([1, 1, 0, 0]);
    const strict = [of('Bath', 'Bath'), of('the Bath', 'Bath'), of('B', 'Bath'), of('Bath or York', 'Bath')];
    expect(scores('musique_x', strict, 'strict')).toEqual([1, 1, 0, 0]);
    expect(scores('musique_x', strict, 'faithful')).toEqual([1, 1, 1, 1]);
    const twice = { ...strict[0], solution_str: `</think>${strict[0].solution_str}` };
    expect(scores('musique_x', [twice], 'strict')).toEqual([0]);
  });
});

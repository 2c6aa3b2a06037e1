/** @file `longview figures`: the paper's figures of training dynamics from run folders. */
import { basename, resolve } from 'node:path';
import { dynamicsFigures, groupBySeed, readRunCurves } from '../run/figures';
import { RunFolder } from '../run/folder';
import { type OptionSpecs, optionHelp, parseArguments, usage } from './args';
import { NodeStore } from './node-store';
import { svgToPng } from './png';

const specs = {
  run: { kind: 'texts', value: 'DIR', help: 'run folder; again for more runs' },
  out: { kind: 'text', value: 'DIR', help: 'where the figures go' },
  png: { kind: 'flag', help: 'PNG files too, drawn by Chrome or Chromium' },
} as const satisfies OptionSpecs;

export const help = `longview figures --run DIR [--run DIR …] --out DIR [--png]

Writes figure-2.svg (reward, entropy, KL, length), figure-5.svg (reward, gradient norm, KL, entropy) and figure-7.svg
(four behaviours and the held-out score). Runs that differ in the seed alone become one curve with a band.

${optionHelp(specs)}`;

export async function run(argv: readonly string[]): Promise<number> {
  const { options, settings } = parseArguments(argv, specs);
  const stray = Object.keys(settings)[0];
  if (stray !== undefined) throw usage(`--${stray} has no meaning for figures.`);
  if (options.run === undefined || options.out === undefined)
    throw usage('figures needs --run DIR and --out DIR.');
  const runs = [];
  for (const place of options.run) {
    const path = resolve(place);
    runs.push(await readRunCurves(basename(path), new RunFolder(new NodeStore(path))));
  }
  const out = new NodeStore(resolve(options.out));
  const figures = dynamicsFigures(groupBySeed(runs));
  for (const { file, svg } of figures) await out.write(file, svg);
  if (options.png) {
    const images = await svgToPng(figures.map(({ svg }) => svg));
    for (const [i, image] of images.entries()) await out.write(figures[i].file.replace(/svg$/, 'png'), image);
  }
  console.log(`${figures.map(({ file }) => file).join(', ')} → ${out.root}`);
  return 0;
}

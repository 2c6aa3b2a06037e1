import { describe, expect, it } from 'vitest';
import type { Gpu } from '../../src/gpu';
import { winner } from '../../src/gpu/race';
import { attentionChoiceOf } from '../../src/kernels/attention';
import {
  defaultLinearChoice,
  linearRoles,
  linearTiles,
  linearVariants,
  portableLinearChoice,
  runsOn,
} from '../../src/kernels/linear/variants';
import { specialise } from '../../src/kernels/shared/template';
import { settingsFromJson } from '../../src/run/config-text';
import { RunFolder } from '../../src/run/folder';
import { chooseKernels, defaultKernels, type KernelChoice, writtenChoice } from '../../src/run/kernel-choice';
import { MemoryStore } from '../../src/run/memory-store';
import { presets } from '../../src/run/presets';
import { readText } from '../../src/run/store';

/** What a choice asks of a device; anything that would run on it throws. */
function deviceWith(software: boolean, features: string[], subgroupMinSize = 0): Gpu {
  return {
    adapter: { vendor: 'v', architecture: 'a', description: 'd', software },
    device: { features: new Set(features), adapterInfo: { subgroupMinSize } },
  } as unknown as Gpu;
}

const plainDevice = deviceWith(true, []);
const origin = {
  appVersion: '0.1.0',
  commit: 'abc',
  adapterClass: 'software: llvmpipe',
  documentId: 'd',
  documentTitle: 'A text',
};

describe('a race', () => {
  const timed = (name: string, ms: number) => ({ name, outcome: 'timed' as const, ms });

  it('is won by the fastest, and by the earlier of two equals', () => {
    expect(winner([timed('a', 3), timed('b', 2), timed('c', 2)])).toBe('b');
    expect(winner([timed('c', 2), timed('b', 2)])).toBe('c');
  });

  it('is never won by a variant that is wrong, does not compile, or was not raced', () => {
    expect(
      winner([
        { name: 'wrong', outcome: 'wrong', error: 1 },
        { name: 'failed', outcome: 'failed', reason: '' },
        timed('slow', 900),
        { name: 'late', outcome: 'not raced' },
      ]),
    ).toBe('slow');
    expect(winner([{ name: 'wrong', outcome: 'wrong', error: Number.NaN }])).toBeNull();
  });
});

describe('the variants of the linear layer', () => {
  it.each([
    ['a GPU', deviceWith(false, [])],
    ['a software adapter', plainDevice],
    ['a software adapter with wide subgroups', deviceWith(true, ['subgroups'], 8)],
    ['a software adapter with narrow subgroups', deviceWith(true, ['subgroups'], 4)],
  ])('the default of %s serves every role and runs there', (_, gpu) => {
    const choice = defaultLinearChoice(gpu);
    expect(Object.keys(linearTiles(choice))).toEqual([...linearRoles]);
    for (const name of Object.values(choice)) {
      const variant = linearVariants.find((known) => known.name === name);
      expect(variant && runsOn(gpu, variant), name).toBe(true);
    }
  });

  it('have names of their own, and one of them serves all roles on every device', () => {
    expect(new Set(linearVariants.map(({ name }) => name)).size).toBe(linearVariants.length);
    expect(() => linearTiles(portableLinearChoice)).not.toThrow();
    expect(() => linearTiles({ ...portableLinearChoice, weight: 'register-1x4' })).toThrow(/weight/);
  });
});

describe('the kernels of a run', () => {
  const kernels: KernelChoice = {
    linear: { ...portableLinearChoice, decode: 'register-1x4' },
    attention: { ...attentionChoiceOf('register'), backward_kv: 'workgroup-64-4x8' },
  };

  it('are written into config.json, read back, and are no settings', async () => {
    const folder = new RunFolder(new MemoryStore());
    await folder.begin(presets.micro, { ...origin, kernels });
    expect(await folder.readKernels()).toEqual(kernels);
    expect(await folder.readConfig()).toEqual(presets.micro);
    const text = await readText(folder.store, 'config.json');
    expect(settingsFromJson(text)).not.toHaveProperty('kernels');
    const chosen = await chooseKernels(plainDevice, { written: writtenChoice(text) });
    expect(chosen).toMatchObject({ kernels, from: 'run', notices: [] });
  });

  it('are null where none were chosen', async () => {
    const folder = new RunFolder(new MemoryStore());
    await folder.begin(presets.micro, origin);
    expect(await folder.readKernels()).toBeNull();
    expect(writtenChoice('{"kernels": 3}')).toBeNull();
  });

  it.each([
    ['does not exist', 'magic-9x9'],
    ['does not serve the role', 'register-1x4'],
    ['does not run on this adapter', 'subgroup-16'],
    ['is no name', 7],
  ])('a written variant that %s gives way to the default with a notice', async (_, name) => {
    const { kernels: used, notices } = await chooseKernels(plainDevice, {
      written: { ...kernels, linear: { ...kernels.linear, forward: name } },
    });
    expect(used.linear).toEqual({ ...kernels.linear, forward: defaultLinearChoice(plainDevice).forward });
    expect(notices.map(({ code }) => code)).toEqual(['kernels.variant']);
    expect(notices[0].message).toContain(`"${name}" of linear.forward`);
  });

  it.each([
    ['forward', 'magic-9x9'],
    ['backward_q', 'subgroup'],
    ['backward_kv', 7],
  ])(
    'a written variant of attention that is not there for %s gives way with a notice',
    async (role, name) => {
      const { kernels: used, notices } = await chooseKernels(plainDevice, {
        written: { ...kernels, attention: { ...kernels.attention, [role]: name } },
      });
      expect(used.attention).toEqual({ ...kernels.attention, [role]: 'register' });
      expect(notices.map(({ message }) => message)).toEqual([
        expect.stringContaining(`"${name}" of attention.${role}`),
      ]);
    },
  );

  it('a run from before attention had a choice goes on as it began, without a word', async () => {
    const gpu = deviceWith(false, ['subgroups'], 32);
    const { kernels: used, notices } = await chooseKernels(gpu, { written: { linear: kernels.linear } });
    expect(used.attention).toEqual(attentionChoiceOf('register'));
    expect(notices).toEqual([]);
    expect(defaultKernels(gpu).attention).not.toEqual(used.attention);
  });
});

describe('the template', () => {
  it('sets sizes and writes out the loops over them, inner ones too', () => {
    const source =
      'const A = 1u;\nconst B = 1u;\nfor (var i = 0u; i < A; i++) { for (var j = 0u; j < B; j++) { x[i * B + j] = if_i; } }';
    const code = specialise(source, { A: 2, B: 2 });
    expect(code).toContain('const A = 2u;');
    expect(code).not.toContain('for');
    expect(code.match(/x\[\du \* B \+ \du\] = if_i/g)).toEqual([
      'x[0u * B + 0u] = if_i',
      'x[0u * B + 1u] = if_i',
      'x[1u * B + 0u] = if_i',
      'x[1u * B + 1u] = if_i',
    ]);
  });

  it('refuses a size that the source does not have', () => {
    expect(() => specialise('const A = 1u;', { ROWS: 4 })).toThrow(/ROWS/);
  });
});

import { it } from 'vitest';
import * as rn from '../../src/kernels/rms-norm/rms-norm';
import * as cc from '../../src/kernels/causal-conv/causal-conv';
import { buildSegmentTables } from '../../src/kernels/causal-conv/segments';
import * as lp from '../../src/kernels/log-prob/log-prob';
import * as rw from '../../src/kernels/log-prob/rows';
import * as sw from '../../src/kernels/swiglu/swiglu';
import { randomFloats, useRig } from '../support/gpu';
const rig = useRig([...rn.rmsNormKernels, ...cc.causalConvKernels, ...lp.logProbKernels, ...rw.rowKernels, ...sw.swigluKernels]);
it('bench', async () => {
  const { buffers: B, queue: q } = rig();
  const T = 4096, d = 128, V = 2048, R = 256;
  const f = (n: number) => B.from('f', randomFloats(n, n));
  const z = (bytes: number) => B.storage('z', bytes);
  const x = f(T * d), g = f(d), y = z(T * d * 4), st = z(rn.rmsNormStatisticsBytes(T)), dY = f(T * d), dX = z(T * d * 4), dg = z(d * 4), sc = z(rn.rmsNormScratchBytes(T, d));
  const spans = []; let at = 0;
  for (let gI = 0; gI < 4; gI++) { const ps = at; spans.push({ start: at, end: at + 512, parentStart: at, parentEnd: at }); at += 512; for (let i = 0; i < 8; i++) { spans.push({ start: at, end: at + 64, parentStart: ps, parentEnd: ps + 512 }); at += 64; } }
  const t = buildSegmentTables(spans); const tables = { tokenSegment: B.from('a', t.tokenSegment), segments: B.from('b', t.segments) };
  const w = f(4 * d), dw = z(16 * d), csc = z(cc.causalConvScratchBytes(T, d, 4));
  const logits = f(R * V), lsc = z(lp.logProbScratchBytes(R)), res = z(R * 16), gr = z(R * 16);
  const pairs = B.from('p', lp.packPairs(Array.from({ length: R }, (_, i) => ({ target: i, oldLogprob: -7, refLogprob: -7, advantage: 1, weight: 1 }))));
  const gu = f(T * 512), yy = z(T * 256 * 4);
  const opt = { kind: 'policy', clipRatioLow: 0.2, clipRatioHigh: 0.2, clipRatioC: 3, klCoef: 0, klType: 'k3', entropyCoef: 0 } as const;
  const runs: [string, () => void][] = [
    ['norm forward', () => rn.rmsNormForward(q, x, g, y, st, T, d, 1e-6)],
    ['norm backward', () => rn.rmsNormBackward(q, { x, gain: g, statistics: st, dY, dX, dGain: dg, scratch: sc }, T, d, 1e-6, true)],
    ['conv forward', () => cc.causalConvForward(q, x, w, tables, y, T, d, 4)],
    ['conv backward', () => cc.causalConvBackward(q, { x, weight: w, tables, dY, dX, dWeight: dw, scratch: csc }, T, d, 4, true)],
    ['logp forward', () => lp.logProbForward(q, logits, pairs, res, lsc, 0, R, V, 1)],
    ['objective', () => lp.objective(q, pairs, res, gr, 0, R, opt)],
    ['logp backward', () => lp.logProbBackward(q, logits, pairs, res, gr, 0, R, V, 1)],
    ['swiglu forward w=256', () => sw.swigluForward(q, gu, yy, T, 256)],
  ];
  for (const [name, run] of runs) {
    const t0 = performance.now(); run(); await q.idle(); const first = performance.now() - t0;
    let best = 1e9;
    for (let i = 0; i < 12; i++) { const t1 = performance.now(); run(); await q.idle(); best = Math.min(best, performance.now() - t1); }
    console.log(`BENCH ${name}: first ${first.toFixed(0)} best ${best.toFixed(2)} ms`);
  }
});

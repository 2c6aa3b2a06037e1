/**
 * @file The model all engines train in the comparison: a pre-norm decoder without extras, cross-entropy on every next
 * token, AdamW. One sequence of T tokens; float32; embeddings and head apart.
 *
 *   x += Wo · attention(rope(Wqkv · rmsnorm(x))) ;  x += Wd · swiglu(Wgu · rmsnorm(x))
 */

export const shape = {
  width: 128,
  hidden: 256,
  layers: 4,
  heads: 4,
  vocabulary: 512,
  epsilon: 1e-6,
  theta: 10_000,
};
export const optimizer = { lr: 1e-3, beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.01 };

/** Names and shapes of the parameters; a weight stands as [inputs, outputs]. */
export function parameterShapes({ width: d, hidden: f, layers, vocabulary } = shape) {
  const shapes = { embedding: [vocabulary, d] };
  for (let layer = 0; layer < layers; layer++) {
    Object.assign(shapes, {
      [`norm1.${layer}`]: [d],
      [`qkv.${layer}`]: [d, 3 * d],
      [`output.${layer}`]: [d, d],
      [`norm2.${layer}`]: [d],
      [`gateUp.${layer}`]: [d, 2 * f],
      [`down.${layer}`]: [f, d],
    });
  }
  return { ...shapes, norm: [d], head: [d, vocabulary] };
}

/** Gains are 1, weights uniform with standard deviation 0.02: the same numbers for every engine. */
export function initialValues(name, size) {
  if (name.startsWith('norm')) return new Float32Array(size).fill(1);
  const random = generator(name);
  return Float32Array.from({ length: size }, () => (random() - 0.5) * 0.02 * Math.sqrt(12));
}

/** A sequence of `count` tokens and the ones that follow. */
export function tokens(count, { vocabulary } = shape) {
  const random = generator(`tokens ${count}`);
  const all = Int32Array.from({ length: count + 1 }, () => Math.floor(random() * vocabulary));
  return { inputs: all.slice(0, count), targets: all.slice(1) };
}

/** Cosines and sines, [T, head width / 2]. */
export function rotations(count, { width, heads, theta } = shape) {
  const half = width / heads / 2;
  const angle = (i) => Math.floor(i / half) * theta ** (-(i % half) / half);
  const table = (of) => Float32Array.from({ length: count * half }, (_, i) => of(angle(i)));
  return { cos: table(Math.cos), sin: table(Math.sin), half };
}

/** Numbers in [0, 1) that depend on the text alone (FNV-1a, then mulberry32). */
function generator(text) {
  let state = 0x811c9dc5;
  for (const character of text) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

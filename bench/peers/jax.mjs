/** @file The comparison's model in jax-js: the whole step, optimiser included, is one compiled function. */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';
import { initialValues, optimizer, parameterShapes, rotations, shape, tokens } from './model.mjs';

/** @returns a function that makes one step and resolves with the loss when it is done. */
export async function prepare(count) {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js finds no WebGPU');
  defaultDevice('webgpu');
  const shapes = Object.entries(parameterShapes());
  const tree = (make) => Object.fromEntries(shapes.map(([name, size]) => [name, make(name, size)]));
  const filled = (name, size) =>
    np
      .array(
        initialValues(
          name,
          size.reduce((a, b) => a * b),
        ),
      )
      .reshape(size);
  let parameters = tree(filled);
  let first = tree((_, size) => np.zeros(size));
  let second = tree((_, size) => np.zeros(size));
  const { inputs, targets } = tokens(count);
  const data = { inputs: np.array(inputs), targets: nn.oneHot(np.array(targets), shape.vocabulary) };
  const { cos, sin, half } = rotations(count);
  const turn = { cos: np.array(cos).reshape([count, 1, half]), sin: np.array(sin).reshape([count, 1, half]) };

  const kept = (object) =>
    Object.fromEntries(Object.entries(object).map(([name, array]) => [name, array.ref]));

  const step = jit((weights, m, v, correction1, correction2, batch, angles) => {
    const [loss, gradients] = valueAndGrad((p) => lossOf(p, batch, angles, count, half))(kept(weights));
    const next = { weights: {}, m: {}, v: {} };
    for (const [name] of shapes) {
      const g = gradients[name];
      next.m[name] = m[name].mul(optimizer.beta1).add(g.ref.mul(1 - optimizer.beta1));
      next.v[name] = v[name].mul(optimizer.beta2).add(np.square(g).mul(1 - optimizer.beta2));
      const update = next.m[name].ref
        .div(correction1.ref)
        .div(np.sqrt(next.v[name].ref.div(correction2.ref)).add(optimizer.epsilon));
      next.weights[name] = weights[name]
        .mul(1 - optimizer.lr * optimizer.weightDecay)
        .sub(update.mul(optimizer.lr));
    }
    correction1.dispose();
    correction2.dispose();
    return { loss, ...next };
  });

  let done = 0;
  return async () => {
    done++;
    const correction = (beta) => np.array(1 - beta ** done);
    const result = step(
      parameters,
      first,
      second,
      correction(optimizer.beta1),
      correction(optimizer.beta2),
      kept(data),
      kept(turn),
    );
    parameters = result.weights;
    first = result.m;
    second = result.v;
    await blockUntilReady([parameters]);
    return (await result.loss.data())[0];
  };
}

function lossOf(p, batch, angles, count, half) {
  const { width: d, hidden: f, layers, heads } = shape;
  let x = np.take(p.embedding, batch.inputs, 0);
  for (let layer = 0; layer < layers; layer++) {
    const qkv = np.matmul(norm(x.ref, p[`norm1.${layer}`]), p[`qkv.${layer}`]);
    const [q, k, v] = np.split(qkv, 3, 1).map((part) => part.reshape([count, heads, d / heads]));
    const attended = nn.dotProductAttention(rope(q, angles, half), rope(k, angles, half), v, {
      isCausal: true,
    });
    x = x.add(np.matmul(attended.reshape([count, d]), p[`output.${layer}`]));
    const gateUp = np.matmul(norm(x.ref, p[`norm2.${layer}`]), p[`gateUp.${layer}`]);
    const [gate, up] = np.split(gateUp, [f], 1);
    x = x.add(np.matmul(nn.silu(gate).mul(up), p[`down.${layer}`]));
  }
  const logits = np.matmul(norm(x, p.norm), p.head);
  angles.cos.dispose();
  angles.sin.dispose();
  return np.mean(np.sum(nn.logSoftmax(logits, 1).mul(batch.targets), 1)).mul(-1);
}

function norm(x, gain) {
  const square = np.mean(np.square(x.ref), 1, { keepdims: true });
  return x.div(np.sqrt(square.add(shape.epsilon))).mul(gain);
}

function rope(x, { cos, sin }, half) {
  const [a, b] = np.split(x, [half], 2);
  return np.concatenate([a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref)), b.mul(cos.ref).add(a.mul(sin.ref))], 2);
}

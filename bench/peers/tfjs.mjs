/** @file The comparison's model in TensorFlow.js on its WebGPU backend. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu';
import { initialValues, optimizer, parameterShapes, rotations, shape, tokens } from './model.mjs';

/** @returns a function that makes one step and resolves with the loss when it is done. */
export async function prepare(count) {
  if (!(await tf.setBackend('webgpu'))) throw new Error('TensorFlow.js finds no WebGPU');
  await tf.ready();
  const variables = Object.fromEntries(
    Object.entries(parameterShapes()).map(([name, size]) => [
      name,
      tf.variable(
        tf.tensor(
          initialValues(
            name,
            size.reduce((a, b) => a * b),
          ),
          size,
        ),
        true,
        name,
      ),
    ]),
  );
  const { inputs, targets } = tokens(count);
  const ids = tf.tensor1d(inputs, 'int32');
  const wanted = tf.oneHot(tf.tensor1d(targets, 'int32'), shape.vocabulary);
  const { cos, sin, half } = rotations(count);
  const turn = { cos: tf.tensor(cos, [1, count, half]), sin: tf.tensor(sin, [1, count, half]), half };
  // 0 where a key may be seen, −1e9 where it lies ahead.
  const ahead = tf.tidy(() => {
    const at = tf.range(0, count);
    return tf.greater(at.expandDims(0), at.expandDims(1)).cast('float32').mul(-1e9);
  });
  const adam = tf.train.adam(optimizer.lr, optimizer.beta1, optimizer.beta2, optimizer.epsilon);
  return async () => {
    const loss = adam.minimize(() => lossOf(variables, ids, wanted, turn, ahead, count), true);
    // Decoupled weight decay, which its Adam does not have.
    tf.tidy(() => {
      for (const variable of Object.values(variables))
        variable.assign(variable.mul(1 - optimizer.lr * optimizer.weightDecay));
    });
    const [value] = await loss.data();
    loss.dispose();
    return value;
  };
}

function lossOf(p, ids, wanted, turn, ahead, count) {
  const { width: d, hidden: f, layers, heads } = shape;
  let x = tf.gather(p.embedding, ids);
  for (let layer = 0; layer < layers; layer++) {
    const qkv = tf.matMul(norm(x, p[`norm1.${layer}`]), p[`qkv.${layer}`]);
    const [q, k, v] = tf
      .split(qkv, 3, 1)
      .map((part) => part.reshape([count, heads, d / heads]).transpose([1, 0, 2]));
    const scores = tf.matMul(rope(q, turn), rope(k, turn), false, true).mul(1 / Math.sqrt(d / heads));
    const attended = tf.matMul(tf.softmax(scores.add(ahead)), v);
    x = x.add(tf.matMul(attended.transpose([1, 0, 2]).reshape([count, d]), p[`output.${layer}`]));
    const gateUp = tf.matMul(norm(x, p[`norm2.${layer}`]), p[`gateUp.${layer}`]);
    const [gate, up] = tf.split(gateUp, [f, f], 1);
    x = x.add(tf.matMul(gate.mul(tf.sigmoid(gate)).mul(up), p[`down.${layer}`]));
  }
  const logits = tf.matMul(norm(x, p.norm), p.head);
  return tf.mean(tf.sum(tf.logSoftmax(logits).mul(wanted), 1)).mul(-1);
}

function norm(x, gain) {
  return x.mul(tf.rsqrt(tf.mean(tf.square(x), 1, true).add(shape.epsilon))).mul(gain);
}

function rope(x, { cos, sin, half }) {
  const [a, b] = tf.split(x, [half, half], 2);
  return tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], 2);
}

/**
 * @file A policy as a classifier of prompts: how much likelier one token is than another after each.
 *
 *   input_ids [B, T]  last [B]    int64       → margin [B]    float32: logit of `yes` − logit of `no` after token `last`
 *
 * There is no cache and no mask: tokens after `last` may be anything, since no token sees what follows it.
 */
import { checkTensors } from '../../policy/config';
import type { Tensors } from '../../policy/safetensors';
import type { PolicyConfig } from '../../policy/types';
import { PolicyGraph, type Shared } from './policy-graph';

/** The model file, float32. @throws CodedError `checkpoint.shape`, `onnx.too_large`. */
export function judgeToOnnx(
  config: PolicyConfig,
  weights: Readonly<Tensors>,
  tokens: { yes: number; no: number },
): Uint8Array {
  checkTensors(config, weights);
  return new JudgeGraph(config, weights).classifier(tokens, weights);
}

class JudgeGraph extends PolicyGraph {
  protected override readonly cached = false;

  classifier({ yes, no }: { yes: number; no: number }, tensors: Readonly<Tensors>): Uint8Array {
    const { graph, config } = this;
    const { hidden_size: d, num_hidden_layers: layers } = config;
    const ids = graph.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
    const last = graph.input('last', 'int64', ['batch_size']);
    const length = graph.node('Squeeze', [graph.node('Shape', [ids], { start: 1 })]);
    const count = graph.node('Squeeze', [graph.node('Shape', [ids], { end: 1 })]);
    const places = (many: string) => graph.node('Range', [graph.integer(0), many, graph.integer(1)]);
    const positions = places(length);
    const before = graph.node('LessOrEqual', [
      positions,
      graph.node('Unsqueeze', [positions, graph.integers(1)]),
    ]);
    const shared: Shared = {
      sizes: graph.node('Shape', [ids]),
      present: null,
      visible: graph.node('Unsqueeze', [before, graph.integers(0, 1)]),
      ...this.rotations(graph.node('Unsqueeze', [positions, graph.integers(0)])),
    };
    const embedding = this.weight('model.embed_tokens.weight');
    let x = this.reshape(graph.node('Gather', [embedding, ids]), -1, d);
    for (let layer = 0; layer < layers; layer++) x = this.layer(layer, x, shared);
    const rows = graph.node('Add', [graph.node('Mul', [places(count), length]), last]);
    const final = this.rmsNorm(graph.node('Gather', [x, rows]), 'model.norm.weight');

    const head = config.tie_word_embeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
    const { data } = tensors[head];
    const difference = Float32Array.from({ length: d }, (_, c) => data[yes * d + c] - data[no * d + c]);
    const margin = graph.node('Mul', [final, graph.weights('verdict.weight', [d], difference)]);
    const sum = graph.node('ReduceSum', [margin, graph.integers(1)], { keepdims: 0 });
    graph.output('margin', sum, 'float32', ['batch_size']);
    return graph.toModel();
  }
}

// GRPO's group-relative advantage and DAPO's dynamic-sampling mask.
//
//   A_i = (r_i - mean) / (std + eps), std with ddof 1; a group of one has mean 0 and std 1
//   without normalisation by std (Dr. GRPO): A_i = r_i - mean
//   keep = the group's metric is not the same for all its answers, or it has one answer and singletons are kept
//
// Shapes (row-major f32): advantages [groups * size]; stats [groups, 4] = mean, std, keep (1 or 0), 0. The reward and the
// metric of answer i stand in scores[i * stride + rewardAt] and [.. + metricAt], so that both can be columns of one table.
// Memory: one thread a group, two passes over `size` numbers in order.
//
// group 0: 0 scores (read), 1 advantages (read-write), 2 stats (read-write)
// group 1: 0 Params

struct Params {
  groups: u32,
  size: u32,
  epsilon: f32,
  normalizeByStd: u32,
  keepSingletons: u32,
  stride: u32,
  rewardAt: u32,
  metricAt: u32,
}

@group(0) @binding(0) var<storage, read> scores: array<f32>;
@group(0) @binding(1) var<storage, read_write> advantages: array<f32>;
@group(0) @binding(2) var<storage, read_write> stats: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn reward(i: u32) -> f32 {
  return scores[i * params.stride + params.rewardAt];
}

fn metric(i: u32) -> f32 {
  return scores[i * params.stride + params.metricAt];
}

@compute @workgroup_size(64)
fn groupAdvantage(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x;
  if (group >= params.groups) { return; }
  let begin = group * params.size;
  let end = begin + params.size;
  // Differences to the first reward: equal rewards give a mean and a std without rounding, so exactly A = 0.
  let origin = reward(begin);
  var sum = 0.0;
  var varies = false;
  for (var i = begin; i < end; i++) {
    sum += reward(i) - origin;
    varies = varies || metric(i) != metric(begin);
  }
  var shift = sum / f32(params.size);
  var mean = origin + shift;
  var deviation = 1.0;
  if (params.size > 1u) {
    var squares = 0.0;
    for (var i = begin; i < end; i++) {
      let difference = reward(i) - origin - shift;
      squares += difference * difference;
    }
    deviation = sqrt(squares / f32(params.size - 1u));
  } else {
    mean = 0.0;
    shift = -origin;
  }
  let divisor = select(1.0, deviation + params.epsilon, params.normalizeByStd == 1u);
  for (var i = begin; i < end; i++) { advantages[i] = (reward(i) - origin - shift) / divisor; }
  let keep = varies || (params.size == 1u && params.keepSingletons == 1u);
  stats[group] = vec4f(mean, deviation, select(0.0, 1.0, keep), 0.0);
}

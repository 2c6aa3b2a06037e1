// QwenLong-L1's hybrid reward with DAPO's soft overlong penalty, GRPO's group-relative advantage, and the mask of
// groups that dynamic sampling keeps: a batch in one pass.
//
//   base = rule | judge | max(rule, judge) by mode; where the judge gave no verdict the rule stands
//   overlong = min(-(length - (maxLength - buffer)) / buffer * factor, 0), at least -factor with `cap` (Eq. 7 of the
//   paper); 0 with buffer 0
//   total = base + overlong; correct = base is 1 (the penalty does not touch it)
//   A_i = (total_i - mean) / (std + eps), std with ddof 1; a group of one has mean 0 and std 1
//   without normalisation by std (Dr. GRPO): A_i = total_i - mean
//   keep = correct (or total, with keepByTotal) is not the same for all answers, or there is one answer and singletons
//   are kept
//
// Shapes (f32): answers [groups * size, 4] = rule, judge, judge asked (1 or 0), length; rewards [groups * size, 4] =
//   base, overlong, total, correct (1 or 0); advantages [groups * size]; stats [groups, 4] = mean, std, keep (1 or 0), 0.
// Memory: one thread a group, three passes over `size` rows in order.
//
// group 0: 0 answers (read), 1 rewards (read-write), 2 advantages (read-write), 3 stats (read-write)
// group 1: 0 Params

struct Params {
  groups: u32,
  size: u32,
  mode: u32, // 0 rule, 1 judge, 2 max
  maxLength: f32,
  overlongBuffer: f32,
  overlongFactor: f32,
  cap: u32,
  epsilon: f32,
  normalizeByStd: u32,
  keepByTotal: u32,
  keepSingletons: u32,
}

@group(0) @binding(0) var<storage, read> answers: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> rewards: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> advantages: array<f32>;
@group(0) @binding(3) var<storage, read_write> stats: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn combine(answer: vec4f) -> vec4f {
  let judge = select(answer.x, answer.y, answer.z == 1.0);
  var base = answer.x;
  if (params.mode == 1u) {
    base = judge;
  } else if (params.mode == 2u) {
    base = max(answer.x, judge);
  }
  var overlong = 0.0;
  if (params.overlongBuffer > 0.0) {
    let over = answer.w - (params.maxLength - params.overlongBuffer);
    overlong = min(-over / params.overlongBuffer * params.overlongFactor, 0.0);
    if (params.cap == 1u) { overlong = max(overlong, -params.overlongFactor); }
  }
  return vec4f(base, overlong, base + overlong, select(0.0, 1.0, base == 1.0));
}

@compute @workgroup_size(64)
fn groupReward(@builtin(global_invocation_id) id: vec3u) {
  let group = id.x;
  if (group >= params.groups) { return; }
  let begin = group * params.size;
  let end = begin + params.size;
  // Differences to the first reward: equal rewards give a mean and a std without rounding, so exactly A = 0.
  let first = combine(answers[begin]);
  let origin = first.z;
  var sum = 0.0;
  var varies = false;
  for (var i = begin; i < end; i++) {
    let reward = combine(answers[i]);
    rewards[i] = reward;
    sum += reward.z - origin;
    varies = varies || select(reward.w != first.w, reward.z != first.z, params.keepByTotal == 1u);
  }
  var shift = sum / f32(params.size);
  var mean = origin + shift;
  var deviation = 1.0;
  if (params.size > 1u) {
    var squares = 0.0;
    for (var i = begin; i < end; i++) {
      let difference = rewards[i].z - origin - shift;
      squares += difference * difference;
    }
    deviation = sqrt(squares / f32(params.size - 1u));
  } else {
    mean = 0.0;
    shift = -origin;
  }
  let divisor = select(1.0, deviation + params.epsilon, params.normalizeByStd == 1u);
  for (var i = begin; i < end; i++) { advantages[i] = (rewards[i].z - origin - shift) / divisor; }
  let keep = varies || (params.size == 1u && params.keepSingletons == 1u);
  stats[group] = vec4f(mean, deviation, select(0.0, 1.0, keep), 0.0);
}

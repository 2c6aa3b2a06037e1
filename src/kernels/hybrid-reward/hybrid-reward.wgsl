// QwenLong-L1's hybrid reward with DAPO's soft overlong penalty.
//
//   base = rule | judge | max(rule, judge) by mode; where the judge gave no verdict the rule stands
//   overlong = min(-(length - (maxLength - buffer)) / buffer * factor, 0), at least -factor with `cap` (Eq. 7 of the
//   paper); 0 with buffer 0
//   total = base + overlong; correct = base is 1 (the penalty does not touch it)
//
// Shapes (f32): answers [count, 4] = rule, judge, judge asked (1 or 0), length; rewards [count, 4] = base, overlong,
//   total, correct (1 or 0).
// Memory: one thread an answer.
//
// group 0: 0 answers (read), 1 rewards (read-write)
// group 1: 0 Params

struct Params {
  count: u32,
  mode: u32, // 0 rule, 1 judge, 2 max
  maxLength: f32,
  overlongBuffer: f32,
  overlongFactor: f32,
  cap: u32,
}

@group(0) @binding(0) var<storage, read> answers: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> rewards: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn hybridReward(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.count) { return; }
  let answer = answers[id.x];
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
  rewards[id.x] = vec4f(base, overlong, base + overlong, select(0.0, 1.0, base == 1.0));
}

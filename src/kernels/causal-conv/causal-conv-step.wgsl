// One decode step of the Canon layer (causal-conv.wgsl): y = x + w[0] * x + sum over k >= 1 of w[k] * state[k - 1].
//
// Shapes (row-major f32, width a multiple of 4): x, y [rollouts, width]; weight [taps, width];
//   state [rollouts, taps - 1, width], entry 0 the latest input; prefixes u32 [rollouts, 2] = flat start and end of
//   the rollout's prefix in the prefill activations [tokens, width].
// Memory: one thread a (rollout, vec4), which owns its column of the state: it reads, then shifts, so one kernel is
//   enough and nothing waits. No workgroup memory.
//
// initState  group 0: 0 x = prefill activations (read), 1 prefixes (read), 2 state (read-write)
// decodeStep group 0: 0 x (read), 1 weight (read), 2 state (read-write), 3 y (read-write)
// group 1: 0 Params

struct Params {
  rollouts: u32,
  width: u32,
  taps: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(1) var<storage, read> prefixes: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> state: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn initState(@builtin(global_invocation_id) id: vec3u) {
  let width4 = params.width / 4u;
  if (id.x >= params.rollouts * width4) { return; }
  let row = id.x / width4;
  let c = id.x % width4;
  let depth = params.taps - 1u;
  let prefix = prefixes[row];
  for (var k = 0u; k < depth; k++) {
    var value = vec4f(0.0);
    if (k < prefix.y - prefix.x) { value = x[(prefix.y - 1u - k) * width4 + c]; }
    state[(row * depth + k) * width4 + c] = value;
  }
}

@compute @workgroup_size(64)
fn decodeStep(@builtin(global_invocation_id) id: vec3u) {
  let width4 = params.width / 4u;
  if (id.x >= params.rollouts * width4) { return; }
  let row = id.x / width4;
  let c = id.x % width4;
  let depth = params.taps - 1u;
  let input = x[id.x];
  var result = input + weight[c] * input;
  var carried = input;
  for (var k = 0u; k < depth; k++) {
    let at = (row * depth + k) * width4 + c;
    let value = state[at];
    result += weight[(k + 1u) * width4 + c] * value;
    state[at] = carried;
    carried = value;
  }
  y[id.x] = result;
}

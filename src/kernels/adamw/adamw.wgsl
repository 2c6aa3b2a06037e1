// AdamW over flat buffers, and the global gradient norm it clips by.
//
// Shapes: parameters p, gradients g, moments m and v are f32 [count], count divisible by 4. Tensors begin at
// multiples of 64 floats with zero padding between (zero stays zero). decay: u32, bit b of word w says
// whether weight decay applies to floats [64 * (32 w + b), + 64).
// Memory: one thread a vec4 (adamw); at most 256 partial sums for the norm, added in a fixed order.
//
// square_sums  group 0: 0 g, 1 partials (read-write) u32 [groups]: bits of sums of g^2, or of a NaN
// root         group 0: 0 partials, 1 norm (read-write) u32 [1]: bits of sqrt(sum), or of a NaN or infinity
// adamw        group 0: 0 p (read-write), 1 g, 2 m (read-write), 3 v (read-write), 4 decay, 5 norm
//   g = clip * g with clip = min(1, max_norm / (norm + 1e-6)), 1 if max_norm is 0
//   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g^2
//   p = p - lr * (m / bias1 / (sqrt(v / bias2) + eps) + weight_decay * p [if decayed])
// group 1: 0 Params, its values computed in f64 on the CPU each step.
//
// Non-finite gradients: comparisons such as x != x are folded away by compilers, so bits are tested, and the
// norm is kept as bits because NaN arithmetic is not dependable either. A norm that is not finite leaves p, m
// and v untouched.

struct NormParams {
  count: u32,
  groups: u32,
}

struct Params {
  count: u32,
  lr: f32,
  beta1: f32,
  one_minus_beta1: f32,
  beta2: f32,
  one_minus_beta2: f32,
  eps: f32,
  bias1: f32,
  bias2: f32,
  weight_decay: f32,
  max_norm: f32,
}

@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> partials: array<u32>;
@group(1) @binding(0) var<uniform> norm_params: NormParams;

@group(0) @binding(0) var<storage, read> sums: array<u32>;
@group(0) @binding(1) var<storage, read_write> root_of: array<u32>;

@group(0) @binding(0) var<storage, read_write> p: array<vec4f>;
@group(0) @binding(1) var<storage, read> g: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> m: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> v: array<vec4f>;
@group(0) @binding(4) var<storage, read> decay: array<u32>;
@group(0) @binding(5) var<storage, read> norm: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

const nan_bits = 0x7fc00000u;
const infinity_bits = 0x7f800000u;

fn magnitude_bits(x: vec4f) -> u32 {
  let bits = bitcast<vec4u>(x) & vec4u(0x7fffffffu);
  return max(max(bits.x, bits.y), max(bits.z, bits.w));
}

var<workgroup> lanes: array<f32, 64>;
var<workgroup> largest: array<u32, 64>;

@compute @workgroup_size(64)
fn square_sums(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let step = norm_params.groups * 64u;
  var sum = vec4f();
  var top = 0u;
  for (var i = group.x * 64u + lane; i < norm_params.count / 4u; i += step) {
    let x = gradient[i];
    sum = fma(x, x, sum);
    top = max(top, magnitude_bits(x));
  }
  lanes[lane] = (sum.x + sum.y) + (sum.z + sum.w);
  largest[lane] = top;
  workgroupBarrier();
  if (lane != 0u) { return; }
  var total = 0.0;
  for (var j = 0u; j < 64u; j++) {
    total += lanes[j];
    top = max(top, largest[j]);
  }
  partials[group.x] = select(bitcast<u32>(total), nan_bits, top >= infinity_bits);
}

@compute @workgroup_size(64)
fn root(@builtin(local_invocation_index) lane: u32) {
  if (lane != 0u) { return; }
  var total = 0.0;
  var top = 0u;
  for (var i = 0u; i < norm_params.groups; i++) {
    total += bitcast<f32>(sums[i]);
    top = max(top, sums[i] & 0x7fffffffu);
  }
  // A sum of squares that overflowed is infinite in its partial already or becomes so here: both stay visible.
  root_of[0] = select(bitcast<u32>(sqrt(total)), top, top >= infinity_bits);
}

@compute @workgroup_size(64)
fn adamw(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let bits = norm[0];
  if (i >= params.count / 4u || (bits & 0x7fffffffu) >= infinity_bits) { return; }
  var scale = 1.0;
  if (params.max_norm > 0.0) { scale = min(1.0, params.max_norm / (bitcast<f32>(bits) + 1e-6)); }
  let block = i / 16u;
  let decayed = (decay[block / 32u] >> (block % 32u)) & 1u;
  let rate = select(0.0, params.weight_decay, decayed != 0u);
  let gi = scale * g[i];
  let mi = params.beta1 * m[i] + params.one_minus_beta1 * gi;
  let vi = params.beta2 * v[i] + params.one_minus_beta2 * gi * gi;
  let pi = p[i];
  m[i] = mi;
  v[i] = vi;
  p[i] = pi - params.lr * (mi / params.bias1 / (sqrt(vi / params.bias2) + params.eps) + rate * pi);
}

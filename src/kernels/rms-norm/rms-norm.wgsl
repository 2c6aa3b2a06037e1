// RMSNorm: y = g * x * r with r = (mean(x^2) + eps)^(-1/2), and its gradient.
//
//   dx = r * (g * dy) - x * r^3 / width * sum(g * dy * x)        dg = sum over rows of dy * x * r
//
// Shapes (row-major f32, width a multiple of 4): x, y, dY, dX [rows, width]; gain, dGain [width];
//   statistics [rows, 8] holds eight partial sums of x^2 a row (lane l sums the vec4 columns l, l + 8, ...);
//   projections [rows, 8] the same of g * dy * x; partials [blocks, width] sums of dy * x * r over a block of rows.
// Memory: a row is eight threads side by side (contiguous reads and writes), and whoever needs a row's sum adds its eight
//   partials in order: the same bits in every thread. They pass through workgroup memory forward, which saves a dispatch,
//   and through buffers backward.
//
// forward    group 0: 0 x (read), 1 gain (read), 2 squares (read-write; the statistics), 3 y (read-write)
// project    group 0: 0 x (read), 1 gain (read), 2 dYOfProject (read), 3 products (read-write)
// backward   group 0: 0 x (read), 1 gain (read), 2 statistics (read), 3 dX (read-write), 4 dY (read), 5 projections (read)
// gainBlocks group 0: 0 x (read), 1 dYOfGain (read), 2 statistics (read), 3 partials (read-write)
// group 1: 0 Params

struct Params {
  rows: u32,
  width: u32,
  rowsPerBlock: u32,
  accumulate: u32,
  epsilon: f32,
}

const lanes = 8u;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> gain: array<vec4f>;
@group(0) @binding(1) var<storage, read> dYOfGain: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> squares: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<vec4f>;
@group(0) @binding(2) var<storage, read> dYOfProject: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> products: array<f32>;
@group(0) @binding(3) var<storage, read_write> dX: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(4) var<storage, read> dY: array<vec4f>;
@group(0) @binding(5) var<storage, read> projections: array<vec4f>;

// The index of a thread in a grid of 64-wide workgroups that may be folded into two dimensions.
fn indexOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

fn inOrder(a: vec4f, b: vec4f) -> f32 {
  return ((a.x + a.y) + (a.z + a.w)) + ((b.x + b.y) + (b.z + b.w));
}

// r of a row from its eight partial sums.
fn inverseOf(low: vec4f, high: vec4f) -> f32 {
  return inverseSqrt(inOrder(low, high) / f32(params.width) + params.epsilon);
}

var<workgroup> shares: array<f32, 64>;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  let inside = i < params.rows * lanes;
  let width4 = params.width / 4u;
  let base = (i / lanes) * width4;
  let end = select(0u, width4, inside);
  var sum = vec4f(0.0);
  for (var c = i % lanes; c < end; c += lanes) {
    let value = x[base + c];
    sum += value * value;
  }
  shares[lane] = (sum.x + sum.y) + (sum.z + sum.w);
  workgroupBarrier();
  if (inside) { squares[i] = shares[lane]; }
  let first = lane - lane % lanes;
  let r = inverseOf(
    vec4f(shares[first], shares[first + 1u], shares[first + 2u], shares[first + 3u]),
    vec4f(shares[first + 4u], shares[first + 5u], shares[first + 6u], shares[first + 7u]));
  for (var c = i % lanes; c < end; c += lanes) {
    y[base + c] = gain[c] * x[base + c] * r;
  }
}

@compute @workgroup_size(64)
fn project(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  if (i >= params.rows * lanes) { return; }
  let width4 = params.width / 4u;
  let base = (i / lanes) * width4;
  var sum = vec4f(0.0);
  for (var c = i % lanes; c < width4; c += lanes) {
    sum += gain[c] * dYOfProject[base + c] * x[base + c];
  }
  products[i] = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  if (i >= params.rows * lanes) { return; }
  let width4 = params.width / 4u;
  let row = i / lanes;
  let base = row * width4;
  let r = inverseOf(statistics[2u * row], statistics[2u * row + 1u]);
  let projection = inOrder(projections[2u * row], projections[2u * row + 1u]);
  let pull = r * r * r * projection / f32(params.width);
  for (var c = i % lanes; c < width4; c += lanes) {
    var gradient = r * (gain[c] * dY[base + c]) - x[base + c] * pull;
    if (params.accumulate == 1u) { gradient += dX[base + c]; }
    dX[base + c] = gradient;
  }
}

// One thread a (block of rows, vec4 column).
@compute @workgroup_size(64)
fn gainBlocks(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  let block = i / width4;
  let begin = block * params.rowsPerBlock;
  if (begin >= params.rows) { return; }
  let end = min(begin + params.rowsPerBlock, params.rows);
  let c = i % width4;
  var sum = vec4f(0.0);
  for (var row = begin; row < end; row++) {
    let at = row * width4 + c;
    sum += dYOfGain[at] * x[at] * inverseOf(statistics[2u * row], statistics[2u * row + 1u]);
  }
  partials[i] = sum;
}

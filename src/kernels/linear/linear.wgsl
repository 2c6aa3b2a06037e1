// Linear layer: Y = X W^T (+ bias) (+ Y) and its three gradients, register tiles without workgroup memory.
//
// Shapes (row-major f32, widths divisible by 4): X [rows, inputs], W [outputs, inputs] as in Hugging Face,
// Y, dY [rows, outputs].
// Memory: a thread owns ROWS x 4 of the result (weight: 4 ROW_VECTORS x 4) in registers and reads vec4 from
// global memory. Barriers would cost 10x on software adapters; caches serve the
// reuse between the threads of a workgroup. The sizes are set by template.ts, loops bounded by them written out.
// Order: each element is one chain acc = fma(a_k, b_k, acc) over ascending k that begins at 0; bias and the
// old value are added after it. So a row's result does not depend on the rows around it, nor on the tile or
// variant: linear-subgroup.wgsl and linear-workgroup.wgsl keep the same chain.
//
// product       group 0: 0 a [rows, depth], 1 W, 2 bias [width], read if has_bias, 3 result (read-write)
//   Y = X W^T:  a = X,  depth = inputs,  width = outputs, weights_by_row false
//   dX = dY W:  a = dY, depth = outputs, width = inputs,  weights_by_row true
// weight        group 0: 0 dY [rows, height], 1 X [rows, width], 2 partials (read-write)
//   partials[s,o,i] = sum over the rows r of split s of dY[r,o] X[r,i], [splits, height, width]; a dispatch
//   does the rows o from `top` on, workgroup z the split first_split + z
// sum_partials  group 0: 0 partials, 1 dW (read-write) [height, width]; splits are added in ascending order
// bias_gradient group 0: 0 dY [rows, width], 1 dBias (read-write)
//   dBias[o] = sum_r dY[r,o]; 32 strided partial sums a column, added in ascending order
// group 1: 0 Params. Rows [begin, end) are the work of a dispatch; accumulate != 0 adds to the old result.

struct Params {
  begin: u32,
  end: u32,
  depth: u32,
  width: u32,
  height: u32,
  accumulate: u32,
  has_bias: u32,
  split_rows: u32,
  splits: u32,
  top: u32,
  first_split: u32,
}

override weights_by_row = false;

const ROW_VECTORS = 1u;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sum: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

// Column j of the matrix multiplies element 4 k + j of a row and gives the four results of `column`.
fn weights(k: u32, column: u32) -> mat4x4f {
  if (weights_by_row) {
    let stride = params.width / 4u;
    let at = 4u * k * stride + column;
    return mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]);
  }
  let stride = params.depth / 4u;
  let at = 4u * column * stride + k;
  return transpose(mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}

fn advance(sum: vec4f, x: vec4f, w: mat4x4f) -> vec4f {
  return fma(vec4f(x.w), w[3], fma(vec4f(x.z), w[2], fma(vec4f(x.y), w[1], fma(vec4f(x.x), w[0], sum))));
}

@compute @workgroup_size(8, 8)
fn product(@builtin(global_invocation_id) id: vec3u) { registerTile(id); }

fn put(at: u32, value: vec4f) {
  var total = value;
  if (params.accumulate != 0u) { total += partials[at]; }
  partials[at] = total;
}

@compute @workgroup_size(8, 8)
fn weight(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  let top = params.top / 4u + id.y * ROW_VECTORS;
  let split = params.first_split + id.z;
  let width = params.width / 4u;
  let height = params.height / 4u;
  if (column >= width || top >= height) { return; }
  let first = params.begin + split * params.split_rows;
  let end = min(first + params.split_rows, params.end);
  var sums = array<vec4f, 4u * ROW_VECTORS>();
  for (var row = first; row < end; row++) {
    let x = b[row * width + column];
    for (var h = 0u; h < ROW_VECTORS; h++) {
      let g = a[row * height + min(top + h, height - 1u)];
      sums[4u * h] = fma(vec4f(g.x), x, sums[4u * h]);
      sums[4u * h + 1u] = fma(vec4f(g.y), x, sums[4u * h + 1u]);
      sums[4u * h + 2u] = fma(vec4f(g.z), x, sums[4u * h + 2u]);
      sums[4u * h + 3u] = fma(vec4f(g.w), x, sums[4u * h + 3u]);
    }
  }
  for (var h = 0u; h < ROW_VECTORS; h++) {
    if (top + h < height) {
      let at = (split * params.height + 4u * (top + h)) * width + column;
      put(at, sums[4u * h]);
      put(at + width, sums[4u * h + 1u]);
      put(at + 2u * width, sums[4u * h + 2u]);
      put(at + 3u * width, sums[4u * h + 3u]);
    }
  }
}

@compute @workgroup_size(64)
fn sum_partials(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let size = params.height * (params.width / 4u);
  if (i >= size) { return; }
  var total = a[i];
  for (var s = 1u; s < params.splits; s++) { total += a[s * size + i]; }
  if (params.accumulate != 0u) { total += sum[i]; }
  sum[i] = total;
}

const bias_columns = 8u;
const bias_slices = 32u;
var<workgroup> slices: array<vec4f, bias_columns * bias_slices>;

@compute @workgroup_size(bias_columns, bias_slices)
fn bias_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let width = params.width / 4u;
  let column = group.x * bias_columns + local.x;
  var total = vec4f();
  if (column < width) {
    for (var row = params.begin + local.y; row < params.end; row += bias_slices) { total += a[row * width + column]; }
  }
  slices[local.y * bias_columns + local.x] = total;
  workgroupBarrier();
  if (local.y != 0u || column >= width) { return; }
  for (var s = 1u; s < bias_slices; s++) { total += slices[s * bias_columns + local.x]; }
  if (params.accumulate != 0u) { total += sum[column]; }
  sum[column] = total;
}

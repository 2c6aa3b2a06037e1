// Token embedding: row gather, and its gradient by owner instead of by scatter.
//
// Shapes (row-major f32, width divisible by 4): E, dE [vocabulary, width], X, dX [rows, width].
// The CPU sorts the rows by token once a batch: distinct token p stands in the rows
// positions[offsets[p] .. offsets[p + 1]).
// Memory: one thread a vec4, no workgroup memory, no atomics.
//
// forward   group 0: 0 tokens u32 [rows], 1 E, 2 X (read-write)
//   X[row] = E[tokens[row]]
// backward  group 0: 0 dX, 1 dE (read-write), 2 index u32: distinct [count] | offsets [count + 1] | positions
//   dE[t] += sum of dX[row] over the rows of t, in a fixed order
// group 1: 0 Params. `count` is rows (forward) or distinct tokens (backward).

struct Params {
  count: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> e: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(0) var<storage, read> dX: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dE: array<vec4f>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let width = params.width / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.count * width) { return; }
  x[i] = e[tokens[i / width] * width + i % width];
}

@compute @workgroup_size(64)
fn backward(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let width = params.width / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.count * width) { return; }
  let entry = i / width;
  let column = i % width;
  let positions = 2u * params.count + 1u;
  let first = index[params.count + entry];
  let end = index[params.count + entry + 1u];
  // Four chains hide the latency of a very frequent token's loads; the order stays fixed.
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var at = first;
  for (; at + 4u <= end; at += 4u) {
    s0 += dX[index[positions + at] * width + column];
    s1 += dX[index[positions + at + 1u] * width + column];
    s2 += dX[index[positions + at + 2u] * width + column];
    s3 += dX[index[positions + at + 3u] * width + column];
  }
  for (; at < end; at++) { s0 += dX[index[positions + at] * width + column]; }
  let row = index[entry] * width + column;
  dE[row] += (s0 + s1) + (s2 + s3);
}

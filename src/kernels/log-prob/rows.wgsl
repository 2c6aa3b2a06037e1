// Rows of hidden states for (row, target) pairs, and the gradient back to the rows.
//
//   gather:  out[i] = x[rowIndex[first + i]]
//   scatter: dX[row] (+)= sum of dOut[p - first] over the pairs p of `row` with first <= p < first + count
// The last row of a prefix feeds the first token of every answer, so a row may own several pairs: the owner gathers
// them in list order, with no atomics, from a CSR built on the CPU.
//
// Shapes (row-major f32, width a multiple of 4): x, dX [rows, width]; out, dOut [count, width]; rowIndex u32 [pairs];
//   rowStart u32 [rows + 1]; pairList u32 [pairs].
// Memory: one thread a (row, vec4); no workgroup memory.
//
// gather  group 0: 0 x (read), 1 rowIndex (read), 2 result (read-write) = out
// scatter group 0: 0 x = dOut (read), 1 rowStart (read), 2 result (read-write) = dX, 3 pairList (read)
// group 1: 0 Params

struct Params {
  first: u32,
  count: u32,
  rows: u32,
  width: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> rowIndex: array<u32>;
@group(0) @binding(1) var<storage, read> rowStart: array<u32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<storage, read> pairList: array<u32>;
@group(1) @binding(0) var<uniform> params: Params;

fn indexOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

@compute @workgroup_size(64)
fn gather(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  if (i >= params.count * width4) { return; }
  result[i] = x[rowIndex[params.first + i / width4] * width4 + i % width4];
}

@compute @workgroup_size(64)
fn scatter(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  if (i >= params.rows * width4) { return; }
  let row = i / width4;
  let end = rowStart[row + 1u];
  var at = rowStart[row];
  if (params.accumulate == 1u && at == end) { return; }
  var sum = vec4f(0.0);
  for (; at < end; at++) {
    // Pairs before the chunk wrap to huge numbers and fall out of the range too.
    let inChunk = pairList[at] - params.first;
    if (inChunk < params.count) { sum += x[inChunk * width4 + i % width4]; }
  }
  if (params.accumulate == 1u) { sum += result[i]; }
  result[i] = sum;
}

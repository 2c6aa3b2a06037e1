// How much attention each key gets from a run of query rows, without the matrix of probabilities.
//
//   w_j = sum_r sum_h 2^(scaleLog2 * q_rh . k_j - L2_rh)  over the rows r in [queryBegin, queryEnd) that see key j, those
//   from j on within the window, and all query heads h. Each (r, h) spreads 1 over its keys, so the sum of w over all
//   keys is the number of rows times the number of heads.
//
// Shapes (row-major f32, d = head dim): q [rows, heads*d] and k [rows, kvHeads*d], rotated, of one sequence from row 0; ld [rows, heads, 2] = (L2, D) of the forward kernel, of which L2 is read; weights [rows].
// Memory: one thread a key, its key vector in registers; all threads of a workgroup load the same queries. No workgroup
//   memory, no barrier; memory is linear in the rows. A dispatch does the keys [keyBegin, keyEnd) and the rows
//   [queryFrom, queryTo), whole blocks counted from queryBegin; between dispatches `weights` holds the sums, and sums
//   run block by block, so a cut changes no bit.
// Loops: see attention-forward.wgsl and template.ts.
//
// received  group 0: 0 q (read), 1 k (read), 2 ld (read), 3 weights (read-write)
// group 1: 0 Params

const HEAD_DIM_VEC4 = 8u;
alias HeadVector = array<vec4f, HEAD_DIM_VEC4>;

const queryBlock = 64u;

struct Params {
  keyBegin: u32,
  keyEnd: u32,
  queryBegin: u32,  // first row of all
  queryFrom: u32,   // first row of this dispatch
  queryTo: u32,
  heads: u32,
  kvHeads: u32,
  vectors: u32,     // HEAD_DIM_VEC4
  window: u32,      // keys a row sees, itself included
  scaleLog2: f32,   // scale * log2(e)
}

@group(0) @binding(0) var<storage, read> queries: array<HeadVector>;
@group(0) @binding(1) var<storage, read> keys: array<HeadVector>;
@group(0) @binding(2) var<storage, read> ld: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn received(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let j = params.keyBegin + (group.y * groups.x + group.x) * 64u + lane;
  if (j >= params.keyEnd) { return; }
  let headsPerKv = params.heads / params.kvHeads;

  var sum = 0.0;
  if (params.queryFrom > params.queryBegin) { sum = weights[j]; }
  for (var start = params.queryFrom; start < params.queryTo; start += queryBlock) {
    let first = max(start, j);
    let last = min(min(start + queryBlock, params.queryTo), j + params.window);
    for (var kvHead = 0u; kvHead < params.kvHeads; kvHead++) {
      var k = HeadVector();
      for (var c = 0u; c < params.vectors; c++) {
        k[c] = keys[j * params.kvHeads + kvHead][c] * params.scaleLog2;
      }
      for (var r = first; r < last; r++) {
        for (var h = kvHead * headsPerKv; h < (kvHead + 1u) * headsPerKv; h++) {
          var t = vec4f();
          for (var c = 0u; c < HEAD_DIM_VEC4; c++) { t += queries[r * params.heads + h][c] * k[c]; }
          sum += exp2((t.x + t.y) + (t.z + t.w) - ld[r * params.heads + h].x);
        }
      }
    }
  }
  weights[j] = sum;
}

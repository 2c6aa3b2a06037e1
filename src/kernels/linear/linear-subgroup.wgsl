// Variant of linear.wgsl's `product` and `weight` for software adapters with subgroups of at least 8 lanes.
//
// On llvmpipe a load costs about 1.5 ns a lane and component, whether the lanes ask for one address or for
// many (it is a loop over lanes with a bounds test), while arithmetic runs at 20 GFLOP/s a core. So the
// operand that all lanes share is loaded once, a piece by each lane, and handed round by subgroupBroadcast.
// Same formulas, shapes, bindings, Params and summation order as linear.wgsl.
//
// Memory: a workgroup is 16 threads side by side over vec4 columns. product: a thread owns 16 rows x 4
// columns of the result (8 rows where `tall` is false). weight: 16 x 4 of dW, two rows of dY and X a turn.
// Lanes 0-7 of a subgroup hold the shared pieces. Broadcasts need uniform control flow: columns past the end
// are clamped, and only their stores are guarded.
enable subgroups;

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
override tall = true;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

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

@compute @workgroup_size(16)
fn product(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let row = params.begin + group.y * select(8u, 16u, tall);
  let column = group.x * 16u + local;
  let inside = min(column, params.width / 4u - 1u);
  let depth = params.depth / 4u;
  let last = params.end - 1u;
  let low = min(row + lane % 8u, last) * depth;
  let high = min(row + 8u + lane % 8u, last) * depth;
  var r0 = vec4f();
  var r1 = vec4f();
  var r2 = vec4f();
  var r3 = vec4f();
  var r4 = vec4f();
  var r5 = vec4f();
  var r6 = vec4f();
  var r7 = vec4f();
  var r8 = vec4f();
  var r9 = vec4f();
  var r10 = vec4f();
  var r11 = vec4f();
  var r12 = vec4f();
  var r13 = vec4f();
  var r14 = vec4f();
  var r15 = vec4f();
  for (var k = 0u; k < depth; k++) {
    let w = weights(k, inside);
    let x = a[low + k];
    r0 = advance(r0, subgroupBroadcast(x, 0u), w);
    r1 = advance(r1, subgroupBroadcast(x, 1u), w);
    r2 = advance(r2, subgroupBroadcast(x, 2u), w);
    r3 = advance(r3, subgroupBroadcast(x, 3u), w);
    r4 = advance(r4, subgroupBroadcast(x, 4u), w);
    r5 = advance(r5, subgroupBroadcast(x, 5u), w);
    r6 = advance(r6, subgroupBroadcast(x, 6u), w);
    r7 = advance(r7, subgroupBroadcast(x, 7u), w);
    if (tall) {
      let z = a[high + k];
      r8 = advance(r8, subgroupBroadcast(z, 0u), w);
      r9 = advance(r9, subgroupBroadcast(z, 1u), w);
      r10 = advance(r10, subgroupBroadcast(z, 2u), w);
      r11 = advance(r11, subgroupBroadcast(z, 3u), w);
      r12 = advance(r12, subgroupBroadcast(z, 4u), w);
      r13 = advance(r13, subgroupBroadcast(z, 5u), w);
      r14 = advance(r14, subgroupBroadcast(z, 6u), w);
      r15 = advance(r15, subgroupBroadcast(z, 7u), w);
    }
  }
  if (column >= params.width / 4u) { return; }
  // A loop of unknown length: sixteen unrolled stores would compile for seconds on llvmpipe.
  var sums = array<vec4f, 16>(r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15);
  let count = min(select(8u, 16u, tall), params.end - row);
  var offset = vec4f();
  if (params.has_bias != 0u) { offset = bias[column]; }
  for (var i = 0u; i < count; i++) {
    let at = (row + i) * (params.width / 4u) + column;
    var total = sums[i] + offset;
    if (params.accumulate != 0u) { total += result[at]; }
    result[at] = total;
  }
}

@compute @workgroup_size(16)
fn weight(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let column = group.x * 16u + local;
  let width = params.width / 4u;
  let height = params.height / 4u;
  let inside = min(column, width - 1u);
  // Lanes 0-3 load 16 values of dY of one row, lanes 4-7 those of the next.
  let top = params.top + group.y * 16u;
  let split = params.first_split + group.z;
  let part = min(top / 4u + lane % 4u, height - 1u);
  let odd = (lane / 4u) % 2u;
  let first = params.begin + split * params.split_rows;
  let end = min(first + params.split_rows, params.end);
  var r0 = vec4f();
  var r1 = vec4f();
  var r2 = vec4f();
  var r3 = vec4f();
  var r4 = vec4f();
  var r5 = vec4f();
  var r6 = vec4f();
  var r7 = vec4f();
  var r8 = vec4f();
  var r9 = vec4f();
  var r10 = vec4f();
  var r11 = vec4f();
  var r12 = vec4f();
  var r13 = vec4f();
  var r14 = vec4f();
  var r15 = vec4f();
  for (var row = first; row < end; row += 2u) {
    let mine = row + odd;
    // A row past the end counts as zero; its X is the split's last row again.
    let g = select(vec4f(), a[min(mine, end - 1u) * height + part], mine < end);
    let x = b[row * width + inside];
    let z = b[min(row + 1u, end - 1u) * width + inside];
    let g0 = subgroupBroadcast(g, 0u);
    let h0 = subgroupBroadcast(g, 4u);
    r0 = fma(vec4f(h0.x), z, fma(vec4f(g0.x), x, r0));
    r1 = fma(vec4f(h0.y), z, fma(vec4f(g0.y), x, r1));
    r2 = fma(vec4f(h0.z), z, fma(vec4f(g0.z), x, r2));
    r3 = fma(vec4f(h0.w), z, fma(vec4f(g0.w), x, r3));
    let g1 = subgroupBroadcast(g, 1u);
    let h1 = subgroupBroadcast(g, 5u);
    r4 = fma(vec4f(h1.x), z, fma(vec4f(g1.x), x, r4));
    r5 = fma(vec4f(h1.y), z, fma(vec4f(g1.y), x, r5));
    r6 = fma(vec4f(h1.z), z, fma(vec4f(g1.z), x, r6));
    r7 = fma(vec4f(h1.w), z, fma(vec4f(g1.w), x, r7));
    let g2 = subgroupBroadcast(g, 2u);
    let h2 = subgroupBroadcast(g, 6u);
    r8 = fma(vec4f(h2.x), z, fma(vec4f(g2.x), x, r8));
    r9 = fma(vec4f(h2.y), z, fma(vec4f(g2.y), x, r9));
    r10 = fma(vec4f(h2.z), z, fma(vec4f(g2.z), x, r10));
    r11 = fma(vec4f(h2.w), z, fma(vec4f(g2.w), x, r11));
    let g3 = subgroupBroadcast(g, 3u);
    let h3 = subgroupBroadcast(g, 7u);
    r12 = fma(vec4f(h3.x), z, fma(vec4f(g3.x), x, r12));
    r13 = fma(vec4f(h3.y), z, fma(vec4f(g3.y), x, r13));
    r14 = fma(vec4f(h3.z), z, fma(vec4f(g3.z), x, r14));
    r15 = fma(vec4f(h3.w), z, fma(vec4f(g3.w), x, r15));
  }
  if (column >= width) { return; }
  var sums = array<vec4f, 16>(r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15);
  let count = min(16u, params.height - top);
  for (var i = 0u; i < count; i++) {
    let at = (split * params.height + top + i) * width + column;
    var total = sums[i];
    if (params.accumulate != 0u) { total += partials[at]; }
    partials[at] = total;
  }
}

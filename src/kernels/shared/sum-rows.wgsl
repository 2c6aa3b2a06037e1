// Column sums of per-block partials: out[c] += sum over b of partials[b, c].
//
// The second stage of every parameter gradient that is a sum over token rows. The order over b is fixed, so two runs
// give the same bits.
//
// Shapes (row-major f32, width a multiple of 4): partials [blocks, width], out [width].
// Memory: one thread a vec4 column, no workgroup memory; threads side by side read side by side.
//
// group 0: 0 partials (read), 1 out (read-write)
// group 1: 0 Params

struct Params {
  blocks: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn sumRows(@builtin(global_invocation_id) id: vec3u) {
  let width4 = params.width / 4u;
  let c = id.x;
  if (c >= width4) { return; }
  var sum = vec4f(0.0);
  for (var b = 0u; b < params.blocks; b++) {
    sum += partials[b * width4 + c];
  }
  out[c] += sum;
}

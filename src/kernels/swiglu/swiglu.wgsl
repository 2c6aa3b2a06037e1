// SwiGLU: y = silu(g) * u with silu(g) = g / (1 + exp(-g)), and its gradient.
//
// Shapes (row-major f32): gateUp [rows, 2*width] holds g in the first `width` columns and u in the rest; y [rows, width].
// Memory: one thread an element, no workgroup memory.
//
// forward   group 0: 0 gateUp (read), 1 y (read-write)
// backward  group 0: 0 gateUp (read), 1 dY (read) [rows, width], 2 dGateUp (read-write) [rows, 2*width]
//   dg = dy * u * s * (1 + g * (1 - s)),  du = dy * g * s,  s = 1 / (1 + exp(-g))
// group 1: 0 Params

struct Params {
  rows: u32,
  width: u32,
}

@group(0) @binding(0) var<storage, read> gateUp: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(1) var<storage, read> dY: array<f32>;
@group(0) @binding(2) var<storage, read_write> dGateUp: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -60.0, 60.0)));
}

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.rows * params.width) { return; }
  let row = i / params.width;
  let at = row * 2u * params.width + i % params.width;
  let g = gateUp[at];
  y[i] = g * sigmoid(g) * gateUp[at + params.width];
}

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.rows * params.width) { return; }
  let row = i / params.width;
  let at = row * 2u * params.width + i % params.width;
  let g = gateUp[at];
  let u = gateUp[at + params.width];
  let s = sigmoid(g);
  let dy = dY[i];
  dGateUp[at] = dy * u * s * (1.0 + g * (1.0 - s));
  dGateUp[at + params.width] = dy * g * s;
}

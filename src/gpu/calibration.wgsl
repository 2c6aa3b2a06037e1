// What the machine can do at best: arithmetic, and the cost of a dispatch.
//
// multiply_add  eight chains of vec4 fma in registers, 64 floating-point operations a round and thread; one store
// touch         one addition by one thread, so that each dispatch waits for the one before
//
// Shapes: out [threads] f32.
// group 0: 0 out (read-write); group 1: 0 Params

struct Params {
  rounds: u32,
  factor: f32,   // below 1, so that the chains stay finite
  offset: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn multiply_add(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(params.factor);
  let y = vec4f(params.offset) + vec4f(f32(id.x % 7u));
  var a = y;
  var b = y + 1.0;
  var c = y + 2.0;
  var d = y + 3.0;
  var e = y + 4.0;
  var f = y + 5.0;
  var g = y + 6.0;
  var h = y + 7.0;
  for (var i = 0u; i < params.rounds; i++) {
    a = fma(a, x, y);
    b = fma(b, x, y);
    c = fma(c, x, y);
    d = fma(d, x, y);
    e = fma(e, x, y);
    f = fma(f, x, y);
    g = fma(g, x, y);
    h = fma(h, x, y);
  }
  out[id.x] = dot(a + b + c + d + e + f + g + h, vec4f(1.0));
}

@compute @workgroup_size(1)
fn touch() {
  out[0] += 1.0;
}

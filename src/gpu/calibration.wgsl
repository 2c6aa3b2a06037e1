// What the machine can do at best: arithmetic, and the cost of a dispatch.
//
// Arithmetic is independent chains of fma in registers, with one store at the end. How many chains fill a machine and
// still fit into its registers differs, so there are three kernels and the fastest tells the peak. The lines that end in
// "step" are written out many times by calibration.ts: a loop's own cost must not count.
//
//   ten_scalars    10 chains of f32: 20 floating-point operations a step and thread
//   two_vectors     2 chains of vec4f: 16
//   eight_vectors   8 chains of vec4f: 64
//   touch          one addition by one thread, so that each dispatch waits for the one before
//
// Chain k begins with y + k; with factor 1 it has gained y after each step, so that the sum counts the steps.
//
// Shapes: out [threads] f32.
// group 0: 0 out (read-write); group 1: 0 Params

struct Params {
  rounds: u32,
  factor: f32,   // below 1 where time is taken, so that the chains stay finite
  offset: f32,
}

@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(64)
fn ten_scalars(@builtin(global_invocation_id) id: vec3u) {
  let x = params.factor;
  let y = params.offset + f32(id.x % 7u);
  var a = y;
  var b = y + 1.0;
  var c = y + 2.0;
  var d = y + 3.0;
  var e = y + 4.0;
  var f = y + 5.0;
  var g = y + 6.0;
  var h = y + 7.0;
  var i = y + 8.0;
  var j = y + 9.0;
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y); e = fma(e, x, y); // step
    f = fma(f, x, y); g = fma(g, x, y); h = fma(h, x, y); i = fma(i, x, y); j = fma(j, x, y); // step
  }
  out[id.x] = a + b + c + d + e + f + g + h + i + j;
}

@compute @workgroup_size(64)
fn two_vectors(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(params.factor);
  let y = vec4f(params.offset + f32(id.x % 7u));
  var a = y;
  var b = y + 1.0;
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, x, y); b = fma(b, x, y); // step
  }
  out[id.x] = dot(a + b, vec4f(1.0));
}

@compute @workgroup_size(64)
fn eight_vectors(@builtin(global_invocation_id) id: vec3u) {
  let x = vec4f(params.factor);
  let y = vec4f(params.offset + f32(id.x % 7u));
  var a = y;
  var b = y + 1.0;
  var c = y + 2.0;
  var d = y + 3.0;
  var e = y + 4.0;
  var f = y + 5.0;
  var g = y + 6.0;
  var h = y + 7.0;
  for (var round = 0u; round < params.rounds; round++) {
    a = fma(a, x, y); b = fma(b, x, y); c = fma(c, x, y); d = fma(d, x, y); // step
    e = fma(e, x, y); f = fma(f, x, y); g = fma(g, x, y); h = fma(h, x, y); // step
  }
  out[id.x] = dot(a + b + c + d + e + f + g + h, vec4f(1.0));
}

@compute @workgroup_size(1)
fn touch() {
  out[0] += 1.0;
}

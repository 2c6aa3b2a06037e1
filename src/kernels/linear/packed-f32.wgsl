// Products of 16-bit weights in f32, for linear-packed.wgsl, which has the bindings; no feature is needed.
// Shapes: four weights are two words.
// Adds in the order of linear.wgsl: rounded weights in f32 give the same bits there.

alias Weights = mat4x4f;

fn unpacked(words: vec2u) -> vec4f {
  return vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
}

fn advance(sum: vec4f, x: vec4f, w: mat4x4f) -> vec4f {
  return fma(vec4f(x.w), w[3], fma(vec4f(x.z), w[2], fma(vec4f(x.y), w[1], fma(vec4f(x.x), w[0], sum))));
}

// Products of 16-bit weights in f16, for linear-packed.wgsl, which has the bindings; the device needs shader-f16. Shapes: four
// weights are two words. Inputs are rounded to f16 and clamped to its finite range; four products make a sum in f16, and
// such sums are added in f32. Half an ulp of eleven bits in each input, product and short sum: about 1.4e-4 of the result.
enable f16;

alias Weights = mat4x4<f16>;

fn unpacked(words: vec2u) -> vec4<f16> { return bitcast<vec4<f16>>(words); }

fn advance(sum: vec4f, x: vec4f, w: Weights) -> vec4f {
  let h = vec4<f16>(clamp(x, vec4f(-largest), vec4f(largest)));
  return sum + vec4f(fma(vec4<f16>(h.w), w[3], fma(vec4<f16>(h.z), w[2], fma(vec4<f16>(h.y), w[1], h.x * w[0]))));
}

// Philox4x32-10 (Salmon et al., SC'11): four random words from a counter and a key, no state, any order.
// Integer arithmetic only, so it is bit-exact on every device; philox.ts is its twin.
//
// The functions here have no bindings; a kernel puts this file before its own.

// (high, low) of the 64-bit product. WGSL has no 32 x 32 -> 64 multiply, so it is built from halves.
fn mulHiLo(a: u32, b: u32) -> vec2u {
  let a0 = a & 0xffffu;
  let a1 = a >> 16u;
  let b0 = b & 0xffffu;
  let b1 = b >> 16u;
  let p01 = a0 * b1;
  let p10 = a1 * b0;
  let mid = ((a0 * b0) >> 16u) + (p01 & 0xffffu) + (p10 & 0xffffu);
  return vec2u(a1 * b1 + (p01 >> 16u) + (p10 >> 16u) + (mid >> 16u), a * b);
}

fn philox4x32(counter: vec4u, key: vec2u) -> vec4u {
  var c = counter;
  var k = key;
  for (var round = 0u; round < 10u; round++) {
    let p = mulHiLo(0xd2511f53u, c.x);
    let q = mulHiLo(0xcd9e8d57u, c.z);
    c = vec4u(q.x ^ c.y ^ k.x, q.y, p.x ^ c.w ^ k.y, p.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// -ln(1 - v) for v = (word >> 9 + 1/2) * 2^-23, strictly inside (0, 1): an exponential variate with a relative error
// of about 1e-6 over the whole range. WGSL's log is only absolutely accurate near 1, where the smallest variates, the
// ones that win an exponential race, come from; the series covers that end. (>> 8 would round to v = 1.)
fn exponential(words: vec4u) -> vec4f {
  let v = (vec4f(words >> vec4u(9u)) + 0.5) * 0x1p-23;
  let tail = 1.0 / 4.0 + v * (1.0 / 5.0 + v * (1.0 / 6.0 + v * (1.0 / 7.0 + v / 8.0)));
  let series = v * (1.0 + v * (1.0 / 2.0 + v * (1.0 / 3.0 + v * tail)));
  return select(-log(1.0 - v), series, v < vec4f(0.125));
}

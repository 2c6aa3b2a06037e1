// Canon layer: a residual causal depthwise convolution along each token's own path,
//
//   y[i, :] = x[i, :] + sum over k < taps of w[k, :] * x[back(i, k), :]
//
// back(i, k) is the token k steps before i: inside i's segment, then in the tail of the parent prefix; nothing before
// the prefix. Flat tokens [P0 | c00 | c01 | ... | P1 | ...], so a suffix's first token steps back to the end of its
// prefix and never into the sibling stored before it.
//
//   dx[i] = dy[i] + sum over k, j with back(j, k) = i of w[k] * dy[j]: the owner gathers; the tail of a prefix gathers
//           from the first tokens of all its suffixes, in their order
//   dw[k] = sum over i of dy[i] * x[back(i, k)]: partials over blocks of rows here, then an ordered sum (sum-rows)
//
// Shapes (row-major f32, width a multiple of 4): x, y, dX, dY [rows, width]; weight [taps, width];
//   tokenSegment u32 [rows]; segments u32 [segments, 8] (see segments.ts); partials [blocks, taps, width].
// The forward pass computes rows [begin, rows) and writes row i to result row i - begin: a chunk needs no longer result.
// Memory: one thread a (run of rows, vec4 column), no workgroup memory. A thread walks its run with the values of four
//   taps in registers: moving on by one token moves every value one tap on, so a row costs one load instead of four.
//   Only where the segment changes is the window filled again. Taps beyond four are loaded one by one.
//
// forward   group 0: 0 tokenSegment, 1 segments, 2 x, 3 weight (read), 4 result (read-write) = y
// backward  group 0: 0 tokenSegment, 1 segments, 2 x = dY, 3 weight (read), 4 result (read-write) = dX
// weightBlocks group 0: 0 tokenSegment, 1 segments, 2 x, 3 weight = dY (read), 4 result (read-write) = partials
// group 1: 0 Params

struct Params {
  rows: u32,
  width: u32,
  taps: u32,
  rowsPerBlock: u32,
  accumulate: u32,
  begin: u32,
}

struct Segment {
  start: u32,
  end: u32,
  parentStart: u32,
  parentEnd: u32,
  firstChild: u32,
  childEnd: u32,
  unused0: u32,
  unused1: u32,
}

@group(0) @binding(0) var<storage, read> tokenSegment: array<u32>;
@group(0) @binding(1) var<storage, read> segments: array<Segment>;
@group(0) @binding(2) var<storage, read> x: array<vec4f>;
@group(0) @binding(3) var<storage, read> weight: array<vec4f>;
@group(0) @binding(3) var<storage, read> dY: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

fn indexOf(group: vec3u, groups: vec3u, lane: u32) -> u32 {
  return (group.y * groups.x + group.x) * 64u + lane;
}

// The value that tap k reads at token i of segment s: x k steps before i along its path, 0 before the prefix.
fn input(i: u32, k: u32, s: u32, width4: u32, c: u32) -> vec4f {
  let inside = i - segments[s].start;
  let parentEnd = segments[s].parentEnd;
  let reach = inside + parentEnd - segments[s].parentStart;
  let source = select(parentEnd - (k - inside), i - k, k <= inside);
  var value = vec4f(0.0);
  if (k <= reach) { value = x[source * width4 + c]; }
  return value;
}

// The sum of dY (bound as x) over the tokens j whose k-th step back is token i of segment s. It depends on i + k only.
fn output(i: u32, k: u32, s: u32, width4: u32, c: u32) -> vec4f {
  let to = i + k;
  let end = segments[s].end;
  var sum = vec4f(0.0);
  if (to < end) {
    sum = x[to * width4 + c];
  } else {
    for (var child = segments[s].firstChild; child < segments[s].childEnd; child++) {
      let token = segments[child].start + to - end;
      if (token < segments[child].end) { sum += x[token * width4 + c]; }
    }
  }
  return sum;
}

fn tapWeight(k: u32, width4: u32, c: u32) -> vec4f {
  if (k >= params.taps) { return vec4f(0.0); }
  return weight[k * width4 + c];
}

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  let block = index / width4;
  let begin = params.begin + block * params.rowsPerBlock;
  if (begin >= params.rows) { return; }
  let end = min(begin + params.rowsPerBlock, params.rows);
  let c = index - block * width4;
  let w0 = tapWeight(0u, width4, c) + 1.0;
  let w1 = tapWeight(1u, width4, c);
  let w2 = tapWeight(2u, width4, c);
  let w3 = tapWeight(3u, width4, c);
  var i = begin;
  while (i < end) {
    // The part of the run inside one segment.
    let segment = tokenSegment[i];
    let stop = min(end, segments[segment].end);
    var v1 = vec4f(0.0);
    var v2 = vec4f(0.0);
    var v3 = vec4f(0.0);
    for (var k = min(params.taps, 4u) - 1u; k > 0u; k--) {
      v3 = v2;
      v2 = v1;
      v1 = input(i, k, segment, width4, c);
    }
    for (; i < stop; i++) {
      let v0 = x[i * width4 + c];
      var y = w0 * v0 + w1 * v1 + w2 * v2 + w3 * v3;
      for (var k = 4u; k < params.taps; k++) { y += weight[k * width4 + c] * input(i, k, segment, width4, c); }
      result[(i - params.begin) * width4 + c] = y;
      v3 = v2;
      v2 = v1;
      v1 = v0;
    }
  }
}

// The same walk from the run's last row to its first.
@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  let block = index / width4;
  let begin = block * params.rowsPerBlock;
  if (begin >= params.rows) { return; }
  let c = index - block * width4;
  let w0 = tapWeight(0u, width4, c) + 1.0;
  let w1 = tapWeight(1u, width4, c);
  let w2 = tapWeight(2u, width4, c);
  let w3 = tapWeight(3u, width4, c);
  var next = min(begin + params.rowsPerBlock, params.rows);
  while (next > begin) {
    let segment = tokenSegment[next - 1u];
    let stop = max(begin, segments[segment].start);
    var v1 = vec4f(0.0);
    var v2 = vec4f(0.0);
    var v3 = vec4f(0.0);
    for (var k = min(params.taps, 4u) - 1u; k > 0u; k--) {
      v3 = v2;
      v2 = v1;
      v1 = output(next - 1u, k, segment, width4, c);
    }
    for (; next > stop; next--) {
      let i = next - 1u;
      let v0 = x[i * width4 + c];
      var gradient = w0 * v0 + w1 * v1 + w2 * v2 + w3 * v3;
      for (var k = 4u; k < params.taps; k++) {
        gradient += weight[k * width4 + c] * output(i, k, segment, width4, c);
      }
      if (params.accumulate == 1u) { gradient += result[i * width4 + c]; }
      result[i * width4 + c] = gradient;
      v3 = v2;
      v2 = v1;
      v1 = v0;
    }
  }
}

// One thread a (run of rows, four taps from `first`, vec4 column).
@compute @workgroup_size(64)
fn weightBlocks(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let index = indexOf(group, groups, lane);
  let width4 = params.width / 4u;
  let quads = (params.taps + 3u) / 4u;
  let block = index / (quads * width4);
  let begin = block * params.rowsPerBlock;
  if (begin >= params.rows) { return; }
  let end = min(begin + params.rowsPerBlock, params.rows);
  let first = 4u * ((index / width4) % quads);
  let c = index % width4;
  var sum0 = vec4f(0.0);
  var sum1 = vec4f(0.0);
  var sum2 = vec4f(0.0);
  var sum3 = vec4f(0.0);
  var i = begin;
  while (i < end) {
    let segment = tokenSegment[i];
    let stop = min(end, segments[segment].end);
    var v1 = vec4f(0.0);
    var v2 = vec4f(0.0);
    var v3 = vec4f(0.0);
    for (var k = first + 3u; k > first; k--) {
      v3 = v2;
      v2 = v1;
      v1 = input(i, k, segment, width4, c);
    }
    for (; i < stop; i++) {
      let v0 = input(i, first, segment, width4, c);
      let dy = dY[i * width4 + c];
      sum0 += dy * v0;
      sum1 += dy * v1;
      sum2 += dy * v2;
      sum3 += dy * v3;
      v3 = v2;
      v2 = v1;
      v1 = v0;
    }
  }
  let at = (block * params.taps + first) * width4 + c;
  result[at] = sum0;
  if (first + 1u < params.taps) { result[at + width4] = sum1; }
  if (first + 2u < params.taps) { result[at + 2u * width4] = sum2; }
  if (first + 3u < params.taps) { result[at + 3u * width4] = sum3; }
}

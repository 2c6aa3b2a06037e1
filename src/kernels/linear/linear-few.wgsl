// Variant of linear.wgsl's forward `product` for a few rows on GPUs, as in decoding, where there are too few results to hide
// the way to storage: Y[rows, width] = A[rows, depth] W[width, depth]^T (+ bias) (+ Y). Same order of sums as linear.wgsl.
//
// Shapes: A [rows, depth], W [width, depth], Y [rows, width], row-major f32; bias [width].
// Memory: a workgroup owns ROWS x COLUMNS of Y; a thread has two rows of a column. Whole steps of 4 DEPTH_VECTORS along k are
// brought at once, many loads in flight, next ones while the sums of this step are made: rows of A and of W in workgroup
// memory as vec4s along k, those of W with the low bits of k exchanged by those of the column, so that neighbours meet
// different banks. 12 KiB of workgroup memory, 64 threads. Loops bounded by FETCHES are written out (template.ts).
//
// group 0: 0 a (read), 1 w (read), 2 bias (read), 3 result (read-write)
// group 1: 0 Params, as in linear.wgsl

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

const ROWS = 8u;
const COLUMNS = 16u;
const DEPTH_VECTORS = 32u;
const THREADS = 64u;
const LINES = ROWS + COLUMNS;
const FETCHES = 12u;  // LINES * DEPTH_VECTORS / THREADS

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(1) @binding(0) var<uniform> params: Params;

// Rows of A, then rows of W.
var<workgroup> tile: array<vec4f, LINES * DEPTH_VECTORS>;

alias Fetched = array<vec4f, FETCHES>;

fn place(line: u32, k4: u32) -> u32 {
  return line * DEPTH_VECTORS + (k4 ^ (line & 7u));
}

// The thread's vec4s of the step from vec4 `first` on; those past the depth are zeros, lines past the last repeat it.
fn fetch(local: u32, group: vec3u, first: u32) -> Fetched {
  var fetched = Fetched();
  let stride = params.depth / 4u;
  for (var n = 0u; n < FETCHES; n++) {
    let index = local + n * THREADS;
    let line = index / DEPTH_VECTORS;
    let k4 = first + index % DEPTH_VECTORS;
    if (k4 < stride) {
      if (line < ROWS) {
        fetched[n] = a[min(params.begin + group.y * ROWS + line, params.end - 1u) * stride + k4];
      } else {
        fetched[n] = w[min(group.x * COLUMNS + line - ROWS, params.width - 1u) * stride + k4];
      }
    }
  }
  return fetched;
}

fn dotted(x: vec4f, y: vec4f, sum: f32) -> f32 {
  return fma(x.w, y.w, fma(x.z, y.z, fma(x.y, y.y, fma(x.x, y.x, sum))));
}

fn finish(row: u32, column: u32, value: f32) {
  if (row >= params.end || column >= params.width) { return; }
  var total = value;
  if (params.has_bias != 0u) { total += bias[column]; }
  let at = row * params.width + column;
  if (params.accumulate != 0u) { total += result[at]; }
  result[at] = total;
}

@compute @workgroup_size(THREADS)
fn product(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let column = local % COLUMNS;
  let row = local / COLUMNS;
  var sums = vec2f();
  var fetched = fetch(local, group, 0u);
  for (var first = 0u; first < params.depth / 4u; first += DEPTH_VECTORS) {
    workgroupBarrier();
    for (var n = 0u; n < FETCHES; n++) {
      let index = local + n * THREADS;
      tile[place(index / DEPTH_VECTORS, index % DEPTH_VECTORS)] = fetched[n];
    }
    workgroupBarrier();
    fetched = fetch(local, group, first + DEPTH_VECTORS);
    for (var k4 = 0u; k4 < DEPTH_VECTORS; k4++) {
      let y = tile[place(ROWS + column, k4)];
      sums.x = dotted(tile[place(row, k4)], y, sums.x);
      sums.y = dotted(tile[place(row + 4u, k4)], y, sums.y);
    }
  }
  let top = params.begin + group.y * ROWS + row;
  finish(top, group.x * COLUMNS + column, sums.x);
  finish(top + 4u, group.x * COLUMNS + column, sums.y);
}

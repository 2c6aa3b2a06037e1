// Variant of linear.wgsl's `product` and `weight` for GPUs: tiles of both operands in workgroup memory, the
// result in registers. Same formulas, shapes, bindings, Params and summation order as linear.wgsl.
//
// Shapes: `product` multiplies a [rows, depth] with W; `weight` multiplies dY [rows, height], transposed, with
// X [rows, width] over the rows of split z. Both are sum_k A(i, k) B(k, j) and share `tile`.
// Memory: a workgroup owns 4 TILE_ROWS x 4 TILE_COLUMNS of the result, a thread 4 ROW_VECTORS x
// 4 COLUMN_VECTORS of it, in vec4 rows TILE_COLUMNS / COLUMN_VECTORS vectors apart, so that neighbours read
// neighbouring words. The k run is cut into steps of 4 DEPTH_VECTORS; a step's operands lie in workgroup memory
// as [k][vec4 of rows or columns], brought there in 4 x 4 blocks by vec4 loads and transposed in registers where
// the operand has k along its rows. The blocks of the next step are fetched into registers before the sums of this one,
// which hides the way to storage. At most 16 KiB of workgroup memory and 256 threads. Sizes are set by
// template.ts, loops bounded by ROW_VECTORS, COLUMN_VECTORS, BLOCKS or FOUR written out.
//
// group 0 and 1: as in linear.wgsl.

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
// A is [k, line], as the dY of `weight`.
override a_by_k = false;

const TILE_ROWS = 16u;
const TILE_COLUMNS = 16u;
const ROW_VECTORS = 1u;
const COLUMN_VECTORS = 1u;
const DEPTH_VECTORS = 4u;
const FOUR = 4u;
const LOOPS = 0u;  // 1: the long loop stays a loop
const THREADS_X = TILE_COLUMNS / COLUMN_VECTORS;
const THREADS_Y = TILE_ROWS / ROW_VECTORS;
const THREADS = THREADS_X * THREADS_Y;
const SUMS = 4u * ROW_VECTORS * COLUMN_VECTORS;
const BLOCKS_OF_A = TILE_ROWS * DEPTH_VECTORS;
const BLOCKS_OF_B = TILE_COLUMNS * DEPTH_VECTORS;
const BLOCKS = 1u;  // blocks a thread brings: (BLOCKS_OF_A + BLOCKS_OF_B) / THREADS, rounded up
alias Blocks = array<mat4x4f, BLOCKS>;

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partials: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> tile_a: array<vec4f, 4u * DEPTH_VECTORS * TILE_ROWS>;
var<workgroup> tile_b: array<vec4f, 4u * DEPTH_VECTORS * TILE_COLUMNS>;

// Blocks: column j of the matrix holds k + j of four lines, rows of A or columns of B. k at or past `end` counts
// as zero; lines past the last repeat it and are not stored.

fn block_of_a(line4: u32, k: u32, lines: u32, end: u32) -> mat4x4f {
  let last = end - 1u;
  if (a_by_k) {
    let stride = lines / 4u;
    let at = min(params.top / 4u + line4, stride - 1u);
    return mat4x4f(
      select(vec4f(), a[min(k, last) * stride + at], k < end),
      select(vec4f(), a[min(k + 1u, last) * stride + at], k + 1u < end),
      select(vec4f(), a[min(k + 2u, last) * stride + at], k + 2u < end),
      select(vec4f(), a[min(k + 3u, last) * stride + at], k + 3u < end),
    );
  }
  if (k >= end) { return mat4x4f(); }
  let stride = end / 4u;
  let line = vec4u(0u, 1u, 2u, 3u) + 4u * line4;
  let at = min(line + params.begin, vec4u(lines - 1u)) * stride + k / 4u;
  return transpose(mat4x4f(a[at.x], a[at.y], a[at.z], a[at.w]));
}

fn block_of_b(line4: u32, k: u32, end: u32) -> mat4x4f {
  let last = end - 1u;
  let width = params.width / 4u;
  let column = min(line4, width - 1u);
  if (weights_by_row) {
    return mat4x4f(
      select(vec4f(), b[min(k, last) * width + column], k < end),
      select(vec4f(), b[min(k + 1u, last) * width + column], k + 1u < end),
      select(vec4f(), b[min(k + 2u, last) * width + column], k + 2u < end),
      select(vec4f(), b[min(k + 3u, last) * width + column], k + 3u < end),
    );
  }
  if (k >= end) { return mat4x4f(); }
  let stride = end / 4u;
  let at = 4u * column * stride + k / 4u;
  return transpose(mat4x4f(b[at], b[at + stride], b[at + 2u * stride], b[at + 3u * stride]));
}

// Which block of its operand a thread brings, as (line4, k4). Eight neighbours have eight lines, hence eight banks; along k
// four groups of them read one run of storage, along lines all do.
fn place_of(index: u32, lines: u32, by_k: bool) -> vec2u {
  if (by_k) { return vec2u(index % lines, index / lines); }
  let run = index / (8u * DEPTH_VECTORS);
  return vec2u(8u * run + index % 8u, index / 8u % DEPTH_VECTORS);
}

// The thread's blocks of the step from k on: those of A, then those of B.
fn fetch(local: u32, group: vec3u, k: u32, lines: u32, end: u32) -> Blocks {
  var blocks = Blocks();
  for (var n = 0u; n < BLOCKS; n++) {
    let index = local + n * THREADS;
    if (index < BLOCKS_OF_A) {
      let place = place_of(index, TILE_ROWS, a_by_k);
      blocks[n] = block_of_a(group.y * TILE_ROWS + place.x, k + 4u * place.y, lines, end);
    } else if (index < BLOCKS_OF_A + BLOCKS_OF_B) {
      let place = place_of(index - BLOCKS_OF_A, TILE_COLUMNS, weights_by_row);
      blocks[n] = block_of_b(group.x * TILE_COLUMNS + place.x, k + 4u * place.y, end);
    }
  }
  return blocks;
}

fn put_blocks(local: u32, blocks: ptr<function, Blocks>) {
  for (var n = 0u; n < BLOCKS; n++) {
    let index = local + n * THREADS;
    let block = (*blocks)[n];
    if (index < BLOCKS_OF_A) {
      let place = place_of(index, TILE_ROWS, a_by_k);
      let at = 4u * place.y * TILE_ROWS + place.x;
      tile_a[at] = block[0];
      tile_a[at + TILE_ROWS] = block[1];
      tile_a[at + 2u * TILE_ROWS] = block[2];
      tile_a[at + 3u * TILE_ROWS] = block[3];
    } else if (index < BLOCKS_OF_A + BLOCKS_OF_B) {
      let place = place_of(index - BLOCKS_OF_A, TILE_COLUMNS, weights_by_row);
      let at = 4u * place.y * TILE_COLUMNS + place.x;
      tile_b[at] = block[0];
      tile_b[at + TILE_COLUMNS] = block[1];
      tile_b[at + 2u * TILE_COLUMNS] = block[2];
      tile_b[at + 3u * TILE_COLUMNS] = block[3];
    }
  }
}

// The thread's sums over k in [first, end): entry 4 (r COLUMN_VECTORS + c) + i is row i of row vector r.
fn sums_of(local: u32, group: vec3u, first: u32, end: u32, lines: u32) -> array<vec4f, SUMS> {
  let x0 = local % THREADS_X;
  let y0 = local / THREADS_X;
  var sums = array<vec4f, SUMS>();
  var blocks = fetch(local, group, first, lines, end);
  for (var k = first; k < end; k += 4u * DEPTH_VECTORS) {
    workgroupBarrier();
    put_blocks(local, &blocks);
    workgroupBarrier();
    // Behind the last step there is nothing to fetch: blocks past `end` are zeros.
    if (k + 4u * DEPTH_VECTORS < end) { blocks = fetch(local, group, k + 4u * DEPTH_VECTORS, lines, end); }
    // Bounded by what is left, drivers leave it a loop.
    let steps = select(4u * DEPTH_VECTORS, min(4u * DEPTH_VECTORS, end - k), LOOPS != 0u);
    for (var four = 0u; four < steps; four += 4u) {
      for (var i = 0u; i < FOUR; i++) {
        let step = four + i;
        var y: array<vec4f, COLUMN_VECTORS> = array<vec4f, COLUMN_VECTORS>();
        for (var c = 0u; c < COLUMN_VECTORS; c++) { y[c] = tile_b[step * TILE_COLUMNS + x0 + c * THREADS_X]; }
        for (var r = 0u; r < ROW_VECTORS; r++) {
          let x = tile_a[step * TILE_ROWS + y0 + r * THREADS_Y];
          for (var c = 0u; c < COLUMN_VECTORS; c++) {
            let at = 4u * (r * COLUMN_VECTORS + c);
            sums[at] = fma(vec4f(x.x), y[c], sums[at]);
            sums[at + 1u] = fma(vec4f(x.y), y[c], sums[at + 1u]);
            sums[at + 2u] = fma(vec4f(x.z), y[c], sums[at + 2u]);
            sums[at + 3u] = fma(vec4f(x.w), y[c], sums[at + 3u]);
          }
        }
      }
    }
  }
  return sums;
}

fn finish(row: u32, column: u32, value: vec4f, offset: vec4f) {
  if (row >= params.end) { return; }
  var total = value + offset;
  let at = row * (params.width / 4u) + column;
  if (params.accumulate != 0u) { total += result[at]; }
  result[at] = total;
}

@compute @workgroup_size(THREADS)
fn product(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let sums = sums_of(local, group, 0u, params.depth, params.end);
  for (var c = 0u; c < COLUMN_VECTORS; c++) {
    let column = group.x * TILE_COLUMNS + local % THREADS_X + c * THREADS_X;
    if (column < params.width / 4u) {
      var offset = vec4f();
      if (params.has_bias != 0u) { offset = bias[column]; }
      for (var r = 0u; r < ROW_VECTORS; r++) {
        let row = params.begin + 4u * (group.y * TILE_ROWS + local / THREADS_X + r * THREADS_Y);
        let at = 4u * (r * COLUMN_VECTORS + c);
        finish(row, column, sums[at], offset);
        finish(row + 1u, column, sums[at + 1u], offset);
        finish(row + 2u, column, sums[at + 2u], offset);
        finish(row + 3u, column, sums[at + 3u], offset);
      }
    }
  }
}

fn put(at: u32, value: vec4f) {
  var total = value;
  if (params.accumulate != 0u) { total += partials[at]; }
  partials[at] = total;
}

@compute @workgroup_size(THREADS)
fn weight(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let split = params.first_split + group.z;
  let first = params.begin + split * params.split_rows;
  let sums = sums_of(local, group, first, min(first + params.split_rows, params.end), params.height);
  let width = params.width / 4u;
  for (var c = 0u; c < COLUMN_VECTORS; c++) {
    for (var r = 0u; r < ROW_VECTORS; r++) {
      let column = group.x * TILE_COLUMNS + local % THREADS_X + c * THREADS_X;
      let row = params.top / 4u + group.y * TILE_ROWS + local / THREADS_X + r * THREADS_Y;
      if (column < width && 4u * row < params.height) {
        let at = (split * params.height + 4u * row) * width + column;
        let base = 4u * (r * COLUMN_VECTORS + c);
        put(at, sums[base]);
        put(at + width, sums[base + 1u]);
        put(at + 2u * width, sums[base + 2u]);
        put(at + 3u * width, sums[base + 3u]);
      }
    }
  }
}

// How a storage buffer of vec4s, `operand`, meets a tile in the workgroup variants (workgroup-tile.wgsl): put before a
// kernel once for each of its buffers, with the buffer's name for `operand`.
//
// Binds nothing.

// The thread's share of rows `first`... of `operand`, for `put_block`; rows past `last` repeat it. A row is `stride` vec4s
// long and the head begins at `offset`.
fn fetch_operand(local: u32, first: u32, last: u32, stride: u32, offset: u32) -> Fetched {
  var fetched = Fetched();
  for (var n = 0u; n < FETCHES; n++) {
    let i = local + n * THREADS;
    fetched[n] = operand[min(first + i / VECTORS, last) * stride + offset + i % VECTORS];
  }
  return fetched;
}

// The products of the items' rows, which begin at `at` in `operand`, with the rows of `block`.
fn scores_operand(at: Items, x: u32) -> Scores {
  var s = Scores();
  let vectors = select(VECTORS, params.vectors, LOOPS != 0u);
  for (var c = 0u; c < vectors; c++) {
    var q: array<mat4x4f, ITEM_VECTORS> = array<mat4x4f, ITEM_VECTORS>();
    for (var r = 0u; r < ITEM_VECTORS; r++) {
      q[r] = transpose(mat4x4f(operand[at[r].x + c], operand[at[r].y + c], operand[at[r].z + c], operand[at[r].w + c]));
    }
    for (var j = 0u; j < OTHERS; j++) {
      let other = x + THREADS_X * j;
      let k = block[other * VECTORS + (c ^ (other & exchange))];
      for (var r = 0u; r < ITEM_VECTORS; r++) {
        var t = s[j * ITEM_VECTORS + r];
        t = fma(q[r][0], vec4f(k.x), t);
        t = fma(q[r][1], vec4f(k.y), t);
        t = fma(q[r][2], vec4f(k.z), t);
        t = fma(q[r][3], vec4f(k.w), t);
        s[j * ITEM_VECTORS + r] = t;
      }
    }
  }
  return s;
}

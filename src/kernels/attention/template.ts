/**
 * @file The one templating step of the attention kernels: the head dimension, and loops that must be straight
 * code.
 *
 * WGSL wants constant sizes for register arrays, and `override` constants do not count. Arrays indexed by a
 * loop variable are memory on many drivers, and lavapipe gathers them lane by lane, so hot loops over them
 * are written out. The source as it stands is valid WGSL for head dimension 32.
 */

const headDimDeclaration = /const HEAD_DIM_VEC4 = \d+u;/;
const unrolledLoop = /for \(var (\w+) = 0u; \1 < (HEAD_DIM_VEC4|FOUR); \1\+\+\) \{/;

/** Sets `const HEAD_DIM_VEC4` to headDim/4 and writes out every loop bounded by HEAD_DIM_VEC4 or FOUR. */
export function forHeadDim(source: string, headDim: number): string {
  if (headDim % 4 !== 0 || headDim <= 0) throw new Error(`head dimension ${headDim} is not a multiple of 4`);
  if (!headDimDeclaration.test(source)) throw new Error('the source declares no HEAD_DIM_VEC4');
  let code = source.replace(headDimDeclaration, `const HEAD_DIM_VEC4 = ${headDim / 4}u;`);
  for (let loop = unrolledLoop.exec(code); loop; loop = unrolledLoop.exec(code)) {
    const [header, variable, bound] = loop;
    const bodyBegin = loop.index + header.length;
    const bodyEnd = closingBrace(code, bodyBegin);
    const body = code.slice(bodyBegin, bodyEnd);
    const name = new RegExp(`\\b${variable}\\b`, 'g');
    const count = bound === 'FOUR' ? 4 : headDim / 4;
    let copies = '';
    for (let i = 0; i < count; i++) copies += `{${body.replace(name, `${i}u`)}}\n`;
    code = code.slice(0, loop.index) + copies + code.slice(bodyEnd + 1);
  }
  return code;
}

/** Index of the brace that closes the block whose body begins at `from`. */
function closingBrace(code: string, from: number): number {
  let depth = 1;
  for (let i = from; i < code.length; i++) {
    if (code[i] === '{') depth++;
    else if (code[i] === '}' && --depth === 0) return i;
  }
  throw new Error('unbalanced braces');
}

/**
 * @file The templating step for kernels in several sizes: module constants set from outside, and the loops over them
 * written out.
 *
 * WGSL wants constant sizes for register arrays, and `override` constants do not count. Arrays indexed by a loop
 * variable are memory on many drivers, so loops bounded by a size must be straight code. A source as it stands is
 * valid WGSL in its default size.
 */

/**
 * Sets `const NAME = …u;` for every entry of `sizes`, and writes out every `for (var i = 0u; i < NAME; i++) { … }`
 * bounded by one of them, outer loops first.
 * @throws Error where the source declares no such constant.
 */
export function specialise(source: string, sizes: Readonly<Record<string, number>>): string {
  let code = source;
  for (const [name, size] of Object.entries(sizes)) {
    const declaration = new RegExp(`const ${name} = \\d+u;`);
    if (!declaration.test(code)) throw new Error(`the source declares no ${name}`);
    code = code.replace(declaration, `const ${name} = ${size}u;`);
  }
  const loops = new RegExp(
    `for \\(var (\\w+) = 0u; \\1 < (${Object.keys(sizes).join('|')}); \\1\\+\\+\\) \\{`,
  );
  for (let loop = loops.exec(code); loop; loop = loops.exec(code)) {
    const [header, variable, bound] = loop;
    const begin = loop.index + header.length;
    const end = closingBrace(code, begin);
    const body = code.slice(begin, end);
    const name = new RegExp(`\\b${variable}\\b`, 'g');
    const copies = Array.from({ length: sizes[bound] }, (_, i) => `{${body.replace(name, `${i}u`)}}\n`);
    code = code.slice(0, loop.index) + copies.join('') + code.slice(end + 1);
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

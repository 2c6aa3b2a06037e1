/** @file What a shader asks of the device, read from its text: bindings, workgroup memory, invocations. */
import { type FunctionInfo, WgslReflect } from 'wgsl_reflect';

export interface EntryFacts {
  name: string;
  /**
   * Binding and access of the storage buffers of group 0. wgsl_reflect goes by names, so where two variables share
   * a binding and a local variable has the name of one of them, both are listed.
   */
  storage: { binding: number; access: string }[];
  /** Storage buffers over all groups. */
  storageCount: number;
  /** Members of the uniform at group 1, binding 0, as `name: type`; empty without one. */
  params: string[];
  workgroupBytes: number;
  invocations: number;
}

/** Facts of every compute entry point, with `constants` in place of the overrides' defaults. */
export function entryFacts(source: string, constants: Record<string, number> = {}): EntryFacts[] {
  // wgsl_reflect 1.6.0 takes `block`, a plain name in WGSL, for a word of the language.
  const code = source.replace(/\bblock\b/g, 'block_');
  const reflection = new WgslReflect(code);
  const values = constantValues(code, constants);
  return reflection.entry.compute.map((entry) => {
    const buffers = entry.resources.filter((resource) => resource.resourceType === 1);
    const uniform = entry.resources.find((resource) => resource.group === 1 && resource.binding === 0);
    const body = bodyOf(entry, code);
    return {
      name: entry.name,
      storage: buffers.filter(({ group }) => group === 0).map(({ binding, access }) => ({ binding, access })),
      storageCount: new Set(buffers.map(({ group, binding }) => `${group}.${binding}`)).size,
      params: (uniform?.members ?? []).map((member) => `${member.name}: ${member.type.name}`),
      workgroupBytes: workgroupVariables(code)
        .filter(({ name }) => new RegExp(`\\b${name}\\b`).test(body))
        .reduce((sum, { type }) => sum + sizeOf(type, values, reflection), 0),
      invocations: workgroupSize(entry, values),
    };
  });
}

/** The text of a function and of all it calls. */
function bodyOf(entry: FunctionInfo, code: string): string {
  const lines = code.split('\n');
  const seen = new Set<FunctionInfo>();
  const collect = (info: FunctionInfo): string => {
    if (seen.has(info)) return '';
    seen.add(info);
    const own = lines.slice(info.startLine - 1, info.endLine).join('\n');
    return [own, ...[...info.calls].map(collect)].join('\n');
  };
  return collect(entry);
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** Names and types, with aliases written out. */
function workgroupVariables(code: string): { name: string; type: string }[] {
  const text = withoutComments(code);
  const aliases = [...text.matchAll(/^\s*alias\s+(\w+)\s*=\s*([^;]+);/gm)];
  const found = text.matchAll(/var\s*<\s*workgroup\s*>\s*(\w+)\s*:\s*([^;]+);/g);
  return [...found].map(([, name, declared]) => {
    const type = aliases.reduceRight(
      (type, [, alias, meant]) => type.replace(new RegExp(`\\b${alias}\\b`, 'g'), meant),
      declared,
    );
    return { name, type: type.replace(/\s+/g, '') };
  });
}

/** Module constants and overrides whose value is plain arithmetic. */
function constantValues(code: string, given: Record<string, number>): Map<string, number> {
  const values = new Map<string, number>();
  const declared = withoutComments(code).matchAll(
    /^\s*(?:@id\(\d+\)\s*)?(?:const|override)\s+(\w+)[^=;]*=\s*([^;]+);/gm,
  );
  for (const [, name, expression] of declared) {
    const value = given[name] ?? evaluate(expression, values);
    if (Number.isFinite(value)) values.set(name, value);
  }
  for (const [name, value] of Object.entries(given)) values.set(name, value);
  return values;
}

/** Integer arithmetic of WGSL constant expressions: + - * / % and brackets. NaN for anything else. */
function evaluate(expression: string, values: Map<string, number>): number {
  const tokens = expression.match(/[A-Za-z_]\w*|0x[\da-fA-F]+|\d+(?:\.\d+)?|[-+*/%()]/g) ?? [];
  let at = 0;
  const primary = (): number => {
    const token = tokens[at++];
    if (token === '(') {
      const value = sum();
      at++;
      return value;
    }
    if (token === '-') return -primary();
    // `4u`: the suffix is a token of its own.
    if (/^\d/.test(token ?? '')) {
      if (/^[uif]$/.test(tokens[at] ?? '')) at++;
      return Number(token);
    }
    if (/^[uif]32$/.test(token ?? '')) return primary();
    return values.get(token ?? '') ?? Number.NaN;
  };
  const product = (): number => {
    let value = primary();
    while ('*/%'.includes(tokens[at] ?? ' ')) {
      const operator = tokens[at++];
      const right = primary();
      value = operator === '*' ? value * right : operator === '/' ? Math.trunc(value / right) : value % right;
    }
    return value;
  };
  const sum = (): number => {
    let value = product();
    while ('+-'.includes(tokens[at] ?? ' '))
      value = tokens[at++] === '+' ? value + product() : value - product();
    return value;
  };
  return sum();
}

/** Bytes of a WGSL type; throws on one it does not know, so that no array is counted as nothing. */
function sizeOf(type: string, values: Map<string, number>, reflection: WgslReflect): number {
  const array = /^array<(.+)>$/.exec(type);
  if (array) {
    const comma = lastTopLevelComma(array[1]);
    const count = evaluate(array[1].slice(comma + 1), values);
    const bytes = count * sizeOf(array[1].slice(0, comma), values, reflection);
    if (comma < 0 || !(bytes > 0)) throw new Error(`the size of ${type} is not plain arithmetic`);
    return bytes;
  }
  const atomic = /^atomic<(\w+)>$/.exec(type);
  if (atomic) return 4;
  const vector = /^vec([234])(?:<(\w+)>|([fuih]))$/.exec(type);
  // An array of three-component vectors is laid out by fours.
  if (vector) return (vector[1] === '2' ? 2 : 4) * (vector[2] === 'f16' || vector[3] === 'h' ? 2 : 4);
  const matrix = /^mat([234])x([234])(?:<(\w+)>|([fh]))$/.exec(type);
  if (matrix) {
    const rows = matrix[2] === '2' ? 2 : 4;
    return Number(matrix[1]) * rows * (matrix[3] === 'f16' || matrix[4] === 'h' ? 2 : 4);
  }
  if (type === 'f16') return 2;
  if (/^([fui]32|bool)$/.test(type)) return 4;
  const struct = reflection.getStructInfo(type);
  if (struct) return struct.size;
  throw new Error(`unknown type ${type}`);
}

function lastTopLevelComma(text: string): number {
  let depth = 0;
  for (let i = text.length - 1; i >= 0; i--) {
    if (text[i] === '>' || text[i] === ')') depth++;
    if (text[i] === '<' || text[i] === '(') depth--;
    if (text[i] === ',' && depth === 0) return i;
  }
  return -1;
}

function workgroupSize(entry: FunctionInfo, values: Map<string, number>): number {
  const value: unknown = entry.attributes?.find((attribute) => attribute.name === 'workgroup_size')?.value;
  const sides = Array.isArray(value) ? value : [value];
  return sides.reduce((product: number, side) => product * evaluate(String(side), values), 1);
}

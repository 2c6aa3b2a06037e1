/** @file Numbers in English words. */

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'zero ten twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** Words of a whole number below a million. @param joint between tens and ones. @param and after the hundreds. */
export function numeral(value: number, joint = '-', and = false): string {
  if (value < 20) return ONES[value];
  if (value < 100) {
    const tens = TENS[Math.floor(value / 10)];
    return value % 10 === 0 ? tens : `${tens}${joint}${ONES[value % 10]}`;
  }
  const [size, name] = value < 1000 ? [100, 'hundred'] : [1000, 'thousand'];
  const rest = value % size;
  const head = `${numeral(Math.floor(value / size), joint, and)} ${name}`;
  if (rest === 0) return head;
  return `${head} ${and && rest < 100 ? 'and ' : ''}${numeral(rest, joint, and)}`;
}

/** `third`, `twenty-first`. */
export function ordinal(value: number): string {
  const text = numeral(value);
  const cut = Math.max(text.lastIndexOf(' '), text.lastIndexOf('-')) + 1;
  const last = text.slice(cut);
  const changed = IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return text.slice(0, cut) + changed;
}

/** `3rd`, `11th`. */
export function shortOrdinal(value: number): string {
  const teen = Math.floor((value % 100) / 10) === 1;
  return value + (teen ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th'));
}

/** With commas between thousands. */
export const withCommas = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

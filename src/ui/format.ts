/** @file Numbers as the page writes them: true minus sign, fixed places, percent and bytes. */

const missing = '–';

/** Fixed places, with a true minus sign; – for what is not a number. */
export function fixed(value: number | null | undefined, places = 2): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return missing;
  const text = value.toFixed(places);
  // −0.00 says nothing that 0.00 does not.
  return Number(text) === 0 ? text.replace('-', '') : text.replace('-', '−');
}

/** As fixed, with a plus before positive numbers. */
export function signed(value: number | null | undefined, places = 2): string {
  const text = fixed(value, places);
  return value !== null && value !== undefined && Number(value.toFixed(places)) > 0 ? `+${text}` : text;
}

/** 0.021 → 2.1 %. */
export function percent(fraction: number | null | undefined, places = 1): string {
  if (fraction === null || fraction === undefined || !Number.isFinite(fraction)) return missing;
  return `${fixed(fraction * 100, places)} %`;
}

/** Three significant digits, exponent form for the very small: what a setting needs. */
export function compact(value: number): string {
  if (value === 0) return '0';
  const text =
    Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6
      ? value.toExponential(2).replace(/\.?0+e/, 'e')
      : String(Number(value.toPrecision(4)));
  return text.replace('e-', 'e−').replace(/^-/, '−');
}

/** Whole numbers with thin spaces between thousands. */
export function whole(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, '\u202f')
    .replace('-', '−');
}

export function bytes(count: number): string {
  if (count < 1e6) return `${fixed(count / 1e3, 0)} KB`;
  return count < 1e9 ? `${fixed(count / 1e6, 1)} MB` : `${fixed(count / 1e9, 2)} GB`;
}

/** White space made visible, as tokens need it; ∅ for a token with no text of its own, such as the end token. */
export function visible(token: string): string {
  if (token === '') return '∅';
  return token.replace(/\n/g, '⏎').replace(/\t/g, '⇥').replace(/ /g, '␣');
}

/**
 * @file One step's metrics in few bytes. A run of thousands of steps keeps hundreds of rows of some 120 values; as objects
 * they would be most of the page's memory.
 */

export interface MetricRow {
  step: number;
  metrics: Record<string, number>;
  /** Training time and tokens read and generated up to the end of the step. */
  seconds?: number;
  tokens?: number;
  /** Lowest and highest values since the row before, where steps between them were thinned out. */
  low?: Record<string, number>;
  high?: Record<string, number>;
}

/** Names of a record, shared by all rows that have the same. */
class Names {
  readonly list: readonly string[];
  private readonly places: ReadonlyMap<string, number>;

  constructor(list: readonly string[]) {
    this.list = list;
    this.places = new Map(list.map((name, place) => [name, place]));
  }

  place(name: string): number | undefined {
    return this.places.get(name);
  }

  is(list: readonly string[]): boolean {
    return list.length === this.list.length && list.every((name, i) => name === this.list[i]);
  }
}

/** The sets of names seen last: those of a step, of a step with an evaluation, and so on. */
const known: Names[] = [];
const maxKnown = 16;

function namesOf(list: readonly string[]): Names {
  const found = known.find((names) => names.is(list)) ?? new Names(list);
  if (!known.includes(found)) known.unshift(found);
  known.length = Math.min(known.length, maxKnown);
  return found;
}

/** A record as names and numbers. */
class Packed {
  private readonly names: Names;
  private readonly values: Float64Array | Float32Array;

  constructor(record: Readonly<Record<string, number>>, Numbers: typeof Float64Array | typeof Float32Array) {
    this.names = namesOf(Object.keys(record));
    this.values = new Numbers(this.names.list.map((name) => record[name]));
  }

  get keys(): readonly string[] {
    return this.names.list;
  }

  value(name: string): number | undefined {
    const place = this.names.place(name);
    return place === undefined ? undefined : this.values[place];
  }

  record(): Record<string, number> {
    return Object.fromEntries(this.names.list.map((name, i) => [name, this.values[i]]));
  }
}

/** Rows whose record was asked for last and is kept: a reader that asks twice gets the same object. */
const opened: PackedRow[] = [];
const maxOpened = 32;

/** A row whose records are made when they are asked for. */
class PackedRow implements MetricRow {
  readonly step: number;
  readonly seconds?: number;
  readonly tokens?: number;
  private readonly packed: Packed;
  private readonly lowest: Packed | null;
  private readonly highest: Packed | null;
  private record: Record<string, number> | null = null;

  constructor({ step, metrics, seconds, tokens, low, high }: MetricRow) {
    this.step = step;
    this.seconds = seconds;
    this.tokens = tokens;
    this.packed = new Packed(metrics, Float64Array);
    this.lowest = low ? new Packed(low, Float32Array) : null;
    this.highest = high ? new Packed(high, Float32Array) : null;
  }

  get metrics(): Record<string, number> {
    if (this.record) return this.record;
    this.record = this.packed.record();
    opened.push(this);
    const oldest = opened.length > maxOpened ? opened.shift() : undefined;
    if (oldest) oldest.record = null;
    return this.record;
  }

  get low(): Record<string, number> | undefined {
    return this.lowest?.record();
  }

  get high(): Record<string, number> | undefined {
    return this.highest?.record();
  }

  get names(): readonly string[] {
    return this.packed.keys;
  }

  value(name: string, side: Side): number | undefined {
    const packed = side === 'low' ? this.lowest : side === 'high' ? this.highest : this.packed;
    return (packed ?? this.packed).value(name);
  }
}

/** The step's own value, or an extreme of the steps a row stands for. */
type Side = 'metrics' | 'low' | 'high';

/** The same row in few bytes: 8 a value, 4 an extreme, which is drawn as the edge of a band and keeps seven digits. */
export const packedRow = (row: MetricRow): MetricRow => (row instanceof PackedRow ? row : new PackedRow(row));

/** One value of a row without making its record; an extreme is the value itself where the row stands for one step. */
export function metricOf(row: MetricRow, name: string, side: Side = 'metrics'): number | undefined {
  return row instanceof PackedRow ? row.value(name, side) : (row[side] ?? row.metrics)[name];
}

/** Names of a row's metrics without making its record. */
export const metricNamesOf = (row: MetricRow): readonly string[] =>
  row instanceof PackedRow ? row.names : Object.keys(row.metrics);

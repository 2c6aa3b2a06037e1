/**
 * @file A parser for the few Python expressions that docmath answers may hold. It stands where the original calls
 * `eval`: it knows literals and arithmetic, and nothing that has a name except `True`, `False` and `math.pow(10, k)`.
 *
 *   expression := term (('+' | '-') term)*
 *   term       := factor (('*' | '/') factor)*
 *   factor     := ('+' | '-') factor | atom
 *   atom       := number | True | False | string | list | tuple | '(' expression ')' | math.pow(10, expression)
 */

export type Literal = number | boolean | string | Literal[];

/** Thrown inside the parser only; `parseLiteral` turns it into null. */
class NotALiteral extends Error {}

/** Nested brackets and signs beyond this depth are refused rather than risked on the stack. */
const MAX_DEPTH = 64;

const INTEGER = /^(?:0(?:_?0)*|[1-9](?:_?\d)*)$/;
const HEXADECIMAL = /^0[xX](?:_?[\da-fA-F])+$/;
const FLOAT =
  /^(?:(?:\d(?:_?\d)*)?\.\d(?:_?\d)*|\d(?:_?\d)*\.)(?:[eE][+-]?\d(?:_?\d)*)?$|^\d(?:_?\d)*[eE][+-]?\d(?:_?\d)*$/;
const NUMBER_TOKEN = /(?:0[xX][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d[\d_]*)?)/y;

class Parser {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  parse(): Literal {
    const value = this.expressionOrTuple();
    this.skipSpace();
    if (this.at < this.text.length) throw new NotALiteral();
    return value;
  }

  private skipSpace(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }

  private take(symbol: string): boolean {
    this.skipSpace();
    if (!this.text.startsWith(symbol, this.at)) return false;
    this.at += symbol.length;
    return true;
  }

  private expect(symbol: string): void {
    if (!this.take(symbol)) throw new NotALiteral();
  }

  /** At the top level a comma makes a tuple, as in `1, 2`; an unfinished `1,` does too. */
  private expressionOrTuple(): Literal {
    const first = this.expression();
    if (!this.take(',')) return first;
    return this.items(first, () => this.atEnd());
  }

  private atEnd(): boolean {
    this.skipSpace();
    return this.at >= this.text.length;
  }

  /** The rest of a comma-separated list whose first item and comma have been read. */
  private items(first: Literal, closed: () => boolean): Literal[] {
    const values = [first];
    while (!closed()) {
      values.push(this.expression());
      if (closed()) break;
      this.expect(',');
    }
    return values;
  }

  private expression(): Literal {
    if (++this.depth > MAX_DEPTH) throw new NotALiteral();
    let value = this.term();
    for (;;) {
      if (this.take('+')) value = number(value) + number(this.term());
      else if (this.take('-')) value = number(value) - number(this.term());
      else break;
    }
    this.depth--;
    return value;
  }

  private term(): Literal {
    let value = this.factor();
    for (;;) {
      if (this.take('*')) value = number(value) * number(this.factor());
      else if (this.take('/')) {
        const divisor = number(this.factor());
        // Python raises ZeroDivisionError here.
        if (divisor === 0) throw new NotALiteral();
        value = number(value) / divisor;
      } else return value;
    }
  }

  private factor(): Literal {
    let sign = 1;
    let signed = false;
    for (;;) {
      if (this.take('-')) sign = -sign;
      else if (!this.take('+')) break;
      signed = true;
    }
    const value = this.atom();
    return signed ? sign * number(value) : value;
  }

  private atom(): Literal {
    this.skipSpace();
    const { text } = this;
    if (this.take('[')) {
      if (this.take(']')) return [];
      const first = this.expression();
      if (this.take(']')) return [first];
      this.expect(',');
      return this.items(first, () => this.take(']'));
    }
    if (this.take('(')) {
      if (this.take(')')) return [];
      const first = this.expression();
      if (this.take(')')) return first;
      this.expect(',');
      return this.items(first, () => this.take(')'));
    }
    const quote = text[this.at];
    if (quote === '"' || quote === "'") {
      const end = text.indexOf(quote, this.at + 1);
      const inside = text.slice(this.at + 1, end);
      if (end < 0 || /[\\\n]/.test(inside)) throw new NotALiteral();
      this.at = end + 1;
      return inside;
    }
    if (this.take('math.pow')) {
      this.expect('(');
      const base = number(this.expression());
      this.expect(',');
      const exponent = number(this.expression());
      this.expect(')');
      const power = 10 ** exponent;
      // math.pow raises OverflowError where a float64 would become infinite.
      if (base !== 10 || !Number.isFinite(power)) throw new NotALiteral();
      return power;
    }
    const word = /[A-Za-z]+/y;
    word.lastIndex = this.at;
    const name = word.exec(text)?.[0];
    if (name !== undefined) {
      if (name !== 'True' && name !== 'False') throw new NotALiteral();
      this.at += name.length;
      if (/[\w]/.test(text[this.at] ?? '')) throw new NotALiteral();
      return name === 'True';
    }
    return this.number();
  }

  private number(): number {
    NUMBER_TOKEN.lastIndex = this.at;
    const token = NUMBER_TOKEN.exec(this.text)?.[0];
    if (token === undefined) throw new NotALiteral();
    this.at += token.length;
    // `1.2.3` and `5kg` are syntax errors: a number does not touch another name or number.
    if (/[\w.]/.test(this.text[this.at] ?? '')) throw new NotALiteral();
    if (!INTEGER.test(token) && !HEXADECIMAL.test(token) && !FLOAT.test(token)) throw new NotALiteral();
    return Number(token.replaceAll('_', ''));
  }
}

function number(value: Literal): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  throw new NotALiteral();
}

/** The value of a Python literal expression, or null for any text outside the grammar above. Tuples become lists. */
export function parseLiteral(text: string): Literal | null {
  try {
    return new Parser(text).parse();
  } catch (error) {
    if (error instanceof NotALiteral) return null;
    throw error;
  }
}

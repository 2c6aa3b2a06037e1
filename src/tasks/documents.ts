/**
 * @file Generated long documents: sections of short scenes, each scene the shuffled facts of a few people.
 *
 * Facts about one scene's people refer to each other, so a short window already holds two-hop chains; everyone else's
 * facts have the same form and are the distractors.
 */
import type { DocumentKind, Fact, FactDocument, Relation } from './facts';
import { academy } from './kinds/academy';
import { caseFile } from './kinds/case-file';
import { chronicle } from './kinds/chronicle';
import { ledger } from './kinds/ledger';
import { voyage } from './kinds/voyage';
import { type Naming, people } from './names';
import { Random } from './random';

export const DOCUMENT_KINDS: readonly DocumentKind[] = [chronicle, ledger, caseFile, voyage, academy];

export interface DocumentOptions {
  seed: number;
  /** Name of a kind in `DOCUMENT_KINDS`; drawn from the seed when omitted. */
  kind?: string;
  /** The text stops at the first scene that reaches this length. */
  characters: number;
  /** Given names alone keep short warm-up windows short; long documents need full names to stay unambiguous. */
  naming?: Naming;
  /** How many sentences carry a lead or a tail, and how many are fillers; 0 gives bare facts. */
  ornament?: number;
}

/** Rough length of one scene with a heading's share; only decides how many people to invent. */
const CHARACTERS_PER_PERSON = 70;
const SCENES_PER_SECTION = 6;

/** Builds the text and remembers where each fact stands. */
class Writer {
  text = '';
  readonly facts: Fact[] = [];

  state(subject: string, relation: Relation, object: string, core: string, capital: boolean): void {
    const start = this.text.length;
    const [before, after] = core.split('{o}').map((part) => part.replace('{s}', subject));
    this.text += (capital ? before.charAt(0).toUpperCase() + before.slice(1) : before) + object + after;
    const objectStart = start + before.length;
    this.facts.push({
      subject,
      relation,
      object,
      core: { start, end: this.text.length },
      objectSpan: { start: objectStart, end: objectStart + object.length },
    });
  }
}

/** A document of facts in English sentences. Pure in its options. */
export function generateDocument(options: DocumentOptions): FactDocument {
  const { seed, characters, naming = 'full', ornament = 0.3 } = options;
  const random = new Random(seed, 1);
  const kind = DOCUMENT_KINDS.find((k) => k.name === options.kind) ?? random.pick(DOCUMENT_KINDS);
  const crowd = people(random, Math.max(4, Math.ceil(characters / CHARACTERS_PER_PERSON)), naming);
  const title = kind.title(random);
  const writer = new Writer();
  writer.text = `# ${title}\n`;
  for (let scene = 0, next = 0; writer.text.length < characters && next + 2 <= crowd.length; scene++) {
    if (scene % SCENES_PER_SECTION === 0) {
      writer.text += `\n## ${kind.heading(random, scene / SCENES_PER_SECTION)}\n`;
    }
    const group = crowd.slice(next, next + random.between(2, 5));
    next += group.length;
    writer.text += '\n';
    writeScene(writer, kind, group, random, ornament);
    writer.text += '\n';
  }
  const id = `${kind.name}-${seed}-${characters}`;
  return { id, title, text: writer.text, source: 'generated', kind: kind.name, facts: writer.facts };
}

function writeScene(
  writer: Writer,
  kind: DocumentKind,
  group: readonly string[],
  random: Random,
  ornament: number,
): void {
  const statements: { subject: string; relation: Relation; object: string }[] = [];
  for (const subject of group) {
    for (const relation of random.sample(kind.relations, random.between(2, 3))) {
      const others = group.filter((name) => name !== subject);
      const object = relation.draw ? relation.draw(random) : random.pick(others);
      statements.push({ subject, relation, object });
    }
  }
  writer.text += `${random.pick(kind.openers)}:`;
  for (const { subject, relation, object } of random.shuffle(statements)) {
    if (random.chance(ornament / 4)) writer.text += ` ${random.pick(kind.fillers)}`;
    const lead = random.chance(ornament / 2) ? ` ${random.pick(kind.leads)} ` : ' ';
    writer.text += lead;
    writer.state(subject, relation, object, random.pick(relation.cores), lead === ' ');
    writer.text += `${random.chance(ornament / 2) ? random.pick(kind.tails) : ''}.`;
  }
}

/** The document a first visit opens with; `public/documents/` holds the same text as a file. */
export const openingDocument = (): FactDocument =>
  generateDocument({ seed: 20_260_101, kind: 'chronicle', characters: 80_000 });

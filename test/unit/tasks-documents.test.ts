import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENT_KINDS, generateDocument, openingDocument } from '../../src/tasks/documents';

const kinds = DOCUMENT_KINDS.map((kind) => kind.name);

describe('generated documents', () => {
  it.each(kinds)('%s states every fact exactly where it says', (kind) => {
    const { text, facts } = generateDocument({ seed: 4, kind, characters: 12_000 });
    expect(facts.length).toBeGreaterThan(100);
    for (const fact of facts) {
      const core = text.slice(fact.core.start, fact.core.end);
      expect(core).toContain(fact.subject);
      expect(text.slice(fact.objectSpan.start, fact.objectSpan.end)).toBe(fact.object);
      expect(fact.objectSpan.start).toBeGreaterThan(fact.core.start);
      expect(fact.objectSpan.end).toBeLessThanOrEqual(fact.core.end);
      expect(text[fact.core.start - 1]).toBe(' ');
    }
  });

  it.each(kinds)('%s never states two objects for one subject and relation', (kind) => {
    const { facts } = generateDocument({ seed: 8, kind, characters: 60_000 });
    const keys = facts.map((fact) => `${fact.subject}|${fact.relation.name}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has the wanted length and depends on nothing but its options', () => {
    const options = { seed: 9, kind: 'ledger', characters: 30_000 };
    const document = generateDocument(options);
    expect(document.text.length).toBeGreaterThanOrEqual(30_000);
    expect(document.text.length).toBeLessThan(32_000);
    expect(generateDocument(options).text).toBe(document.text);
    expect(generateDocument({ ...options, seed: 10 }).text).not.toBe(document.text);
  });

  it('lists facts in text order', () => {
    const { facts } = generateDocument({ seed: 2, characters: 20_000 });
    for (let i = 1; i < facts.length; i++) {
      expect(facts[i].core.start).toBeGreaterThan(facts[i - 1].core.end);
    }
  });

  it('ships its opening document as a file', () => {
    const file = path.resolve(import.meta.dirname, '../../public/documents/chronicle.md');
    expect(readFileSync(file, 'utf8')).toBe(openingDocument().text);
  });
});

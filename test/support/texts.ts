/** @file Texts and a tokenizer for tests of tasks. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PolicyTokenizer } from '../../src/policy/tokenizer';
import type { LongDocument } from '../../src/tasks/types';

const root = path.resolve(import.meta.dirname, '../..');

const readJson = (file: string): unknown =>
  JSON.parse(readFileSync(path.join(root, 'public/policy', file), 'utf8'));

export const shippedTokenizer = (): PolicyTokenizer =>
  new PolicyTokenizer(readJson('tokenizer.json'), readJson('tokenizer_config.json'));

/** The shipped tokenizer files, as a checkpoint holds them. */
export const shippedTokenizerFiles = (): Record<string, string> =>
  Object.fromEntries(
    ['tokenizer.json', 'tokenizer_config.json'].map((file) => [
      file,
      readFileSync(path.join(root, 'public/policy', file), 'utf8'),
    ]),
  );

/** A text as a person would drop it on the page. */
export const imported = (text: string): LongDocument => ({
  id: 'imported',
  title: 'Text',
  text,
  source: 'imported',
});

/** Hard-wrapped legal prose, written for these tests; in form like the licences every system carries. */
export const LEGAL_TEXT = `                    LIBRARY LENDING TERMS
                       Version 4, 2 May 2019

                            Preamble

  These Lending Terms are a free, reciprocal agreement for books, maps
and other kinds of works that a public library holds for its members.

  The terms for most private collections are designed to take away your
freedom to read and lend the works.  By contrast, these Lending Terms are
intended to keep that freedom for all members of the Harbour Library.  We,
the Board of Trustees, use these terms for nearly all of our works.

  Developers of catalogues that use these terms protect your rights with
two steps: (1) assert ownership of the catalogue, and (2) offer you this
Agreement giving you legal permission to copy, lend and annotate it.

                       TERMS AND CONDITIONS

  0. Definitions.

  "This Agreement" refers to version 4 of the Harbour Library Lending Terms.

  "The Collection" refers to any printed work lent under this Agreement.
Each borrower is addressed as "you".  "Borrowers" and "readers" may be
individuals or whole schools.

  To "annotate" a work means to write upon or mark all or part of the work
in a fashion requiring the consent of the owner, other than the making of
an exact reading note.  The resulting work is called an "annotated copy" of
the earlier work.

  1. Lending.

  You may borrow verbatim copies of the Collection as you receive them, in
any branch, provided that you conspicuously present your card at each desk;
keep intact all labels stating that this Agreement applies to the work; and
give all later readers a copy of this Agreement along with the Collection.

  You may keep a work for 28 days, and a map for 14 days.  The fine for each
late day is 15 cents, but no fine exceeds 12 crowns.  A reader under the age
of 16 years pays no fine at all.

  2. Termination.

  You may not lend or annotate a covered work except as expressly provided
under this Agreement.  Any attempt otherwise to lend or annotate it is void,
and will automatically terminate your rights under this Agreement.

  However, if you return every overdue work, then your membership from the
Harbour Library is reinstated provisionally, unless and until the Board of
Trustees explicitly and finally terminates your membership.
`;

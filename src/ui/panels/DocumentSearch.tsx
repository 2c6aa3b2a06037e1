/** @file Search in the document: all hits marked, Enter walks them, Esc closes. */
import { ChevronDown, ChevronUp, Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import type { Span } from '../../tasks/types';
import { Button } from '../kit/Button';
import { useKeyWords } from '../state/key-map';
import { closeSearch, goTo, openSearch, useReader } from '../state/reader';
import { playWords } from '../strings-play';
import { readerId } from './DocumentText';
import styles from './document.module.css';

const words = playWords.reader;

export function SearchButton() {
  const keyed = useKeyWords();
  return (
    <Button
      size="icon"
      look="quiet"
      shortcut={keyed('{search}')}
      aria-label={words.search}
      title={words.search}
      data-testid="search-button"
      data-part="search"
      onClick={openSearch}
    >
      <Search size={14} aria-hidden="true" />
    </Button>
  );
}

export function DocumentSearch({ query, hits }: { query: string; hits: readonly Span[] }) {
  const input = useRef<HTMLInputElement>(null);
  const at = Math.min(
    useReader((state) => state.hit),
    Math.max(0, hits.length - 1),
  );
  const walk = (by: 1 | -1) => {
    if (hits.length === 0) return;
    const hit = (at + by + hits.length) % hits.length;
    useReader.setState({ hit });
    goTo(hits[hit].start);
  };

  const opened = useReader((state) => state.opened);
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked for again, the field takes the focus again.
  useEffect(() => input.current?.focus(), [opened]);
  // Closed, it hands the focus to the text that was searched.
  useEffect(() => () => document.getElementById(readerId)?.focus({ preventScroll: true }), []);
  // The first hit is shown while the word is being typed.
  const first = hits[0]?.start ?? null;
  useEffect(() => {
    useReader.setState({ hit: 0 });
    if (first !== null) goTo(first);
  }, [first]);

  return (
    <search className={styles.search} data-part="search">
      <input
        ref={input}
        className={styles.searchField}
        type="search"
        aria-label={words.search}
        placeholder={words.search}
        value={query}
        data-testid="search-field"
        onChange={(event) => useReader.setState({ query: event.target.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter') walk(event.shiftKey ? -1 : 1);
          else if (event.key === 'Escape') closeSearch();
          else return;
          event.preventDefault();
        }}
      />
      <output className={`data ${styles.found}`} data-testid="search-count">
        {query !== '' && words.found(hits.length > 0 ? at + 1 : 0, hits.length)}
      </output>
      <Button size="icon" look="quiet" aria-label={words.previous} onClick={() => walk(-1)}>
        <ChevronUp size={14} aria-hidden="true" />
      </Button>
      <Button size="icon" look="quiet" aria-label={words.next} onClick={() => walk(1)}>
        <ChevronDown size={14} aria-hidden="true" />
      </Button>
      <Button size="icon" look="quiet" aria-label={words.close} onClick={closeSearch}>
        <X size={14} aria-hidden="true" />
      </Button>
    </search>
  );
}

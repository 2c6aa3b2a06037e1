/**
 * @file The rail of views, at the side where there is room, above elsewhere; and the ways to the comparison and, while it is
 * closed, the inspector.
 */
import { GitCompareArrows, PanelRightOpen } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { showCompare } from '../state/compare';
import { goKeys } from '../state/go-to';
import { useKeyWords } from '../state/key-map';
import { labViews } from '../state/link';
import { navigate } from '../state/link-sync';
import { setView, useView } from '../state/view';
import { labStrings } from '../strings-lab';
import styles from './lab.module.css';
import { useTier } from './tier';

const words = labStrings.views;

export function Rail() {
  const keyed = useKeyWords();
  const current = useView((state) => state.view);
  const hidden = useView((state) => state.hidden);
  const inspecting = useView((state) => state.inspecting);
  const isOne = useTier() === 'one';
  const coversView = isOne && inspecting;
  const rail = useRef<HTMLElement>(null);
  // In a row that scrolls, the view that is shown is in sight, also when a link or a key chose it.
  // biome-ignore lint/correctness/useExhaustiveDependencies: these are what moves the mark of the present view.
  useEffect(() => {
    rail.current
      ?.querySelector('[aria-current=page]')
      ?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [current, coversView, isOne]);
  return (
    <nav ref={rail} className={styles.rail} aria-label={words.label} data-testid="rail">
      {labViews
        .filter((view) => !hidden.includes(view))
        .map((view) => (
          <button
            key={view}
            type="button"
            className={styles.entry}
            aria-current={view === current && !coversView ? 'page' : undefined}
            title={`${words.names[view]} (g ${goKeys[view]})`}
            data-testid={`view-${view}`}
            onClick={() => {
              navigate({ view });
              if (isOne) setView({ inspecting: false });
            }}
          >
            {words.names[view]}
          </button>
        ))}
      <button
        type="button"
        className={`${styles.entry} ${styles.last}`}
        title={keyed(words.compareTitle)}
        aria-haspopup="dialog"
        data-testid="open-compare"
        data-part="compare"
        onClick={() => void showCompare()}
      >
        <GitCompareArrows size={14} aria-hidden="true" />
        {words.compare}
      </button>
      {(isOne || !inspecting) && !hidden.includes('inspector') && (
        <button
          type="button"
          className={`${styles.entry} ${styles.last}`}
          aria-current={coversView ? 'page' : undefined}
          title={words.openInspector}
          data-testid="open-inspector"
          onClick={() => setView({ inspecting: true })}
        >
          <PanelRightOpen size={14} aria-hidden="true" />
          {words.inspector}
        </button>
      )}
    </nav>
  );
}

/** @file The name of the run in the bar above; opens the list of stored runs. */
import { Files } from 'lucide-react';
import { useMemo } from 'react';
import { presetDifferences } from '../../run/difference';
import { differenceName } from '../../run/run-names';
import { Button } from '../kit/Button';
import styles from '../screens/bars.module.css';
import { showRuns } from '../state/runs';
import { useUi } from '../state/store';
import { runStrings as words } from '../strings-runs';

export function RunsButton() {
  const name = useUi((state) => state.name);
  const config = useUi((state) => state.config);
  const difference = useMemo(() => differenceName(presetDifferences(config)), [config]);
  const inMemory = useUi((state) => state.kept === 'memory');
  return (
    <Button onClick={() => showRuns()} title={words.buttonTitle} data-testid="runs-button" data-part="runs">
      <Files size={14} aria-hidden="true" />
      <span className={styles.label}>{words.button}</span>
      {name !== '' && (
        <span className={`data ${styles.label}`}>{difference === '' ? name : `${name} “${difference}”`}</span>
      )}
      {inMemory && (
        <b title={words.none} data-testid="not-stored">
          {words.notStored}
        </b>
      )}
    </Button>
  );
}

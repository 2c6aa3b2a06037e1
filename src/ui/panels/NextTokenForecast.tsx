/** @file What temperature and top-p do to the pinned token, in a sentence below their controls. */
import { useMemo } from 'react';
import type { GroupView } from '../../../workers/protocol';
import { drawnProbability, type NextToken, nextToken } from '../../rl/next-token';
import { fixed, percent, visible, whole } from '../format';
import { Button } from '../kit/Button';
import { hasEngine } from '../state/attention';
import { shownGroup } from '../state/model';
import { toggleNextToken, useDraws, useNextToken, useShownNextToken } from '../state/next-token';
import { useUi } from '../state/store';
import { nextTokenWords } from '../strings-next-token';
import styles from './settings.module.css';

const words = nextTokenWords.forecast;

export function NextTokenForecast() {
  const group = useUi(shownGroup);
  const able = useUi(hasEngine);
  return group && able ? <Forecast group={group} /> : null;
}

function Forecast({ group }: { group: GroupView }) {
  const index = Math.min(
    useUi((state) => state.answer),
    group.answers.length - 1,
  );
  const { tokens, tokenTexts } = group.answers[index];
  const token = Math.min(
    useUi((state) => state.token),
    Math.max(0, tokens.length - 1),
  );
  const isOpen = useNextToken((state) => state.isOpen);
  const { logits, state } = useShownNextToken(group, index, token);
  const { used, controls } = useDraws(group.step);
  const before = useMemo(() => logits && nextToken(logits.logits, used), [logits, used]);
  const after = useMemo(
    () => (logits && controls ? nextToken(logits.logits, controls) : null),
    [logits, controls],
  );
  if (!isOpen)
    return (
      <p className={styles.memory}>
        <Button onClick={toggleNextToken}>{words.show}</Button>
      </p>
    );
  if (state === 'off') return null;
  if (!logits || !before)
    return (
      <p className={styles.memory}>
        {state === 'refused' ? nextTokenWords.refused : nextTokenWords.asked(false)}
      </p>
    );
  const moved = (text: (of: NextToken) => string) => words.moved(text(before), after && text(after));
  return (
    <p className={styles.memory} data-testid="next-token-forecast">
      {words.sentence(
        visible(tokenTexts[token] ?? ''),
        visible(logits.first[0].text),
        moved((of) => percent(drawnProbability(of, 0))),
        moved((of) => fixed(of.drawnEntropy)),
        moved((of) => whole(of.kept)),
        logits.ids.length,
      )}
    </p>
  );
}

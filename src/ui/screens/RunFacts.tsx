/** @file Where the run stands beside its step: stage, length of its prompts, how fast it answers. */
import { useMemo } from 'react';
import { parseStages } from '../../run/stages-text';
import { fixed } from '../format';
import { useUi } from '../state/store';
import { playWords } from '../strings-play';
import styles from './bars.module.css';

const words = playWords.facts;

export function RunFacts() {
  const stage = useUi((state) => state.stage);
  const curriculum = useUi((state) => state.config.curriculum);
  const longest = useUi((state) => state.config.max_prompt_length);
  const pace = useUi((state) => state.history.at(-1)?.metrics['perf/rollouts_per_s']);
  const stages = useMemo(() => parseStages(curriculum).length, [curriculum]);
  const facts = [
    ...(stage && stages > 0 ? [words.stage(stage.index + 1, stages)] : []),
    words.tokens(stage?.lengths.max ?? longest),
    ...(pace === undefined ? [] : [words.pace(fixed(pace, pace < 10 ? 1 : 0))]),
  ];
  return (
    <span className={`data ${styles.facts}`} title={words.title} data-testid="run-facts">
      {facts.join(' · ')}
    </span>
  );
}

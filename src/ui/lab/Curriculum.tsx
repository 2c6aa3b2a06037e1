/** @file The curriculum: the track of stages, what the batches were made of, its settings, and the retrospective pool. */
import { useMemo, useState } from 'react';
import type { Stage } from '../../rl/curriculum';
import { settings } from '../../run/config';
import { formatStages, parseStages } from '../../run/stages-text';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { SettingControl } from '../panels/SettingControl';
import { change } from '../state/commands';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { useView } from '../state/view';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import styles from './lab.module.css';
import { MixChart } from './MixChart';
import { PoolPanel } from './PoolPanel';
import { goToStep } from './rollouts-store';
import { StageFields } from './StageFields';
import { moveEdge } from './stage-edit';
import { Timeline } from './Timeline';
import { mixes, timeline } from './timeline-model';

const words = curriculumStrings;
const keys = settings.filter(({ section }) => section === 'curriculum').map(({ key }) => key);

export default function Curriculum() {
  const config = useConfig();
  const history = useUi((state) => state.history);
  const evaluations = useUi((state) => state.evaluations);
  const picked = useView((state) => state.step);
  const [held, setHeld] = useState<{ index: number; steps: number } | null>(null);
  const set = useMemo(() => parseStages(config.curriculum), [config.curriculum]);
  // What a drag would make of the stages is drawn, and asked of training when it ends.
  const stages = useMemo(() => (held ? moveEdge(set, held.index, held.steps) : set), [set, held]);
  const commit = (next: readonly Stage[]) => change({ curriculum: formatStages(next) });
  const track = useMemo(() => timeline(stages, history, evaluations), [stages, history, evaluations]);
  const mix = useMemo(() => mixes(history), [history]);
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="curriculum-title"
        data-testid="curriculum"
      >
        <div className={panel.head}>
          <h2 id="curriculum-title">{words.title}</h2>
          {picked !== null && (
            <>
              <span className={styles.muted}>{words.past(picked)}</span>
              <Button onClick={() => goToStep(null)}>{words.back}</Button>
            </>
          )}
        </div>
        <div className={styles.body}>
          {track.length > 0 ? (
            <>
              <Timeline
                stages={track}
                onPreview={setHeld}
                onCommit={({ index, steps }) => commit(moveEdge(set, index, steps))}
              />
              <StageFields stages={stages} track={track} onCommit={commit} />
            </>
          ) : (
            <p className={styles.muted}>{words.none}</p>
          )}
          {mix.length > 0 && <MixChart mixes={mix} />}
          <h3 className={curriculum.heading}>{words.settings}</h3>
          <div className={curriculum.settings}>
            {keys.map((key) => (
              <SettingControl key={key} name={key} />
            ))}
          </div>
        </div>
      </section>
      <PoolPanel hasStages={stages.length > 0} />
    </>
  );
}

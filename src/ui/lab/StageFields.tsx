/** @file The stages still to come as numbers: the way to change them without dragging. */
import type { Stage } from '../../rl/curriculum';
import { NumberField } from '../kit/NumberField';
import { curriculumStrings } from '../strings-curriculum';
import curriculum from './curriculum.module.css';
import { edgeRange, isAhead, withSteps, withTokens } from './stage-edit';
import type { TimelineStage } from './timeline-model';

const words = curriculumStrings;

interface StageFieldsProps {
  stages: readonly Stage[];
  track: readonly TimelineStage[];
  onCommit(stages: Stage[]): void;
}

export function StageFields({ stages, track, onCommit }: StageFieldsProps) {
  const rows = track.flatMap((stage, index) => {
    const range = edgeRange(track, index);
    const ahead = isAhead(track, index);
    return range || ahead ? [{ stage, index, range, ahead }] : [];
  });
  if (rows.length === 0) return null;
  return (
    <ul className={curriculum.fields} aria-label={words.fields}>
      {rows.map(({ stage: { name, planned, lengths }, index, range, ahead }) => (
        <li key={index} className={curriculum.field} data-testid="stage-fields">
          <b>{name}</b>
          {range && planned !== null && (
            <span className={curriculum.number}>
              {words.stepsField}
              <NumberField
                label={words.stepsOf(name)}
                value={planned}
                min={range.min}
                max={1e6}
                step={1}
                testId="stage-steps"
                onCommit={(steps) =>
                  onCommit(withSteps(stages, index, Math.max(range.min, Math.min(1e6, Math.round(steps)))))
                }
              />
            </span>
          )}
          {ahead && (
            <span className={curriculum.number}>
              {words.tokensField}
              <NumberField
                label={words.tokensOf(name)}
                value={lengths.max}
                min={32}
                max={131072}
                step={32}
                testId="stage-tokens"
                onCommit={(tokens) => onCommit(withTokens(stages, index, Math.round(tokens)))}
              />
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}

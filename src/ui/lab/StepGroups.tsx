/** @file Below the curves: the groups of the step under the cursor, of the step that was clicked, or of the newest. */
import panel from '../panels/panel.module.css';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { labStrings } from '../strings-lab';
import { GroupLine } from './GroupLine';
import styles from './lab.module.css';
import rollouts from './rollouts.module.css';
import { inspect, useStepGroups } from './rollouts-store';
import { StepBar } from './StepBar';

const words = labStrings.rollouts;
/** The whole list is a view of its own. */
const shownGroups = 40;

export function StepGroups({ hovered }: { hovered: number | null }) {
  const picked = useView((state) => state.step);
  const inWindow = useUi((state) => hovered !== null && state.groups.some(({ step }) => step === hovered));
  const of = useStepGroups(inWindow ? hovered : picked);
  const done = useUi((state) => state.step);
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="step-title"
      data-testid="step-groups"
    >
      <div className={panel.head}>
        <h2 id="step-title">{words.of(of.step)}</h2>
        {of.step > 0 && <StepBar of={of} />}
      </div>
      {of.groups.length > 0 ? (
        <ul>
          {of.groups.slice(0, shownGroups).map((group) => (
            <li key={group.uid}>
              <button
                type="button"
                className={rollouts.row}
                data-testid="group-line"
                onClick={() => inspect(group, 0)}
              >
                <GroupLine group={group} />
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <p className={`${styles.body} ${styles.muted}`}>
          {picked !== null && picked > done
            ? words.waiting(picked, done)
            : of.step === 0
              ? words.none
              : of.whole
                ? words.notKept
                : words.loading}
        </p>
      )}
    </section>
  );
}

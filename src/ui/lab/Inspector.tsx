/** @file One answer with all its numbers: group, reward, advantage, and every token with the formula filled in. */
import { ChevronLeft, ChevronRight, PanelRightClose } from 'lucide-react';
import type { GroupView } from '../../../workers/protocol';
import { fixed, signed } from '../format';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { RewardBreakdown } from '../panels/RewardBreakdown';
import { TokenPanel } from '../panels/TokenPanel';
import { useKeyWords } from '../state/key-map';
import { groupPart } from '../state/link';
import { showAnswer, useUi } from '../state/store';
import { setView } from '../state/view';
import { imaginedGroup } from '../state/what-if';
import { labStrings } from '../strings-lab';
import { GroupLine } from './GroupLine';
import inspector from './inspector.module.css';
import styles from './lab.module.css';
import { fromView, type LabGroup } from './rollout-model';
import { usePast } from './rollouts-store';

const words = labStrings.inspector;

export function Inspector() {
  const past = usePast();
  const group = useUi(imaginedGroup);
  const answer = Math.min(
    useUi((state) => state.answer),
    Math.max(0, (group?.answers.length ?? 1) - 1),
  );
  return (
    <section className={inspector.inspector} aria-label={labStrings.views.inspector} data-testid="inspector">
      {past ? (
        <Past group={past.group} index={past.answer} />
      ) : group ? (
        <Live group={group} index={answer} />
      ) : (
        <>
          <Head path={labStrings.views.inspector} />
          <p className={panel.empty}>{words.none}</p>
        </>
      )}
    </section>
  );
}

interface HeadProps {
  path: string;
  index?: number;
  count?: number;
  onAnswer?(index: number): void;
}

function Head({ path, index = 0, count = 0, onAnswer }: HeadProps) {
  const keyed = useKeyWords();
  return (
    <div className={inspector.head}>
      <h2 className="data" data-testid="inspector-path">
        {path}
      </h2>
      {onAnswer && (
        <>
          <Button
            size="icon"
            look="quiet"
            aria-label={keyed(words.previous)}
            title={keyed(words.previous)}
            disabled={index <= 0}
            onClick={() => onAnswer(index - 1)}
          >
            <ChevronLeft size={16} aria-hidden="true" />
          </Button>
          <Button
            size="icon"
            look="quiet"
            aria-label={keyed(words.next)}
            title={keyed(words.next)}
            disabled={index >= count - 1}
            onClick={() => onAnswer(index + 1)}
          >
            <ChevronRight size={16} aria-hidden="true" />
          </Button>
        </>
      )}
      <Button
        size="icon"
        look="quiet"
        aria-label={labStrings.views.closeInspector}
        title={labStrings.views.closeInspector}
        data-testid="close-inspector"
        onClick={() => setView({ inspecting: false })}
      >
        <PanelRightClose size={16} aria-hidden="true" />
      </Button>
    </div>
  );
}

/** A group of the page's window: everything is known of it. */
function Live({ group, index }: { group: GroupView; index: number }) {
  const token = useUi((state) => state.token);
  const answer = group.answers[index];
  const at = Math.min(token, Math.max(0, answer.tokens.length - 1));
  return (
    <>
      <Head
        path={words.path(group.step, groupPart(group.uid), index + 1) + words.token(at)}
        index={index}
        count={group.answers.length}
        onAnswer={showAnswer}
      />
      <Question group={fromView(group)} />
      <div className={inspector.breakdown}>
        <RewardBreakdown group={group} answer={answer} />
      </div>
      <TokenPanel />
    </>
  );
}

/** A group that only the run folder has. */
function Past({ group, index }: { group: LabGroup; index: number }) {
  const answer = group.answers[index];
  const { facts } = words;
  const rows: [string, string][] = [
    [facts.reward, fixed(answer.reward)],
    [facts.advantage, signed(answer.advantage)],
    [facts.rule, fixed(answer.rule, 1)],
    [facts.judge, answer.judge === null ? words.notAsked : fixed(answer.judge, 0)],
    [facts.overlong, fixed(answer.overlong)],
    [facts.parsed, answer.parsed ?? words.nothing],
    [facts.length, words.tokens(answer.length)],
    [facts.group, `${fixed(group.mean)}, ${fixed(group.std)}`],
  ];
  return (
    <>
      <Head
        path={words.path(group.step, groupPart(group.uid), index + 1)}
        index={index}
        count={group.answers.length}
        onAnswer={(next) => setView({ past: { uid: group.uid, answer: next } })}
      />
      <Question group={group} />
      <div className={styles.body}>
        <dl className={`data ${styles.facts}`} data-testid="past-answer">
          {rows.map(([name, value]) => (
            <div key={name} className={inspector.fact}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <h3 className={inspector.heading}>{words.answer}</h3>
        <p className={inspector.text}>{answer.text}</p>
        <p className={styles.muted}>{words.folderOnly}</p>
      </div>
    </>
  );
}

function Question({ group }: { group: LabGroup }) {
  return (
    <div className={inspector.question}>
      <p>{group.question}</p>
      <p>
        <span className={styles.muted}>{words.gold}</span> <b className="data">{group.gold}</b>
      </p>
      <GroupLine group={{ ...group, question: '' }} />
    </div>
  );
}

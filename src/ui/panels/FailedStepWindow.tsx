/** @file The step that a value without a number ended: its settings, the steps before it, its questions and answers. */
import type { ReactNode } from 'react';
import type { FailedAnswer, FailedStep } from '../../run/failed-step';
import type { MetricsRow } from '../../run/folder';
import type { SettingKey } from '../../run/settings';
import { compact, fixed, signed } from '../format';
import { Window } from '../kit/Window';
import { hideFailedStep, useFailedStep } from '../state/failed-step';
import { useUi } from '../state/store';
import { say, strings } from '../strings';
import { failedWords as words } from '../strings-failed';
import styles from './failed-step.module.css';

/** Settings that can drive a loss out of the numbers. */
const shownSettings: readonly SettingKey[] = [
  'lr',
  'grad_clip',
  'clip_ratio_low',
  'clip_ratio_high',
  'policy_loss.loss_mode',
  'loss_agg_mode',
  'kl_loss_coef',
  'entropy_coeff',
  'train_batch_size',
  'mini_batch_size',
  'ppo_epochs',
  'temperature',
  'top_p',
];
/** A change of a setting counts as a cause for so many steps. */
const recentSteps = 20;

export default function FailedStepWindow() {
  const failed = useFailedStep((state) => state.failed);
  return (
    <Window
      title={failed ? words.title(failed.step) : words.noneTitle}
      close={words.close}
      testId="failed-step"
      onClose={hideFailedStep}
    >
      {failed ? <Known failed={failed} /> : <p>{failed === null ? words.none : words.reading}</p>}
    </Window>
  );
}

function Known({ failed }: { failed: FailedStep }) {
  const { step, message, part, updates, settings, before, groups, answers } = failed;
  const marks = useUi((state) => state.marks);
  const recent = marks.filter((mark) => mark.step <= step && mark.step > step - recentSteps);
  return (
    <>
      <p>
        <b>{message}</b> {words.where(words.parts[part], updates)}
      </p>
      <section aria-label={words.settings}>
        <h3 className={styles.heading}>{words.settings}</h3>
        <dl className={`data ${styles.settings}`}>
          {shownSettings.map((key) => (
            <div key={key}>
              <dt>{key}</dt>
              <dd>{say(settings[key] ?? '–')}</dd>
            </div>
          ))}
        </dl>
        {recent.length > 0 && (
          <p>
            {words.changes}:{' '}
            <span className="data">
              {recent
                .map(({ step: at, key, from, to }) => `${at}: ${key} ${say(from)} → ${say(to)}`)
                .join(' · ')}
            </span>
          </p>
        )}
      </section>
      <StepsBefore rows={before} />
      <section className={styles.groups} aria-label={words.groups}>
        <h3 className={styles.heading}>{words.groups}</h3>
        {groups.length === 0 && <p>{words.noGroups}</p>}
        {failingFirst(groups).map((group) => {
          const own = answers.filter(({ uid }) => uid === group.uid);
          return <Group key={group.uid} {...group} answers={own} />;
        })}
        {part === 'update' && <p className={styles.muted}>{words.unknown}</p>}
      </section>
    </>
  );
}

function failingFirst(groups: FailedStep['groups']): FailedStep['groups'] {
  return [...groups].sort((a, b) => Number(b.inFailedUpdate) - Number(a.inFailedUpdate));
}

function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by key.
    <section className={styles.scroll} aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

function StepsBefore({ rows }: { rows: readonly MetricsRow[] }) {
  const names = Object.keys(words.metrics).filter((name) => rows.some((row) => row[name] !== undefined));
  return (
    <div>
      <h3 className={styles.heading}>{words.before}</h3>
      {rows.length === 0 ? (
        <p>{words.noSteps}</p>
      ) : (
        <Scroll label={words.before}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{words.step}</th>
                {names.map((name) => (
                  <th scope="col" key={name} title={name}>
                    {words.metrics[name]}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="data">
              {rows.map((row) => (
                <tr key={row.step} data-testid="failed-before">
                  <th scope="row">{row.step}</th>
                  {names.map((name) => (
                    <td key={name}>{row[name] === undefined ? '–' : compact(row[name])}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </div>
  );
}

interface GroupProps {
  uid: string;
  prompt: string;
  inFailedUpdate: boolean;
  answers: readonly FailedAnswer[];
}

function Group({ uid, prompt, inFailedUpdate, answers }: GroupProps) {
  const [first] = answers;
  const reasons: Record<string, string> = strings.group.reasons;
  if (!first) return null;
  return (
    <article className={styles.group} data-testid="failed-group" data-failing={inFailedUpdate || undefined}>
      <p>
        <b>{first.question}</b> <span className={styles.muted}>{words.gold}</span>{' '}
        <span className="data">{first.gts}</span>{' '}
        <span className={inFailedUpdate ? styles.failing : styles.muted}>
          {inFailedUpdate
            ? words.failing
            : first.kept
              ? words.kept
              : strings.group.dropped(reasons[first.drop_reason ?? ''] ?? '')}
        </span>
      </p>
      <details>
        <summary>{words.prompt}</summary>
        <p className={`data ${styles.prompt}`}>{prompt}</p>
      </details>
      <Scroll label={`${first.question} (${uid})`}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">#</th>
              {Object.entries(words.columns).map(([name, label]) => (
                <th scope="col" key={name} className={name === 'text' ? styles.text : undefined}>
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answers.map((answer) => (
              <tr key={answer.index} data-testid="failed-answer">
                <th scope="row" className="data">
                  {answer.index + 1}
                </th>
                <td className="data">
                  {answer.acc ? '●' : '○'} {fixed(answer.score)}
                </td>
                <td className="data">{signed(answer.advantage)}</td>
                <td className="data">{answer.tokens}</td>
                <td className="data">{answer.update === 0 ? words.notUsed : answer.update}</td>
                <td className="data">{fixed(answer.lowestLogprob)}</td>
                <td className="data">{fixed(answer.largestLogRatio)}</td>
                <td className={styles.text}>{answer.output}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </article>
  );
}

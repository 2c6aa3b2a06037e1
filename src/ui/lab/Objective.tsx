/** @file The objective with this run's numbers: formula, terms, clip plot, and what every update did. */
import { useMemo } from 'react';
import { compact, fixed, percent, whole } from '../format';
import { useShownObjective } from '../panels/answer-terms';
import { ClipPanel } from '../panels/ClipPanel';
import { storedTokens } from '../panels/clip-prediction';
import panel from '../panels/panel.module.css';
import { isUpdated } from '../state/groups';
import { rowOf } from '../state/history';
import { shownGroup } from '../state/model';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { labStrings } from '../strings-lab';
import styles from './lab.module.css';
import { updateTerms } from './objective-terms';

const words = labStrings.objective;

export default function Objective() {
  const config = useConfig();
  const lossMode = config['policy_loss.loss_mode'];
  return (
    <>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="objective-title"
        data-testid="objective"
      >
        <div className={panel.head}>
          <h2 id="objective-title">{words.title}</h2>
        </div>
        <div className={styles.body}>
          <p className="data">{words.formula}</p>
          <p className={`data ${styles.muted}`}>
            {words.settings(
              fixed(config.clip_ratio_low),
              fixed(config.clip_ratio_high),
              config.clip_ratio_c > 0 ? fixed(config.clip_ratio_c, 1) : words.off,
              config.loss_agg_mode,
            )}
          </p>
          {lossMode !== 'vanilla' && <p>{words.otherLoss(lossMode)}</p>}
          <Terms />
          <Updates />
          <p className={styles.muted}>{words.whatIf}</p>
        </div>
      </section>
      <ClipPanel />
    </>
  );
}

/** What the last step measured of each term, and what the loss weighs it by. */
function Terms() {
  const config = useConfig();
  const metrics = useUi((state) => state.history.at(-1))?.metrics;
  if (!metrics) return <p className={styles.muted}>{words.none}</p>;
  const [entropy, kl] = [metrics['actor/entropy'], metrics['actor/kl_loss']];
  const rows: [name: string, weight: string, measured: string][] = [
    [words.policy, '1', fixed(metrics['actor/pg_loss'], 4)],
    [words.entropy, compact(config.entropy_coeff), fixed(entropy, 4)],
    [words.kl, compact(config.kl_loss_coef), kl === undefined ? words.klOff : fixed(kl, 4)],
    [words.whole, '–', fixed(metrics['actor/loss'], 4)],
  ];
  return (
    <table className={`data ${styles.table}`} data-testid="terms">
      <caption>{words.terms}</caption>
      <thead>
        <tr>
          <th scope="col">{words.term}</th>
          <th scope="col">{words.weight}</th>
          <th scope="col">{words.measured}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, weight, measured]) => (
          <tr key={name}>
            <td>{name}</td>
            <td>{weight}</td>
            <td>{measured}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Updates() {
  const groups = useUi((state) => state.groups);
  const shown = useUi(shownGroup);
  const history = useUi((state) => state.history);
  const step = shown && isUpdated(shown) ? shown.step : (groups.find(isUpdated)?.step ?? 0);
  const stored = useMemo(() => storedTokens(groups, step), [groups, step]);
  const objective = useShownObjective();
  const rows = useMemo(() => updateTerms(stored, objective), [stored, objective]);
  const measured = rowOf(history, step)?.metrics;
  if (rows.length === 0) return null;
  return (
    <table className={`data ${styles.table}`} data-testid="updates">
      <caption>{words.updates(step)}</caption>
      <thead>
        <tr>
          <th scope="col">{words.update}</th>
          <th scope="col">{words.tokens}</th>
          <th scope="col">{words.meanRatio}</th>
          <th scope="col">{words.maxRatio}</th>
          <th scope="col">{words.low}</th>
          <th scope="col">{words.high}</th>
          <th scope="col">{words.mean}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.update}>
            <td>{row.update}</td>
            <td>{whole(row.tokens)}</td>
            <td>{fixed(row.meanRatio, 3)}</td>
            <td>{fixed(row.maxRatio, 3)}</td>
            <td>{percent(row.clippedLow)}</td>
            <td>{percent(row.clippedHigh)}</td>
            <td>{fixed(row.objective, 4)}</td>
          </tr>
        ))}
        <tr>
          <td>{words.measured}</td>
          <td />
          <td />
          <td />
          <td>{percent(measured?.['actor/pg_clipfrac_low'])}</td>
          <td>{percent(measured?.['actor/pg_clipfrac_high'])}</td>
          <td />
        </tr>
      </tbody>
    </table>
  );
}

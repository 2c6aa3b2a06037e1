/** @file Where the questions come from: document, families, prompt lengths against the stages, examples. */
import { useMemo } from 'react';
import { parseStages } from '../../run/stages-text';
import { ChartData } from '../charts/ChartTable';
import { percent, whole } from '../format';
import { DatasetLine } from '../panels/DatasetLine';
import { OpenFile } from '../panels/OpenFile';
import panel from '../panels/panel.module.css';
import { isGiven } from '../state/groups';
import { showGroup, useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { setView } from '../state/view';
import { labStrings } from '../strings-lab';
import data from './data.module.css';
import { askedFamilies, examples, familyRows, lengthBars, rowReasoning } from './data-model';
import styles from './lab.module.css';

const words = labStrings.data;

export default function Data() {
  const document = useUi((state) => state.document);
  const groups = useUi((state) => state.groups);
  const config = useConfig();
  const shown = useMemo(() => examples(groups), [groups]);
  const rows = useMemo(
    () => familyRows(askedFamilies(config['task.families'], document?.dataset), groups),
    [config, document, groups],
  );
  return (
    <>
      <section className={`${panel.panel} ${styles.section}`} aria-labelledby="data-title" data-testid="data">
        <div className={panel.head}>
          <h2 id="data-title">{words.title}</h2>
          <span className={styles.muted}>{words.privacy}</span>
          <OpenFile />
        </div>
        <div className={styles.body}>
          {document && (
            <dl className={styles.facts}>
              <dt>{words.facts.title}</dt>
              <dd>{document.title}</dd>
              <dt>{words.facts.source}</dt>
              <dd>{words.sources[document.source === 'imported' ? 'imported' : 'generated']}</dd>
              <dt>{words.facts.characters}</dt>
              <dd className="data">{whole(document.text.length)}</dd>
              <dt>{words.facts.id}</dt>
              <dd className="data">{document.id}</dd>
            </dl>
          )}
          {document?.dataset && <DatasetLine dataset={document.dataset} />}
          <table className={`data ${styles.table}`} data-testid="families">
            <caption>
              {words.families} {groups.length > 0 && words.inWindow(groups[0].step, groups.length)}
            </caption>
            <thead>
              <tr>
                <th scope="col">{words.family}</th>
                <th scope="col">{words.asked}</th>
                <th scope="col">{words.accuracy}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.family}>
                  <td>{row.family}</td>
                  <td>{row.groups}</td>
                  <td>{row.accuracy === null ? words.notYet : percent(row.accuracy, 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {groups.length > 0 && <Lengths />}
        </div>
      </section>
      <section
        className={`${panel.panel} ${styles.section}`}
        aria-labelledby="examples-title"
        data-testid="examples"
      >
        <div className={panel.head}>
          <h2 id="examples-title">{words.examples}</h2>
        </div>
        {shown.length === 0 ? (
          <p className={`${styles.body} ${styles.muted}`}>{words.none}</p>
        ) : (
          <ul className={styles.body}>
            {shown.map((group) => (
              <li key={group.uid} className={data.example}>
                <button
                  type="button"
                  className={data.question}
                  onClick={() => {
                    showGroup(group.uid);
                    setView({ past: null, inspecting: true });
                  }}
                >
                  {group.question}
                </button>
                <span className={styles.muted}>
                  <span className="data">{group.gold[0]}</span> · {group.family},{' '}
                  {isGiven(group.family) ? words.given : words.synthetic}
                </span>
                <Reasoning text={rowReasoning(document?.dataset, group)} />
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function Reasoning({ text }: { text: string | null }) {
  if (text === null) return null;
  return (
    <details data-testid="row-reasoning">
      <summary className={styles.muted}>{words.reasoning}</summary>
      <p className={data.reasoning} dir="auto">
        {text}
      </p>
    </details>
  );
}

/** How long the prompts were, with the stages' boundaries over them. */
function Lengths() {
  const groups = useUi((state) => state.groups);
  const config = useConfig();
  const max = config.max_prompt_length;
  const bars = useMemo(() => lengthBars(groups, max), [groups, max]);
  const boundaries = useMemo(
    () =>
      parseStages(config.curriculum)
        .map(({ maxTokens }) => maxTokens)
        .filter((tokens) => tokens <= max),
    [config.curriculum, max],
  );
  const lengths = groups.map(({ promptTokens }) => promptTokens);
  const most = Math.max(...bars.map(({ count }) => count));
  const sentence = words.lengthsSentence(lengths.length, Math.min(...lengths), Math.max(...lengths));
  return (
    <figure data-testid="lengths">
      <h3 className={data.heading}>{words.lengths}</h3>
      <svg
        className={data.lengths}
        viewBox={`0 0 ${max} 80`}
        preserveAspectRatio="none"
        role="img"
        aria-label={sentence}
      >
        {bars.map(({ from, to, count }) => (
          <rect
            key={from}
            className={data.bar}
            x={from}
            width={(to - from) * 0.9}
            y={80 - (count / most) * 74}
            height={(count / most) * 74}
          />
        ))}
        {boundaries.map((tokens) => (
          <line key={tokens} className={data.boundary} x1={tokens} x2={tokens} y1={0} y2={80} />
        ))}
      </svg>
      <figcaption className={data.scale}>
        <span className="data">0</span>
        <span className={styles.muted}>
          {sentence} {boundaries.map(words.boundary).join(' · ')}
        </span>
        <span className="data">{whole(max)}</span>
      </figcaption>
      <ChartData
        name={words.lengths}
        columns={words.lengthColumns}
        rows={() => bars.map(({ from, to, count }) => [from, to, count])}
        written={(cell) => whole(Number(cell))}
        picture={() => ({
          figure: {
            title: words.lengths,
            note: '',
            xLabel: words.tokens,
            panels: [
              {
                title: '',
                unit: words.prompts,
                curves: [
                  {
                    label: words.prompts,
                    points: bars.flatMap(({ from, to, count }) =>
                      [from, to].map((x) => ({ x, y: count, low: 0, high: count })),
                    ),
                  },
                ],
                marks: boundaries.map((tokens) => ({ x: tokens, label: whole(tokens) })),
                empty: '',
              },
            ],
          },
          notes: [sentence, ...boundaries.map(words.boundary)],
        })}
      />
    </figure>
  );
}

/** @file The phrases by which behaviours are counted, to be read and edited; counts follow as they are typed. */
import { type ChangeEvent, useRef } from 'react';
import { behaviours, patternLines } from '../../run/behaviour-counts';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { saveFile } from '../save-file';
import { behaviourStrings } from '../strings-behaviours';
import own from './behaviours.module.css';
import { editLines, openList, useBehaviours } from './behaviours-store';
import styles from './lab.module.css';

const words = behaviourStrings.patterns;
const names = behaviourStrings.names;

export function BehaviourPatterns() {
  const lines = useBehaviours((state) => state.lines);
  const patterns = useBehaviours((state) => state.patterns);
  const problem = useBehaviours((state) => state.problem);
  return (
    <section
      className={`${panel.panel} ${styles.section}`}
      aria-labelledby="patterns-title"
      data-testid="behaviour-patterns"
    >
      <div className={panel.head}>
        <h2 id="patterns-title">{words.title}</h2>
        <span className={panel.grow} />
        <OpenList />
        <Button
          title={words.downloadTitle}
          onClick={() =>
            saveFile('behaviours.json', 'application/json', [`${JSON.stringify(patterns, null, 2)}\n`])
          }
        >
          {words.download}
        </Button>
        <Button data-testid="usual-patterns" onClick={() => editLines(patternLines())}>
          {words.usual}
        </Button>
      </div>
      <div className={styles.body}>
        <p className={styles.muted}>{words.help}</p>
        <p className={styles.failure} role="status" data-testid="pattern-problem" data-code={problem?.code}>
          {problem && `${problem.message} ${problem.advice} ${words.refused}`}
        </p>
        <div className={own.lists}>
          {behaviours.map((behaviour) => (
            <label key={behaviour} className={own.list}>
              <span>
                <span className={own.mark} data-behaviour={behaviour}>
                  {names[behaviour]}
                </span>{' '}
                <span className={styles.muted}>{words.count(patterns[behaviour].length)}</span>
              </span>
              <textarea
                className={`data ${own.phrases}`}
                aria-label={words.of(names[behaviour])}
                spellCheck={false}
                wrap="off"
                value={lines[behaviour]}
                data-testid={`phrases-${behaviour}`}
                onChange={(event) => editLines({ [behaviour]: event.target.value })}
              />
            </label>
          ))}
        </div>
      </div>
    </section>
  );
}

function OpenList() {
  const input = useRef<HTMLInputElement>(null);
  const take = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const [file] = target.files ?? [];
    if (file) openList(await file.text());
    // The same file again is a change again.
    target.value = '';
  };
  return (
    <>
      <Button onClick={() => input.current?.click()}>{words.open}</Button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        hidden
        data-testid="open-patterns"
        onChange={take}
      />
    </>
  );
}

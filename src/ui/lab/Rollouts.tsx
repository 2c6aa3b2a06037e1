/** @file The rollouts of a step: groups that open to their answers, all answers as a table, a scatter, what was dropped. */
import { useMemo, useState } from 'react';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { ImaginedFlag } from '../panels/ImaginedFlag';
import panel from '../panels/panel.module.css';
import { useUi } from '../state/store';
import { useView } from '../state/view';
import { labStrings } from '../strings-lab';
import { AnswerTable } from './AnswerTable';
import { Discarded } from './Discarded';
import { GroupTree } from './GroupTree';
import styles from './lab.module.css';
import {
  type AnswerSort,
  answerLines,
  answerSorts,
  filterGroups,
  type GroupSort,
  groupSorts,
  sortGroups,
} from './rollout-model';
import rollouts from './rollouts.module.css';
import { useStepGroups } from './rollouts-store';
import { Scatter } from './Scatter';
import { StepBar, useStepCounts } from './StepBar';

const words = labStrings.rollouts;
const tabs = ['groups', 'answers', 'scatter', 'dropped'] as const;
type Tab = (typeof tabs)[number];

export default function Rollouts() {
  const picked = useView((state) => state.step);
  const done = useUi((state) => state.step);
  const of = useStepGroups(picked);
  const counts = useStepCounts(of);
  const [tab, setTab] = useState<Tab>('groups');
  const [search, setSearch] = useState('');
  const [groupSort, setGroupSort] = useState<GroupSort>('drawn');
  const [answerSort, setAnswerSort] = useState<AnswerSort>('drawn');
  const found = useMemo(() => filterGroups(of.groups, search), [of.groups, search]);
  const sorted = useMemo(() => sortGroups(found, groupSort), [found, groupSort]);
  const lines = useMemo(() => answerLines(found, answerSort), [found, answerSort]);
  const isAhead = picked !== null && picked > done;
  return (
    <section
      className={`${panel.panel} ${rollouts.grow}`}
      aria-labelledby="rollouts-title"
      data-testid="rollouts"
    >
      <div className={panel.head}>
        <h2 id="rollouts-title">{labStrings.views.names.rollouts}</h2>
        <ImaginedFlag of="step" named />
        {of.step > 0 && <StepBar of={of} />}
      </div>
      <div className={`${panel.head} ${styles.bar}`}>
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would need a legend where the label suffices. */}
        <div role="group" aria-label={words.tabLabel} className={styles.bar}>
          {tabs.map((name) => (
            <Button
              key={name}
              aria-pressed={name === tab}
              data-testid={`tab-${name}`}
              onClick={() => setTab(name)}
            >
              {name === 'dropped' ? `${words.tabs.dropped} (${counts.dropped})` : words.tabs[name]}
            </Button>
          ))}
        </div>
        {(tab === 'groups' || tab === 'answers') && (
          <label>
            <span>{words.sort}</span>
            <select
              className={kit.select}
              value={tab === 'groups' ? groupSort : answerSort}
              data-testid="sort"
              onChange={({ target: { value } }) => {
                const group = groupSorts.find((sort) => sort === value);
                const answer = answerSorts.find((sort) => sort === value);
                if (tab === 'groups' && group) setGroupSort(group);
                if (tab === 'answers' && answer) setAnswerSort(answer);
              }}
            >
              {(tab === 'groups' ? groupSorts : answerSorts).map((sort) => (
                <option key={sort} value={sort}>
                  {words.sorts[sort]}
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span className="unseen">{words.search}</span>
          <input
            className={styles.text}
            type="search"
            placeholder={words.searchShort}
            title={words.search}
            value={search}
            data-testid="rollout-search"
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <span className={`data ${styles.muted}`} data-testid="matches">
          {words.matches(found.length, of.groups.length)}
        </span>
      </div>
      {isAhead ? (
        <p className={`${styles.body} ${styles.muted}`} data-testid="ahead">
          {words.waiting(picked, done)}
        </p>
      ) : of.groups.length === 0 ? (
        <p className={`${styles.body} ${styles.muted}`}>
          {of.step === 0 ? words.none : of.whole ? words.notKept : words.loading}
        </p>
      ) : (
        <Form tab={tab} sorted={sorted} lines={lines} dropped={counts.dropped} />
      )}
    </section>
  );
}

interface FormProps {
  tab: Tab;
  sorted: ReturnType<typeof sortGroups>;
  lines: ReturnType<typeof answerLines>;
  dropped: number;
}

function Form({ tab, sorted, lines, dropped }: FormProps) {
  switch (tab) {
    case 'groups':
      return <GroupTree groups={sorted} />;
    case 'answers':
      return <AnswerTable lines={lines} />;
    case 'scatter':
      return <Scatter lines={lines} />;
    case 'dropped':
      return <Discarded groups={sorted} all={dropped} />;
    default:
      return tab satisfies never;
  }
}

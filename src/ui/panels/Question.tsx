/** @file The question of the shown group, its accepted answer, and the way to the next one. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { QuestionView } from '../../../workers/protocol';
import { Button } from '../kit/Button';
import { isGiven } from '../state/groups';
import { useKeyWords } from '../state/key-map';
import { stepGroup } from '../state/store';
import { strings } from '../strings';
import styles from './document.module.css';

interface QuestionProps {
  asked: QuestionView | null;
  /** There are answered questions to go to. */
  canPage: boolean;
  /** When it is asked, where that is not yet. */
  note?: string;
}

export function Question({ asked, canPage, note }: QuestionProps) {
  const keyed = useKeyWords();
  const words = strings.question;
  return (
    <div className={styles.question}>
      <span className={styles.letter}>{words.label}</span>
      <p className={styles.ask} data-testid="question">
        {asked ? asked.question : <span className={styles.outside}>{words.none}</span>}
      </p>
      <div className={styles.pager}>
        <Button
          size="icon"
          look="quiet"
          aria-label={keyed(words.previous)}
          title={keyed(words.previous)}
          disabled={!canPage}
          onClick={() => stepGroup(-1)}
        >
          <ChevronLeft size={16} aria-hidden="true" />
        </Button>
        <Button
          size="icon"
          look="quiet"
          aria-label={keyed(words.next)}
          title={keyed(words.next)}
          disabled={!canPage}
          onClick={() => stepGroup(1)}
        >
          <ChevronRight size={16} aria-hidden="true" />
        </Button>
      </div>
      {asked && (
        <p className={styles.gold}>
          <span>
            {words.gold} <b className="data">{asked.gold[0]}</b>
          </span>
          <span>
            {asked.family}, {isGiven(asked.family) ? words.given : words.synthetic}
          </span>
          {note && <span data-testid="question-note">{note}</span>}
        </p>
      )}
    </div>
  );
}

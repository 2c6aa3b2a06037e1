/** @file The long document: its question, the text with window, evidence and copies marked, search, and a map of the whole. */
import { Check } from 'lucide-react';
import { useDeferredValue, useEffect, useMemo } from 'react';
import type { Span } from '../../tasks/types';
import { hasEngine, useShownAttention } from '../state/attention';
import { useKeyWords } from '../state/key-map';
import { shownGroup } from '../state/model';
import { type ReaderLayer, setSpots, useReader } from '../state/reader';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { playWords } from '../strings-play';
import { replayStrings } from '../strings-replay';
import { AttentionLegend } from './AttentionLegend';
import { heatBins, heatSpans, hotSpots } from './attention-heat';
import { cutBlocks, findAll, lowerInPlace, type Marks } from './blocks';
import { citations, wordsOf } from './cited';
import { DatasetLine } from './DatasetLine';
import { DocumentSearch, SearchButton } from './DocumentSearch';
import { DocumentText } from './DocumentText';
import styles from './document.module.css';
import { OpenFile } from './OpenFile';
import panel from './panel.module.css';
import { Question } from './Question';
import { useSettled } from './settled';

const words = strings.document;
const more = playWords.reader;
const noSpans: readonly Span[] = [];

export function DocumentPanel() {
  const document = useUi((state) => state.document);
  const windowTokens = useUi((state) => state.config.window_tokens);
  const answered = useSettled(shownGroup);
  const answering = useSettled((state) => state.answering);
  const answerIndex = useUi((state) => state.answer);
  const replay = useUi(isReplay);
  const text = document?.text ?? '';
  const blocks = useMemo(() => cutBlocks(text), [text]);
  const query = useReader((state) => state.query);
  const hits = useHits(text, query);
  const next = useSettled((state) => (state.recording ? null : state.nextQuestion));
  const shown = answering?.question ?? answered ?? next?.asked ?? null;
  const isNext = next !== null && shown === next.asked;
  // Ranges of a question point into the document it was asked of.
  const asked = shown?.documentId === document?.id ? shown : null;
  const group = answering || answered?.documentId !== document?.id ? null : answered;
  const shownAnswer = Math.min(answerIndex, (group?.answers.length ?? 1) - 1);
  const answer = group?.answers[shownAnswer];
  const attention = useShownAttention(group, shownAnswer);
  const heat = useMemo(() => (attention.view ? heatSpans(attention.view) : []), [attention.view]);
  const bins = useMemo(() => (attention.view ? heatBins(attention.view) : []), [attention.view]);
  const window = asked?.window ?? null;
  const cited = useCitations(text, window, answer?.text ?? '');
  const showsEvidence = useReader((state) => state.evidence);
  const showsCited = useReader((state) => state.cited);
  const canAsk = useUi(hasEngine);
  const showsAttention = useReader((state) => state.attention);
  const evidence = asked?.evidence ?? noSpans;
  const marks = useMemo<Marks>(
    () => ({
      window,
      evidence: showsEvidence ? sorted(evidence) : noSpans,
      cited: showsCited ? cited.spans : noSpans,
      hits,
      heat,
    }),
    [window, evidence, showsEvidence, cited, showsCited, hits, heat],
  );
  const target = evidence[0]?.start ?? window?.start ?? null;

  useEffect(() => {
    setSpots(marks.evidence, sorted([...marks.evidence, ...marks.cited, ...hotSpots(marks.heat)]));
  }, [marks]);
  // Another question has its evidence elsewhere: the reader goes there.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the question is what changes.
  useEffect(() => useReader.setState({ place: null }), [asked?.questionId]);

  return (
    <section
      className={panel.panel}
      aria-labelledby="document-title"
      data-testid="document-panel"
      data-blocks={blocks.length}
    >
      <div className={panel.head}>
        <h2 id="document-title">{document?.title ?? words.title}</h2>
        <span className={panel.meta}>
          {document &&
            `${document.source === 'imported' ? words.imported : words.generated} · ${words.size(text.length)}`}
        </span>
        <SearchButton />
        <OpenFile />
      </div>
      {document?.dataset && (
        <div className={styles.asked}>
          <DatasetLine dataset={document.dataset} />
        </div>
      )}
      <Question
        asked={shown}
        canPage={answered !== null}
        note={isNext ? (next.isCertain ? more.firstAsked : more.firstByDefault) : undefined}
      />
      {query !== null && <DocumentSearch query={query} hits={hits} />}
      {document ? (
        <DocumentText
          key={document.id}
          text={text}
          blocks={blocks}
          marks={marks}
          bins={bins}
          target={target}
        />
      ) : (
        <p className={panel.empty}>{words.loading}</p>
      )}
      <div className={styles.legend}>
        <span title={words.windowTitle}>
          <span className={`${styles.swatch} ${styles.read}`} />
          {words.window(windowTokens)}
        </span>
        <Layer
          name="evidence"
          shown={showsEvidence}
          swatch={styles.evidenceSwatch}
          label={`${words.evidence} ${evidence.length}`}
        />
        <Layer
          name="cited"
          shown={showsCited}
          swatch={styles.citedSwatch}
          label={more.cited(cited.copied, cited.words)}
        />
        <Layer
          name="attention"
          shown={showsAttention}
          swatch={`${styles.attentionSwatch} ${styles.heat4}`}
          label={more.attention}
          unavailable={
            replay
              ? [replayStrings.noAttention, replayStrings.attention]
              : canAsk
                ? undefined
                : [more.noEngineShort, more.noEngine]
          }
        />
      </div>
      {attention.state !== 'off' && <AttentionLegend shown={attention} tokens={answer?.tokenTexts ?? []} />}
    </section>
  );
}

interface LayerProps {
  name: ReaderLayer;
  shown: boolean;
  swatch: string;
  label: string;
  /** Why it cannot be had, in two words and in a sentence. */
  unavailable?: readonly [short: string, long: string];
}

/** A layer's legend, which switches it. */
function Layer({ name, shown, swatch, label, unavailable }: LayerProps) {
  const keyed = useKeyWords();
  return (
    <button
      type="button"
      className={styles.layer}
      aria-pressed={unavailable ? undefined : shown}
      disabled={unavailable !== undefined}
      title={unavailable?.[1] ?? keyed(more.layerTitle[name])}
      data-testid={`layer-${name}`}
      onClick={() => useReader.setState({ [name]: !shown })}
    >
      {!unavailable && (
        <span className={shown ? `${styles.box} ${swatch}` : styles.box}>
          {shown && <Check size={12} aria-hidden="true" />}
        </span>
      )}
      {label}
      {unavailable && `: ${unavailable[0]}`}
    </button>
  );
}

function useHits(text: string, query: string | null): readonly Span[] {
  const isOpen = query !== null;
  const lowered = useMemo(() => (isOpen ? lowerInPlace(text) : ''), [isOpen, text]);
  // Typing goes on while several megabytes are searched.
  const settled = useDeferredValue(query);
  return useMemo(() => (settled ? findAll(lowered, settled) : noSpans), [lowered, settled]);
}

/** What the answer copied from the window that the policy read: nothing else was there to copy from. */
function useCitations(text: string, window: Span | null, answer: string) {
  const [start, end] = [window?.start ?? 0, window?.end ?? 0];
  const read = useMemo(() => wordsOf(text, start, end), [text, start, end]);
  return useMemo(() => citations(answer, read), [answer, read]);
}

function sorted(spans: readonly Span[]): readonly Span[] {
  return [...spans].sort((a, b) => a.start - b.start);
}

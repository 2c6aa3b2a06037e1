/** @file The question before a run ends for another one. */
import type { MemoryEstimate } from '../../../workers/protocol';
import { Button } from '../kit/Button';
import { Confirm } from '../kit/Confirm';
import { download } from '../state/commands';
import { largestMemory } from '../state/largest-memory';
import { answer, useAsked } from '../state/new-run';
import { getUi } from '../state/store';
import { strings } from '../strings';
import { setupStrings } from '../strings-setup';

const words = setupStrings.newRun;

export default function NewRunQuestion() {
  const asked = useAsked((state) => state.asked);
  if (!asked) return null;
  return (
    <Confirm
      title={words.title}
      text={asked.text}
      note={memoryWords(asked.memory)}
      confirm={words.confirm}
      cancel={words.cancel}
      more={<Button onClick={download}>{words.download}</Button>}
      onConfirm={() => answer(true)}
      onCancel={() => answer(false)}
    />
  );
}

/** What is known of its memory before it begins. */
function memoryWords(memory: MemoryEstimate | null): string | null {
  if (!memory) return null;
  if (memory.refused) return words.tooLarge(memory.refused.message, memory.refused.advice);
  const largestFirst = [...memory.items].sort((a, b) => b.bytes - a.bytes);
  const sum = memory.items.reduce((all, { bytes }) => all + bytes, 0);
  const parts = largestFirst.slice(0, 4).map(({ part, bytes }) => strings.settings.memoryPart(part, bytes));
  return words.memory(sum, parts, largestMemory(getUi().adapter));
}

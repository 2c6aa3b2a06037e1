/** @file The question before a run ends for another one. */
import { Button } from '../kit/Button';
import { Confirm } from '../kit/Confirm';
import { download } from '../state/commands';
import { answer, useAsked } from '../state/new-run';
import { strings } from '../strings';

const words = strings.newRun;

export default function NewRunQuestion() {
  const asked = useAsked((state) => state.asked);
  if (!asked) return null;
  return (
    <Confirm
      title={words.title}
      text={asked.text}
      confirm={words.confirm}
      cancel={words.cancel}
      more={<Button onClick={download}>{words.download}</Button>}
      onConfirm={() => answer(true)}
      onCancel={() => answer(false)}
    />
  );
}

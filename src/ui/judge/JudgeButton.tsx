/** @file The way to the judge's dialog, with its state; the dialog itself is loaded when it is first opened. */
import { Scale } from 'lucide-react';
import { Button } from '../kit/Button';
import { late } from '../kit/late';
import { showJudgeDialog, useJudgeDialog } from '../state/judge-dialog';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { judgeStrings as words } from '../strings-judge';
import { replayStrings } from '../strings-replay';

const JudgeDialog = late(() => import('./JudgeDialog'));

export function JudgeButton() {
  const state = useUi((ui) => ui.judge.state);
  const replay = useUi(isReplay);
  const title = replay ? replayStrings.judge : words.buttonTitle(words.short[state]);
  const open = useJudgeDialog((dialog) => dialog.open);
  return (
    <>
      <Button
        size="icon"
        onClick={() => showJudgeDialog(true)}
        aria-label={title}
        title={title}
        disabled={replay}
        aria-haspopup="dialog"
        data-testid="judge-button"
        data-part="judge"
        data-state={state}
      >
        <Scale size={16} aria-hidden="true" />
        {words.marks[state]}
      </Button>
      {open && <JudgeDialog />}
    </>
  );
}

/** @file In place of the first answers, where a stored run waits: go on with it, or begin anew. */
import { Play, RotateCcw } from 'lucide-react';
import { Button } from '../kit/Button';
import panel from '../panels/panel.module.css';
import { StepTime } from '../panels/StepTime';
import { start } from '../state/commands';
import { useRuns } from '../state/runs';
import { useUi } from '../state/store';
import { runStrings } from '../strings-runs';
import { resumeRun, startFresh } from './actions';

const words = runStrings.offer;

/** The run on screen is a stored one, as it was left. */
export function ResumeHere({ step, name }: { step: number; name: string }) {
  return (
    <div className={panel.empty} data-testid="resume-offer">
      <Button look="primary" size="large" onClick={start} data-testid="start-here">
        <Play size={18} aria-hidden="true" />
        {words.resume(step)}
      </Button>
      <p data-testid="wait-reason">
        {words.waits(name)}
        <StepTime />
      </p>
      <Button onClick={() => void startFresh()} data-testid="start-new">
        <RotateCcw size={14} aria-hidden="true" />
        {words.fresh}
      </Button>
    </div>
  );
}

/** Another run is on screen, since the link asks for it. */
export function ResumeOther() {
  const offer = useRuns((state) => state.offer);
  const step = useUi((state) => state.step);
  const last = offer?.checkpoints.at(-1);
  if (!offer || last === undefined || step > 0) return null;
  return (
    <>
      <p>{words.other(offer.name, offer.reward)}</p>
      <Button onClick={() => void resumeRun(offer)} data-testid="resume-other">
        {words.of(offer.name, last)}
      </Button>
    </>
  );
}

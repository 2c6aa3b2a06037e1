/** @file On a processor in a GPU's place: how long one will wait for each step, where that was ever measured here. */
import { fixed } from '../format';
import { rememberedStepTime } from '../state/step-time';
import { useUi } from '../state/store';
import { useConfig } from '../state/useConfig';
import { strings } from '../strings';

const { stepTime, stepTimeUnknown } = strings.wait;

export function StepTime() {
  const adapter = useUi((ui) => ui.adapter);
  const config = useConfig();
  if (!adapter?.software) return null;
  const seconds = rememberedStepTime(adapter, config);
  return (
    <span data-testid="step-time">
      {' '}
      {seconds === null ? stepTimeUnknown : stepTime(fixed(seconds, seconds < 10 ? 1 : 0))}
    </span>
  );
}

/** @file Says that what is shown was never trained: verdicts turned round, or settings that wait for the next step. */
import type { SettingKey } from '../../run/config';
import { useUi } from '../state/store';
import { isAnyImagined, isImagined } from '../state/what-if';
import { pendingSettings } from '../state/what-if-settings';
import { say } from '../strings';
import { playWords } from '../strings-play';
import panel from './panel.module.css';

const words = playWords.whatIf;

interface ImaginedFlagProps {
  /** Of the shown group, or of any group of its step. */
  of?: 'group' | 'step';
  /** With the settings in words. */
  named?: boolean;
}

export function ImaginedFlag({ of = 'group', named = false }: ImaginedFlagProps) {
  const imagined = useUi(of === 'group' ? isImagined : isAnyImagined);
  const waiting = useUi((state) =>
    Object.entries(pendingSettings(state))
      .map(([key, value]) => words.setting(key as SettingKey, say(value)))
      .join(', '),
  );
  if (!imagined) return null;
  const why = waiting && words.settings(waiting);
  return (
    <span className={panel.flag} title={why || words.scale} data-testid="imagined">
      {words.label}
      {named && why && `: ${why}`}
    </span>
  );
}

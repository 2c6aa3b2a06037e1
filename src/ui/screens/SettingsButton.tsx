/** @file The way to all settings of the run; their panel is loaded when it is first opened. */
import { SlidersHorizontal } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../kit/Button';
import { setWindows, showSettings, useWindows } from '../state/windows';
import { strings } from '../strings';
import bars from './bars.module.css';
import { SettingsPanel } from './late';

export function SettingsButton() {
  const open = useWindows((state) => state.settings);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button
        ref={button}
        aria-haspopup="dialog"
        aria-expanded={open}
        data-testid="settings-button"
        onClick={() => (open ? setWindows({ settings: false }) : showSettings())}
      >
        <SlidersHorizontal size={14} aria-hidden="true" />
        <span className={bars.label}>{strings.settings.title}</span>
      </Button>
      {open && <SettingsPanel anchor={button} onClose={() => setWindows({ settings: false })} />}
    </>
  );
}

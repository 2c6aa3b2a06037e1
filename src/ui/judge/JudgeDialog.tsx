/** @file Reward and judge in one dialog: which judge, which mode, and what either pays for. */
import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { SettingControl } from '../panels/SettingControl';
import { showJudgeDialog } from '../state/judge-dialog';
import { judgeStrings as words } from '../strings-judge';
import { HackLab } from './HackLab';
import { JudgePicker } from './JudgePicker';
import styles from './judge.module.css';

export default function JudgeDialog() {
  return (
    <Dialog.Root open onOpenChange={showJudgeDialog}>
      <Dialog.Portal>
        <Dialog.Backdrop className={kit.backdrop} />
        <Dialog.Popup className={styles.dialog} data-testid="judge-dialog">
          <div className={styles.head}>
            <Dialog.Title>{words.title}</Dialog.Title>
            <Dialog.Close render={<Button size="icon" look="quiet" aria-label={words.close} />}>
              <X size={16} aria-hidden="true" />
            </Dialog.Close>
          </div>
          <Dialog.Description className={styles.intro}>{words.intro}</Dialog.Description>
          <JudgePicker />
          <div className={styles.controls}>
            <SettingControl name="reward.mode" />
            <SettingControl name="reward.rule" />
            <SettingControl name="judge_verdict" />
            <SettingControl name="judge_device" />
          </div>
          <HackLab />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

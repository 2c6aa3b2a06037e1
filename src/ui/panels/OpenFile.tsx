/** @file The button that opens a file of one's own as the document: a text, or a data set of questions. */
import { FolderOpen } from 'lucide-react';
import { useRef } from 'react';
import { Button } from '../kit/Button';
import { openFile } from '../state/commands';
import { isReplay } from '../state/replay';
import { useUi } from '../state/store';
import { strings } from '../strings';
import { replayStrings } from '../strings-replay';

const words = strings.document;
const accepted = '.txt,.md,.jsonl,.ndjson,.parquet,text/plain,text/markdown';

export function OpenFile() {
  const replay = useUi(isReplay);
  const picker = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button
        title={replay ? replayStrings.document : words.openTitle}
        disabled={replay}
        onClick={() => picker.current?.click()}
      >
        <FolderOpen size={14} aria-hidden="true" />
        {words.open}
      </Button>
      <input
        ref={picker}
        type="file"
        accept={accepted}
        hidden
        data-testid="file-input"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) void openFile(file);
          event.target.value = '';
        }}
      />
    </>
  );
}

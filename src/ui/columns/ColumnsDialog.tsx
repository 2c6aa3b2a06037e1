/** @file Says which columns of a file are meant: the first rows as text, and a choice for each role. */
import { useId, useState } from 'react';
import { asMapping, columnRoles, guessMapping } from '../../run/dataset/guess';
import type { ColumnRole } from '../../tasks/dataset/columns';
import { Button } from '../kit/Button';
import kit from '../kit/kit.module.css';
import { Window } from '../kit/Window';
import { askColumns, type UnknownShape } from '../state/columns';
import { openFile } from '../state/commands';
import { columnWords as words } from '../strings-columns';
import styles from './columns.module.css';

export default function ColumnsDialog({ file, message, preview }: UnknownShape) {
  const { columns, rows } = preview;
  const lengths = columns.map((_, i) => rows.reduce((sum, { cells }) => sum + cells[i].length, 0));
  const [chosen, setChosen] = useState<Partial<Record<ColumnRole, string | null>>>(() =>
    guessMapping(columns, lengths),
  );
  const mapping = asMapping({ choices: null, reasoning: null, ...chosen });
  const isWhole = [chosen.context, chosen.question, chosen.answer].every(Boolean);
  const close = () => askColumns(null);
  return (
    <Window title={words.title} close={words.close} testId="columns-dialog" onClose={close}>
      <p>{message}</p>
      <p className={styles.muted}>{words.help}</p>
      <section
        className={styles.rows}
        aria-label={words.rows}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
      >
        <table>
          <thead>
            <tr>
              <th scope="col">{words.line}</th>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ line, cells }) => (
              <tr key={line}>
                <th scope="row">{line}</th>
                {cells.map((cell, i) => (
                  <td key={columns[i]}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <div className={styles.roles}>
        {columnRoles.map((role) => (
          <RoleSelect
            key={role}
            role={role}
            columns={columns}
            value={chosen[role] ?? ''}
            onChoose={(name) => setChosen({ ...chosen, [role]: name })}
          />
        ))}
      </div>
      <div className={styles.actions}>
        <Button
          look="primary"
          disabled={mapping === null}
          data-testid="columns-open"
          onClick={() => {
            if (!mapping) return;
            close();
            void openFile(file, mapping);
          }}
        >
          {words.open}
        </Button>
        <Button onClick={close}>{words.cancel}</Button>
        <span role="status">{isWhole && mapping === null && words.twice}</span>
      </div>
    </Window>
  );
}

interface RoleSelectProps {
  role: ColumnRole;
  columns: readonly string[];
  value: string;
  onChoose(name: string | null): void;
}

function RoleSelect({ role, columns, value, onChoose }: RoleSelectProps) {
  const id = useId();
  return (
    <span className={styles.role}>
      <label htmlFor={id}>{words.roles[role]}</label>
      <select
        id={id}
        className={kit.select}
        value={value}
        data-testid={`columns-${role}`}
        onChange={({ target }) => onChoose(target.value === '' ? null : target.value)}
      >
        <option value="">{role === 'choices' || role === 'reasoning' ? words.none : words.choose}</option>
        {columns.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </span>
  );
}

/** The tables of the console: rows of cells, which become cards with a label to each cell where the screen is narrow. */
import type { Child, FC } from 'hono/jsx';
import type { Reader } from '../page.tsx';

/** A name; `head` heads its row, `choice` holds a checkbox and its name is not seen. */
export type Column = string | { readonly name: string; readonly is: 'head' | 'choice' | 'amount' };

interface Props {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Child[])[];
}

export const Table: FC<Props> = ({ columns, rows }) => (
  <table class="stacks">
    <thead>
      <tr>
        {columns.map((column) =>
          kindOf(column) === 'choice' ? (
            <td>
              <span class="hidden">{nameOf(column)}</span>
            </td>
          ) : (
            <th scope="col">{nameOf(column)}</th>
          ),
        )}
      </tr>
    </thead>
    <tbody>
      {rows.map((cells) => (
        <tr>
          {cells.map((cell, at) => (
            <Cell column={columns[at] ?? ''}>{cell}</Cell>
          ))}
        </tr>
      ))}
    </tbody>
  </table>
);

const nameOf = (column: Column) => (typeof column === 'string' ? column : column.name);
const kindOf = (column: Column) => (typeof column === 'string' ? undefined : column.is);

const Cell: FC<{ column: Column; children?: Child }> = ({ column, children }) => {
  const [name, kind] = [nameOf(column), kindOf(column)];
  if (kind === 'choice') return <td class="check">{children}</td>;
  return kind === 'head' ? (
    <th scope="row" data-label={name}>
      {children}
    </th>
  ) : (
    <td data-label={name} class={kind}>
      {children}
    </td>
  );
};

/** A table, or that there is nothing. */
export const Listing: FC<Props & { reader: Reader }> = ({ reader, columns, rows }) =>
  rows.length === 0 ? <p class="empty">{reader.texts.lists.nothing}</p> : <Table columns={columns} rows={rows} />;

/** The column of checkboxes, for whom it is there. */
export const choiceColumn = ({ texts, actor }: Reader): readonly Column[] =>
  actor.role === 'operator' ? [{ name: texts.lists.choose, is: 'choice' }] : [];

/** A checkbox of that column, or no cell. */
export const choice = ({ actor }: Reader, value: readonly string[], name: string): readonly Child[] =>
  actor.role === 'operator'
    ? [<input type="checkbox" name="line" value={JSON.stringify(value)} aria-label={name} />]
    : [];

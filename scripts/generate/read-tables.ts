/**
 * What a README says of a field in its tables, so that a generated document says the same. A field that no table has is
 * an error: whoever renames one in the text is told.
 */

interface Row {
  readonly section: string;
  /** Of the table, its first cell: `field`. */
  readonly head: string;
  /** What stands between backticks in the first cell. */
  readonly names: readonly string[];
  readonly cells: readonly string[];
}

export interface Readme {
  /**
   * The cells of the row about a field.
   * @param head first cell of the table's head: a section may have several tables
   */
  row(section: string, name: string, head: string): readonly string[];
  /** The `at`-th block of JSON in a section. */
  example(section: string, at: number): unknown;
}

export function readReadme(text: string): Readme {
  const rows = rowsOf(text);
  return {
    row(section, name, head) {
      const found = rows.find((row) => row.section === section && row.head === head && isAbout(row, name));
      if (found === undefined) throw new Error(`no table of "${section}" says what ${name} is`);
      return found.cells;
    },
    example(section, at) {
      const own = text.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
      const block = [...own.matchAll(/```json\n([\s\S]*?)```/g)][at]?.[1];
      if (block === undefined) throw new Error(`"${section}" has no block of JSON number ${at}`);
      return JSON.parse(block);
    },
  };
}

const isAbout = ({ names, cells }: Row, name: string) => names.includes(name) || cells[0] === name;

function rowsOf(text: string): Row[] {
  let [section, head] = ['', ''];
  let isHead = true;
  return text.split('\n').flatMap((line): Row[] => {
    if (line.startsWith('## ')) section = line.slice(3);
    if (!line.startsWith('|')) {
      isHead = true;
      return [];
    }
    const cells = line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim());
    const [first = ''] = cells;
    if (isHead) {
      head = first.replaceAll('`', '');
      isHead = false;
      return [];
    }
    if (/^[-\s|]+$/.test(line)) return [];
    const names = [...first.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string);
    return [{ section, head, names, cells }];
  });
}

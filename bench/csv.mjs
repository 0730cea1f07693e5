// RFC 4180 to rows of text; an unquoted empty field and ClickHouse's \N are null.
export function parseCsv(text, hasHeader) {
  const rows = [];
  const field = /("(?:[^"]|"")*"|[^,\r\n]*)(,|\r?\n|$)/gy;
  let row = [];

  while (field.lastIndex < text.length) {
    const [, raw, end] = field.exec(text);
    if (raw.startsWith('"')) row.push(raw.slice(1, -1).replaceAll('""', '"'));
    else row.push(raw === '' || raw === '\\N' ? null : raw);
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return hasHeader ? rows.slice(1) : rows;
}

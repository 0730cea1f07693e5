// Are two answers the same? Numbers within a relative 1e-9 (engines add doubles in different orders), times without
// their trailing zeros, texts without trailing blanks (a character(n) has them in one engine and not in another), everything
// else to the letter.

const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?: 00:00:00(?:\.0*)?| (\d\d:\d\d:\d\d)(\.\d*?)0*)?$/;

function plain(value) {
  if (value === null) return null;
  const match = DATE_TIME.exec(value);
  if (!match) return value.trimEnd();
  return match[2] === undefined ? match[1] : `${match[1]} ${match[2]}${match[3] === '.' ? '' : match[3]}`;
}

function sameValue(a, b) {
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return true;
  if (left === null || right === null) return false;
  const [x, y] = [Number(left), Number(right)];
  return !Number.isNaN(x) && !Number.isNaN(y) && Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(x), Math.abs(y), 1e-300);
}

// What differs, in words, or null.
export function difference(a, b, ordered) {
  if (a.length !== b.length) return `${a.length} rows and ${b.length} rows`;
  const [left, right] = ordered ? [a, b] : [[...a].sort(), [...b].sort()];
  for (let i = 0; i < left.length; i++) {
    if (left[i].length !== right[i].length) return `${left[i].length} columns and ${right[i].length} columns`;
    if (!left[i].every((value, column) => sameValue(value, right[i][column])))
      return `row ${i + 1}: ${left[i].join(',')} and ${right[i].join(',')}`;
  }
  return null;
}

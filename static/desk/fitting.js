// Which commands a line may become.

/** Lower is better: how well a row fits the words, Infinity when it does not. */
function rank(row, words) {
  const [name, usage] = [row.name.toLowerCase(), row.usage.toLowerCase()];
  const all = [usage, name, row.category, row.description].join(' ').toLowerCase();
  if (!words.every((word) => all.includes(word))) return Infinity;
  const last = words.at(-1) || '';
  if (name.startsWith(last) || usage.startsWith(`::${last}`)) return 0;
  return name.includes(last) ? 1 : 2;
}

const isWhole = (rows, line) => {
  const typed = `${line.toLowerCase().trimEnd()} `;
  return rows.some(({ usage }) => typed.startsWith(`${usage.toLowerCase()} `));
};

/** Whether a line begins with two colons and neither is nor may become any of the commands; false while there are none. */
export function isUnknown(rows, line) {
  return rows.length > 0 && line.startsWith('::') && !line.includes('\n') && !isWhole(rows, line) && !fitting(rows, line).length;
}

/**
 * The commands that a line may become, best first; none when it is one already.
 * @param {Array<{name: string, usage: string, category: string, description: string}>} rows
 * @param {string} line  beginning with two colons
 */
export function fitting(rows, line) {
  if (line.includes('\n') || isWhole(rows, line)) return [];
  const words = line.slice(2).toLowerCase().split(/\s+/).filter(Boolean);
  const ranked = rows.map((row) => ({ row, place: rank(row, words) })).filter(({ place }) => place < Infinity);
  return ranked.sort((one, other) => one.place - other.place).map(({ row }) => row);
}

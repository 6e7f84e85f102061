const lastPart = (path) => path.split(/[\\/]/).pop();

/** @returns {string} file systems write accents in two ways */
const plain = (name) => name.normalize('NFC');

/**
 * Office programs put a picture beside the words that were copied: then the words are meant. File managers put a
 * file's name or path beside it: then the file is.
 * @param {File[]} files
 * @param {string} text
 * @returns {boolean} whether the text only says which files they are
 */
function onlyNames(files, text) {
  const names = files.map(({ name }) => plain(name));
  const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter(Boolean);
  return lines.every((line) => line.startsWith('file://') || names.includes(plain(lastPart(line))));
}

/**
 * @param {DataTransfer|null} clipboard
 * @returns {File[]} the pictures that a paste means; none when it means words
 */
export function picturesOf(clipboard) {
  const files = [...((clipboard && clipboard.files) || [])];
  const pictures = files.filter(({ type }) => type.startsWith('image/'));
  return pictures.length && onlyNames(files, clipboard.getData('text/plain')) ? pictures : [];
}

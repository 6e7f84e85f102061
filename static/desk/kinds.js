// Files in words: their kind and their size.

import { fill, gettext } from './text.js';

const OFFICE = 'application/vnd.openxmlformats-officedocument';
const OPEN = 'application/vnd.oasis.opendocument';
const KINDS = new Map([
  ['application/pdf', 'PDF'],
  ['application/rtf', gettext('Rich text document')],
  ['application/zip', gettext('ZIP archive')],
  ['application/msword', gettext('Word document')],
  ['application/vnd.ms-excel', gettext('Excel spreadsheet')],
  ['application/vnd.ms-powerpoint', gettext('PowerPoint presentation')],
  [`${OFFICE}.wordprocessingml.document`, gettext('Word document')],
  [`${OFFICE}.spreadsheetml.sheet`, gettext('Excel spreadsheet')],
  [`${OFFICE}.presentationml.presentation`, gettext('PowerPoint presentation')],
  [`${OPEN}.text`, gettext('OpenDocument text')],
  [`${OPEN}.spreadsheet`, gettext('OpenDocument spreadsheet')],
  [`${OPEN}.presentation`, gettext('OpenDocument presentation')],
  ['text/csv', gettext('CSV spreadsheet')],
]);
const FAMILIES = new Map([
  ['image', gettext('Image')],
  ['video', gettext('Video')],
  ['audio', gettext('Audio')],
  ['text', gettext('Text file')],
]);
const ENDING = /\.([a-z0-9]{1,5})$/i;
const STEPS = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];

/** `PDF`, `Word document`; of a type that nobody knows, the ending of the file's name. */
export function fileKind(mime, name) {
  const type = (mime || '').split(';')[0].trim().toLowerCase();
  const known = KINDS.get(type) || FAMILIES.get(type.split('/')[0]);
  const ending = ENDING.exec(name || '');
  return known || (ending ? fill(gettext('%(ending)s file'), { ending: ending[1].toUpperCase() }) : gettext('File'));
}

/** `320 bytes`, `1.2 MB`; empty when it is not known. */
export function fileSize(bytes) {
  if (!Number.isFinite(bytes)) return '';
  const step = Math.min(STEPS.length - 1, Math.max(0, Math.floor(Math.log10(bytes || 1) / 3)));
  const unitDisplay = step ? 'short' : 'long';
  const format = new Intl.NumberFormat(undefined, { style: 'unit', unit: STEPS[step], unitDisplay, maximumFractionDigits: 1 });
  return format.format(bytes / 1000 ** step);
}

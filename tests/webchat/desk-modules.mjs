import { readFileSync } from 'node:fs';

globalThis.document ??= { body: { dataset: {} } };
globalThis.django ??= { gettext: (text) => text, ngettext: (one, many, count) => (count === 1 ? one : many) };

const IMPORT = /from '\.\/([\w-]+\.js)'/g;

/**
 * The desk's files are served as they are and have no package, so that Node would not take them for modules.
 * @param {string} name  a file of static/desk
 * @returns {string} its address with those of what it imports in it
 */
function addressOf(name) {
  const source = readFileSync(new URL(`../../static/desk/${name}`, import.meta.url), 'utf8');
  const whole = source.replace(IMPORT, (_, other) => `from '${addressOf(other)}'`);
  return `data:text/javascript,${encodeURIComponent(whole).replaceAll("'", '%27')}`;
}

/**
 * @param {string} name  a file of static/desk whose imports can be loaded without a page, too
 * @returns {Promise<object>} what it exports
 */
export function deskModule(name) {
  return import(addressOf(name));
}

import { readFileSync } from 'node:fs';

/**
 * The desk's files are served as they are and have no package, so that Node would not take them for modules.
 * @param {string} name  a file of static/desk without imports of its own
 * @returns {Promise<object>} what it exports
 */
export function deskModule(name) {
  const source = readFileSync(new URL(`../../static/desk/${name}`, import.meta.url), 'utf8');
  return import(`data:text/javascript,${encodeURIComponent(source)}`);
}
